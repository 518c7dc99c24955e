"""The demo data for looking at pages: a database that holds them, and the people and records to look at."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import clock
from app.accounts.models import User
from app.accounts.queries import user_by_email
from app.attachments.operations import Store
from app.demo import operations
from app.discovery.index import rebuild
from app.discovery.models import SavedSearch
from app.extensions import db
from app.matching.fits.following import make_generation
from app.organizations.models import Membership
from search_index.opening import open_engine
from tests.factories.accounts import UserFactory
from tests.support.databases import SQLITE, Applications, SqliteDatabase, locked


def demo_folder(applications: Applications) -> Path:
    """A folder with the demo's database and uploads, made once in a run of the suite."""
    folder = applications.run / "demo"
    app, database = applications.get(SQLITE)
    assert isinstance(database, SqliteDatabase)
    with locked(applications.run):
        if not folder.exists():
            _make(app, database, folder)
    return folder


def _make(app: Flask, database: SqliteDatabase, folder: Path) -> None:
    database.reset()
    new = folder.with_name("demo-new")
    shutil.rmtree(new, ignore_errors=True)
    with app.app_context():
        store = Store(new / "uploads", app.config["UPLOAD_LIMIT"])
        operations.load(db.session(), now=clock.utcnow(), store=store, password="kaijing-demo")
        _add_what_the_demo_has_not(db.session(), clock.utcnow())
        db.session.commit()
        rebuild(db.session(), open_engine(search_url(new)))
        make_generation(now=clock.utcnow())
        db.session.remove()
        db.engine.dispose()
    with sqlite3.connect(database.file) as source, sqlite3.connect(new / "demo.db") as target:
        source.backup(target)
    new.rename(folder)


def search_url(folder: Path) -> str:
    """Where the demo's search index is."""
    return f"whoosh:{folder / 'search_index'}"


def _add_what_the_demo_has_not(session: Session, now: datetime) -> None:
    """Somebody of no firm, and a search that somebody has kept."""
    UserFactory(email="newcomer@demo.example", name="新来", locale="zh_CN")
    chip = Demo(session).user("chip")
    session.add(
        SavedSearch(user_id=chip.id, shape="scenarios", arguments="q=雷达", name="雷达", since=now, checked_at=now, alerts=True)
    )


@dataclass(frozen=True)
class Demo:
    """Finds people and records of the demo."""

    session: Session

    def user(self, name: str) -> User:
        """One of the demo's sign-ins."""
        user = user_by_email(self.session, f"{name}@demo.example")
        assert user is not None
        return user

    def firm_of(self, user: User) -> Any:
        """The id of the firm that a person belongs to."""
        return self.session.scalars(select(Membership.organization_id).where(Membership.user_id == user.id)).one()

    def member_of(self, organization_id: Any) -> User:
        """The person behind a firm."""
        statement = select(User).join(Membership, Membership.user_id == User.id)
        return self.session.scalars(statement.where(Membership.organization_id == organization_id)).one()

    def first(self, model: type[Any], *conditions: ColumnElement[bool]) -> Any:
        """The first record of a kind for which this holds. Raises NoResultFound."""
        return self.session.scalars(select(model).where(*conditions).order_by(model.id).limit(1)).one()

    def each(self, address: str, state: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> Iterator[str]:
        """The addresses of one record in each state."""
        model: Any = state.class_
        for status in self.session.scalars(select(state).distinct().order_by(state)).all():
            record = self.session.scalars(select(model).where(state == status, *conditions).order_by(model.id)).first()
            if record is not None:
                yield address.format(record.id)
