"""What production refuses to start with."""

import sys

import click
import pytest
from sqlalchemy import text

from app import serving, startup
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


def test_a_web_process_has_opened_the_index_before_it_is_asked(app, indexed, monkeypatch):
    indexed()
    monkeypatch.setenv("KAIJING_DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
    monkeypatch.setenv("KAIJING_SEARCH_URL", app.config["SEARCH_URL"])
    opened = serving.application().extensions["search"][app.config["SEARCH_URL"]]
    assert opened.status().documents == 0


def test_a_web_process_starts_on_an_empty_database_file_too(app, tmp_path, monkeypatch):
    monkeypatch.setenv("KAIJING_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    monkeypatch.setenv("KAIJING_SEARCH_URL", app.config["SEARCH_URL"])
    assert serving.application().test_client().get("/healthz").status_code == 200
