"""What all factories share."""

from factory.alchemy import SQLAlchemyModelFactory

from app.extensions import db


class Factory(SQLAlchemyModelFactory):
    """Makes a record in the test's session and flushes it; the next request (or `session.commit()`) stores it."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: db.session  # noqa: E731
        sqlalchemy_session_persistence = "flush"
