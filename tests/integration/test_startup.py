"""What production refuses to start with."""

import sys

import click
import pytest
from sqlalchemy import text

from app import startup
from app.config import ConfigurationError
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory


@pytest.fixture
def production(app, session):
    app.config["PRODUCTION"] = True
    return app


def test_a_fit_database_starts(production):
    startup.check(production)


@pytest.mark.parametrize("factory", [UserFactory, OrganizationFactory])
def test_demo_data_is_refused(production, session, factory):
    factory(demo=True)
    session.commit()
    with pytest.raises(ConfigurationError, match="demo data"):
        startup.check(production)
    production.config["PRODUCTION"] = False
    startup.check(production)


def test_an_unmigrated_database_is_refused_except_by_its_migration(production, session, monkeypatch):
    head = session.scalar(text("SELECT version_num FROM alembic_version"))
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    try:
        with pytest.raises(ConfigurationError, match="not migrated"):
            startup.check(production)
        monkeypatch.setattr(sys, "argv", ["flask", "--app", "app", "db", "upgrade"])
        with click.Context(click.Command("flask")):
            startup.check(production)
    finally:
        session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        session.commit()


def test_a_database_that_is_away_is_named(production, session, monkeypatch):
    from sqlalchemy import create_engine

    from app.extensions import db

    away = create_engine("sqlite:////nonexistent/kaijing.db")
    monkeypatch.setattr(type(db), "engine", property(lambda _self: away))
    with pytest.raises(ConfigurationError, match="does not answer"):
        startup.check(production)
