"""Databases for tests: migrated once per run, given to each test as if new.

SQLite: the migrated file is copied (1 ms). PostgreSQL: all rows are deleted and the reference data put back from a schema beside
it, with triggers and foreign keys at rest (3 ms; `CREATE DATABASE … TEMPLATE` takes 55 ms, `TRUNCATE` as long).
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.extensions import db, limiter
from tests.support.postgres import PostgresServer

PROJECT = Path(__file__).resolve().parents[2]
SQLITE, POSTGRESQL = "sqlite", "postgresql"
TEMPLATE = "template_kaijing"


def run_directory() -> Path:
    """A new directory for everything of one run; in memory where there is such a place."""
    shared_memory = Path("/dev/shm")
    roomy = shared_memory.is_dir() and shutil.disk_usage(shared_memory).free > 2**30
    path = Path(tempfile.mkdtemp(prefix="kaijing-", dir=shared_memory if roomy else None))
    path.chmod(0o755)
    return path


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process of the run at a time."""
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrate(url: str) -> None:
    """Bring a new database to the present schema."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "test", "ENCODER": "none"})
    with app.app_context():
        upgrade()
        db.engine.dispose()


class SqliteDatabase:
    """A file of one worker, copied from the migrated one."""

    kind = SQLITE

    def __init__(self, run: Path, worker: str) -> None:
        self.template = run / "template.db"
        self.file = run / f"{worker}.db"
        self.url = f"sqlite:///{self.file}"
        with locked(run):
            if not self.template.exists():
                (run / "new.db").unlink(missing_ok=True)
                migrate(f"sqlite:///{run / 'new.db'}")
                (run / "new.db").rename(self.template)

    def reset(self) -> None:
        """Make it as new. No connection may be open."""
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.file)


class PostgresDatabase:
    """A database of one worker on the run's server."""

    kind = POSTGRESQL

    def __init__(self, run: Path, worker: str, owner: int) -> None:
        self.server = PostgresServer(run / "postgresql")
        self.name = f"kaijing_{worker}"
        self.url = self.server.url(self.name)
        with locked(run):
            self._ensure_server(owner)
        self.connection = self.server.connect(self.name)
        self._clean = self._cleaning()

    def _ensure_server(self, owner: int) -> None:
        if not (self.server.directory / "ready").exists():
            command = [sys.executable, "-m", "tests.support.postgres", str(self.server.directory), str(owner)]
            subprocess.Popen(command, cwd=PROJECT, start_new_session=True, stdin=subprocess.DEVNULL)
            wait_until((self.server.directory / "ready").exists, 60)
        with self.server.connect() as connection:
            databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if TEMPLATE not in databases:
                connection.execute("DROP DATABASE IF EXISTS new_template")  # from an attempt that failed
                connection.execute("CREATE DATABASE new_template")
                migrate(self.server.url("new_template"))
                connection.execute(f"ALTER DATABASE new_template RENAME TO {TEMPLATE}")
            if self.name not in databases:
                connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {TEMPLATE} STRATEGY file_copy")

    def _cleaning(self) -> str:
        execute = self.connection.execute
        tables = [name for (name,) in execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        execute("CREATE SCHEMA reference")
        statements = [f"DELETE FROM public.{table}" for table in tables]
        for table in tables:
            if execute(f"SELECT EXISTS (SELECT FROM public.{table})").fetchone()[0]:
                execute(f"CREATE TABLE reference.{table} AS SELECT * FROM public.{table}")
                statements.append(f"INSERT INTO public.{table} SELECT * FROM reference.{table}")
        return "; ".join(["BEGIN", "SET LOCAL session_replication_role = replica", *statements, "COMMIT"])

    def reset(self) -> None:
        """Make it as new; whatever is still connected is cut off."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        self.connection.execute(others, [self.name])
        self.connection.execute(self._clean)


Database = SqliteDatabase | PostgresDatabase


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return when the condition holds. Raises TimeoutError when it does not come to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


class Applications:
    """The applications of one worker, one per kind of database, each made at first need."""

    def __init__(self, run: Path, worker: str, owner: int) -> None:
        self.run, self.worker, self.owner = run, worker, owner
        self._made: dict[str, tuple[Flask, Database]] = {}

    def get(self, kind: str) -> tuple[Flask, Database]:
        """The application on a database of this kind, and the database."""
        if kind not in self._made:
            database: Database
            if kind == SQLITE:
                database = SqliteDatabase(self.run, self.worker)
            else:
                database = PostgresDatabase(self.run, self.worker, self.owner)
            # made with limits, so that there is somewhere to count them, and then lifted: a test asks for them by `rate_limits`
            self._made[kind] = (create_app(overrides(database.url) | {"RATELIMIT_ENABLED": True}), database)
            limiter.enabled = False
        return self._made[kind]


def overrides(url: str) -> dict[str, object]:
    """The settings of an application under test."""
    return {
        "TESTING": True,
        "SQLALCHEMY_DATABASE_URI": url,
        "SECRET_KEY": "test",
        "BASE_URL": "http://localhost",
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        # tests build records without a trace in the audit log, by which kept pages notice a change
        "VISITOR_PAGE_SECONDS": 0,
        # matching by words; what embeddings add is tried where it belongs
        "ENCODER": "none",
    }


def clean_environment() -> None:
    """Forget settings of the person who runs the suite."""
    for name in [name for name in os.environ if name.startswith("KAIJING_")]:
        del os.environ[name]
