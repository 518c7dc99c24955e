"""What production refuses to start with: a database that is not migrated, or one that holds demo data."""

import sys

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from app.accounts.models import User
from app.config import PROJECT, ConfigurationError
from app.extensions import db
from app.organizations.models import Organization


def check(app: Flask) -> None:
    """Raise ConfigurationError unless production may start here. Development starts anywhere, and so does `flask db`."""
    if not app.config["PRODUCTION"] or _migrating():
        return
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                _require_fit(connection)
        except OperationalError as error:
            raise ConfigurationError(f"the database does not answer: {error.orig}") from error


def _require_fit(connection: Connection) -> None:
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current != set(ScriptDirectory(str(PROJECT / "migrations")).get_heads()):
        raise ConfigurationError("the database is not migrated: run `flask --app app db upgrade` first")
    for model in (User, Organization):
        if connection.execute(select(model.id).where(model.demo).limit(1)).first() is not None:
            raise ConfigurationError("the database holds demo data, which production refuses: use another database")


def _migrating() -> bool:
    # the group that loads the application does not know yet which of its commands will run
    return click.get_current_context(silent=True) is not None and "db" in sys.argv[1:]
