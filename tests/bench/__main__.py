"""`make bench`: the pages under load beside a bare page of the same rows, statements per page, start-up time.

Prints a table and writes bench.json. Ours and the bare page are measured in turns, so that a busy machine troubles both alike; each
figure is the median of its rounds.
"""

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, select

from app import create_app
from app.extensions import db
from app.scenarios.models import Confidentiality, Scenario, ScenarioStatus

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PORTS = {"web": 8397, "bare": 8398}
CONNECTIONS, ROUNDS, SECONDS, WARM_UP_SECONDS = 8, 3, 4, 1
SERVER = ["--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "4", "--log-level", "warning"]


def flask(*arguments: str) -> None:
    """Run one of the house's commands."""
    subprocess.run([BIN / "flask", "--app", "app", *arguments], cwd=PROJECT, check=True)


def answers(port: int) -> bool:
    """Whether the server serves pages yet."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def serving(kind: str, target: list[str]) -> Iterator[float]:
    """A server as the Procfile starts it; yields how many seconds went by before its first page."""
    begun = time.perf_counter()
    process = subprocess.Popen([BIN / "granian", *SERVER, "--port", str(PORTS[kind]), *target], cwd=PROJECT)
    try:
        while not answers(PORTS[kind]):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError(f"the {kind} server serves no page")
            time.sleep(0.02)
        yield time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def load(url: str, seconds: float) -> dict[str, float]:
    """Measure one address with the load generator, a process of its own."""
    command = [sys.executable, "-m", "tests.bench.load", url, "--seconds", str(seconds), "--connections", str(CONNECTIONS)]
    figures = json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout)
    if figures["errors"]:
        raise RuntimeError(f"{url}: {figures['errors']} answers were no pages")
    return figures


def measure(addresses: dict[str, str]) -> dict[str, float]:
    """The figures of all addresses, taken in turns."""
    for url in addresses.values():
        load(url, WARM_UP_SECONDS)
    rounds = [{name: load(url, SECONDS) for name, url in addresses.items()} for _ in range(ROUNDS)]
    return {
        f"web.{name}.{figure}": round(statistics.median(taken[name][figure] for taken in rounds), 2)
        for name in addresses
        for figure in ("rps", "p50_ms", "p95_ms")
    }


def statements(paths: dict[str, str]) -> dict[str, float]:
    """How many SQL statements each page takes."""
    app, counts = create_app(), {}
    with app.app_context():
        engine = db.engine
    for name, path in paths.items():
        seen: list[str] = []
        note = lambda _connection, _cursor, statement, *_, seen=seen: seen.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        assert app.test_client().get(path).status_code == 200, path
        event.remove(engine, "before_cursor_execute", note)
        counts[f"web.{name}.statements"] = sum(not text.startswith("BEGIN") for text in seen)
    return counts


def open_scenario() -> str:
    """The address of an open scenario that everybody may read."""
    with create_app().app_context():
        readable = Scenario.confidentiality == Confidentiality.PUBLIC
        statement = select(Scenario.id).where(Scenario.status == ScenarioStatus.OPEN, readable).order_by(Scenario.number)
        return f"/scenarios/{db.session.scalars(statement).first()}"


def show(figures: dict[str, float]) -> None:
    """Print the figures as a table."""
    names = dict.fromkeys(key.split(".")[1] for key in figures if key.endswith(".rps"))
    columns = ("rps", "p50_ms", "p95_ms", "statements")
    print(f"\n{'page':<12}" + "".join(f"{column:>12}" for column in columns))
    for name in names:
        print(f"{name:<12}" + "".join(f"{figures.get(f'web.{name}.{column}', ''):>12}" for column in columns))
    print(f"\nlist / bare list: {figures['web.list.ratio']}    first page after {figures['web.startup_s']} s\n")


def main() -> None:
    """Prepare a database with demo data, measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="kaijing-bench-") as directory:
        os.environ |= {
            "KAIJING_DATABASE_URL": f"sqlite:///{directory}/bench.db",
            "KAIJING_UPLOAD_DIR": f"{directory}/uploads",
            "KAIJING_MAIL_URL": f"file:{directory}/mail",
            "KAIJING_SECRET_KEY": "bench",
            "KAIJING_RATE_LIMITS": "off",
        }
        for command in (["db", "upgrade"], ["demo", "load"], ["worker", "--once"]):
            flask(*command)
        paths = {"home": "/", "list": "/scenarios", "scenario": open_scenario()}
        addresses = {name: f"http://127.0.0.1:{PORTS['web']}{path}" for name, path in paths.items()}
        addresses["bare_list"] = f"http://127.0.0.1:{PORTS['bare']}/"
        with serving("web", ["--factory", "app:create_app"]) as startup, serving("bare", ["tests.bench.bare:application"]):
            figures = measure(addresses)
        figures |= statements(paths)
        figures["web.list.ratio"] = round(figures["web.list.rps"] / figures["web.bare_list.rps"], 2)
        figures["web.startup_s"] = round(startup, 2)
    show(figures)
    (PROJECT / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
