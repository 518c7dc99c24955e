"""What production refuses to start with."""

import os
import subprocess
import sys

import click
import pytest
from sqlalchemy import text

from app import startup
from app.config import ConfigurationError
from app.extensions import db
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory
from tests.support.databases import PROJECT


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

    away = create_engine("sqlite:////nonexistent/kaijing.db")
    monkeypatch.setattr(type(db), "engine", property(lambda _self: away))
    with pytest.raises(ConfigurationError, match="does not answer"):
        startup.check(production)


@pytest.mark.parametrize(
    "command",
    [["-m", "flask", "--app", "app", "worker", "--once"], ["-c", "from app.serving import application; application()"]],
    ids=["command", "web process"],
)
def test_a_refusal_is_one_line_and_exit_1(command):
    settings = {"KAIJING_ENV": "production", "KAIJING_SECRET_KEY": ""}
    done = subprocess.run([sys.executable, *command], env=os.environ | settings, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Error: KAIJING_SECRET_KEY is required in production\n")


def web_process(asks: str, **settings: str) -> str:
    """What a web process with these settings says of its application, before anybody has asked it for a page."""
    script = f"from app.serving import application; app = application(); print({asks})"
    done = subprocess.run([sys.executable, "-c", script], env=os.environ | settings, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_web_process_has_opened_the_index_before_it_is_asked(app, indexed):
    indexed()
    settings = {"KAIJING_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "KAIJING_SEARCH_URL": app.config["SEARCH_URL"]}
    assert web_process("[engine.status().documents for engine in app.extensions['search'].values()]", **settings) == "[0]"


def test_a_web_process_starts_on_an_empty_database_file_too(tmp_path):
    settings = {"KAIJING_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}", "KAIJING_SEARCH_URL": f"whoosh:{tmp_path / 'index'}"}
    assert web_process("app.test_client().get('/healthz').status_code", **settings) == "200"
