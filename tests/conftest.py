"""Fixtures of the suite. A test that asks for `app`, `session` or anything made of them runs once on each database."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import User
from app.discovery.index import engine, rebuild
from app.extensions import db, limiter
from app.outbox import operations as outbox
from tests.support import clients, databases
from tests.support.demo import Demo, demo_folder, search_url
from tests.support.mail import Mailbox

KINDS = (databases.SQLITE, databases.POSTGRESQL)

_common = {
    "deadline": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
settings.register_profile("bounded", max_examples=25, stateful_step_count=20, derandomize=True, database=None, **_common)
settings.register_profile("deep", max_examples=500, stateful_step_count=60, **_common)
settings.load_profile("bounded")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*KINDS, "both"), default="both", help="on which databases the integration tests run")
    parser.addoption("--deep", action="store_true", help="search properties for long")
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases(*kinds): run on these databases only")
    config.addinivalue_line("markers", "any_database: nothing in it depends on the database; on PostgreSQL only in depth")
    config.addinivalue_line("markers", "deep: only in depth")
    config.addinivalue_line("markers", "long: begun before the others, so that no worker waits for another at the end")
    databases.clean_environment()
    if config.getoption("--deep"):
        settings.load_profile("deep")
    if hasattr(config, "workerinput"):
        config.run_directory = Path(config.workerinput["run_directory"])
        config.run_owner = config.workerinput["run_owner"]
    else:
        config.run_directory = databases.run_directory()
        config.run_owner = os.getpid()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["run_directory"] = str(node.config.run_directory)
    node.workerinput["run_owner"] = node.config.run_owner


def pytest_unconfigure(config: pytest.Config) -> None:
    # the database server notices by itself that the run is over, and takes the rest along
    if not hasattr(config, "workerinput") and not (config.run_directory / "postgresql").exists():
        shutil.rmtree(config.run_directory, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        marker = metafunc.definition.get_closest_marker("databases")
        kinds = [kind for kind in (marker.args if marker else KINDS) if chosen in {kind, "both"}]
        # one of them is enough for the coverage, which takes as much time as the test itself
        marks = [pytest.mark.no_cover, *([pytest.mark.deep] if metafunc.definition.get_closest_marker("any_database") else [])]
        metafunc.parametrize("database_kind", [*kinds[:1], *(pytest.param(kind, marks=marks) for kind in kinds[1:])])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--deep"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("deep")])
        items[:] = [item for item in items if not item.get_closest_marker("deep")]
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def applications(pytestconfig: pytest.Config) -> databases.Applications:
    worker = getattr(pytestconfig, "workerinput", {}).get("workerid", "main")
    return databases.Applications(pytestconfig.run_directory, worker, pytestconfig.run_owner)


@pytest.fixture
def app(applications: databases.Applications, database_kind: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a new database; settings that a test changes in `app.config` are put back after it."""
    app, database = applications.get(database_kind)
    database.reset()
    before = dict(app.config)
    app.config.update(
        UPLOAD_DIR=tmp_path / "uploads",
        CHECKPOINT_DIR=tmp_path / "checkpoints",
        MAIL_URL=f"file:{tmp_path / 'mail'}",
        SEARCH_URL=f"whoosh:{tmp_path / 'search_index'}",
    )
    app.test_client_class = clients.Client
    yield app
    with app.app_context():
        db.engine.dispose()
    for made in ("search", "market", "encoders"):
        app.extensions.pop(made, None)
    app.config.clear()
    app.config.update(before)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The test's own session. Each request of a client, and `worker()`, first stores what was built in it."""
    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def now() -> datetime:
    """The present moment, one and the same throughout a test."""
    return clock.utcnow()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[[User], FlaskClient]:
    """`sign_in(user)`: a browser of its own in which this person is signed in."""
    return lambda user: clients.sign_in(app, session, user)


@pytest.fixture
def worker(app: Flask, session: Session) -> Callable[..., int]:
    """`worker(now=None)`: carry out what the outbox holds, as the worker does; returns how many events were done."""

    def run(now: datetime | None = None) -> int:
        session.commit()
        with app.app_context():
            return outbox.drain(db.session(), clock=lambda: now or clock.utcnow())

    return run


@pytest.fixture
def indexed(app: Flask, session: Session) -> Callable[[], int]:
    """`indexed()`: make the search index out of what the test has built so far; without it the lists do without an index."""

    def run() -> int:
        session.commit()
        with app.app_context():
            return rebuild(db.session(), engine())

    return run


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def mailbox(app: Flask, mail_server: Mailbox) -> Mailbox:
    """A real mail server that the application sends to: `mailbox.to(address)`, `mailbox.text(address)`, `mailbox.refusing`."""
    mail_server.clear()
    app.config["MAIL_URL"] = mail_server.url
    return mail_server


@pytest.fixture
def rate_limits(app: Flask) -> Iterator[None]:
    """Rate limits hold in this test; elsewhere they are lifted."""
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.fixture
def statements(app: Flask, session: Session) -> Callable:
    """`with statements() as seen: client.get(…)`: the SQL statements of a request, to be counted."""

    @contextmanager
    def recording() -> Iterator[list[str]]:
        session.commit()
        seen: list[str] = []

        def note(_connection, _cursor, statement: str, *_rest) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return recording


@pytest.fixture
def demo(app: Flask, session: Session, applications: databases.Applications, tmp_path: Path) -> Demo:
    """The test's database (SQLite), uploads and index, holding the demo; its own, to be changed at will."""
    folder, database = demo_folder(applications), applications.get(databases.SQLITE)[1]
    assert isinstance(database, databases.SqliteDatabase)
    session.close()
    db.engine.dispose()
    shutil.copyfile(folder / "demo.db", database.file)
    shutil.copytree(folder, tmp_path / "demo", ignore=shutil.ignore_patterns("demo.db"))
    app.config.update(UPLOAD_DIR=tmp_path / "demo" / "uploads", SEARCH_URL=search_url(tmp_path / "demo"))
    return Demo(session)


@pytest.fixture
def fresh_database(app: Flask, session: Session, applications: databases.Applications, database_kind: str) -> Callable[[], Session]:
    """`fresh_database()`: empty it again within a test (between the examples of a property); returns the session."""

    def reset() -> Session:
        db.session.remove()
        db.engine.dispose()
        applications.get(database_kind)[1].reset()
        return db.session()

    return reset


@pytest.fixture
def tamper(session: Session, database_kind: str) -> Callable[[str], None]:
    """`tamper(sql)`: change stored rows behind the triggers' back, as somebody with the database file in hand would."""

    def run(sql: str) -> None:
        session.commit()
        if database_kind == databases.SQLITE:
            for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(sql))
        session.commit()

    return run
