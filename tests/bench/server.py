"""What several sections need: a server as the Procfile starts it, and the load generator that asks it."""

import http.client
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVER = ("--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "4", "--log-level", "warning")
HOUSE = ("--factory", "app.serving:application")
CONNECTIONS, ROUNDS, SECONDS, WARM_UP_SECONDS = 8, 3, 4, 1
FIGURES = ("rps", "p50_ms", "p95_ms")


@dataclass(frozen=True)
class Target:
    """One thing to be asked for over and over: an address, and the cookie or the token of whoever asks."""

    url: str
    cookie: str = ""
    authorization: str = ""


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def serving(port: int, application: Sequence[str] = HOUSE) -> Iterator[float]:
    """A server as the Procfile starts it; yields how many seconds went by before its first page."""
    begun = time.perf_counter()
    process = subprocess.Popen([BIN / "granian", *SERVER, "--port", str(port), *application], cwd=PROJECT)
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise RuntimeError(f"{application} serves no page")
            time.sleep(0.02)
        yield time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _load(target: Target, seconds: float) -> dict[str, float]:
    """Measure one address with the load generator, a process of its own."""
    command = [sys.executable, "-m", "tests.bench.load", target.url, "--cookie", target.cookie]
    command += ["--authorization", target.authorization]
    command += ["--seconds", str(seconds), "--connections", str(CONNECTIONS)]
    figures: dict[str, float] = json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout)
    if figures["errors"]:
        raise RuntimeError(f"{target.url}: {figures['errors']} answers were no pages")
    return figures


def in_turns(targets: Mapping[str, Target]) -> dict[str, float]:
    """`<name>.rps`, `.p50_ms` and `.p95_ms` of each target, the median of rounds that are taken in turns.

    A busy machine troubles all of them alike that way.
    """
    for target in targets.values():
        _load(target, WARM_UP_SECONDS)
    rounds = [{name: _load(target, SECONDS) for name, target in targets.items()} for _ in range(ROUNDS)]
    return {
        f"{name}.{figure}": round(statistics.median(taken[name][figure] for taken in rounds), 2)
        for name in targets
        for figure in FIGURES
    }
