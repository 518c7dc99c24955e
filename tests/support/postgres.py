"""A real PostgreSQL server of the suite's own: made in a directory, reached through a socket in it, gone with the run.

`python -m tests.support.postgres DIRECTORY PID` keeps one running until the process PID has ended, however that ended; then it
deletes the directory's parent, which holds everything of the run.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

# nothing of a test run has to survive a power cut
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "jit": "off",
}


def programs() -> Path:
    """Where `initdb` and `postgres` are: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not versions:
        raise RuntimeError("PostgreSQL is not installed")
    return versions[-1]


class PostgresServer:
    """One server in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen | None = None
        # the server refuses to run as root
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection outside of any application, in which each statement is its own transaction."""
        return psycopg.connect(f"host={self.directory} user=postgres dbname={database}", autocommit=True)

    def create(self) -> None:
        """Make the directory and an empty cluster in it."""
        self.directory.mkdir(mode=0o700, parents=True)
        if self._as:
            account = pwd.getpwnam("postgres")
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        command = [programs() / "initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust"]
        self._run([*command, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])

    def _run(self, command: list) -> None:
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **self._as)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        options = [text for name, value in SETTINGS.items() for text in ("-c", f"{name}={value}")]
        command = [programs() / "postgres", "-D", self.directory / "data", "-k", self.directory, *options]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True, **self._as)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.directory / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once; every connection is cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        """Stop, and delete everything."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    """Run a server until the process that it is for has ended."""
    server, pid = PostgresServer(Path(sys.argv[1])), int(sys.argv[2])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server.create()
        server.start()
        (server.directory / "ready").touch()
        while _alive(pid):
            time.sleep(0.5)
    finally:
        server.remove()
        shutil.rmtree(server.directory.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
