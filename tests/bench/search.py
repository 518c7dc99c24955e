"""Search on 1,000, 10,000 and 100,000 synthetic Chinese documents, by plain Whoosh, tantivy and SQLite FTS5 over the same words.

`python -m tests.bench.search SIZE…` measures and prints only some sizes. Each engine builds in one process and is asked in another,
whose memory is taken. Ours analyses raw text while it builds; the others get it segmented.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from search_index.engine import EVERYBODY, Changes, Document, Request
from search_index.opening import open_engine
from tests.bench.peers import PEERS, row, tokens
from tests.bench.texts import documents, queries

SIZES = (1_000, 10_000, 100_000)
QUERIES, SCENARIOS, UPDATES, SCENARIO_WORDS = 60, 20, 10, 100
SECONDS = 30  # of one kind of question at most: plain Whoosh takes 15 s for a scenario
FACETS = ("status", "domain", "track", "organization")
PROJECT = Path(__file__).resolve().parents[2]


class House:
    """The house's engine, asked as its pages ask."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_engine(f"whoosh:{folder}")

    def build(self, given: Iterable[Document]) -> None:
        self.engine.rebuild(given)

    def find(self, text: str, domain: str | None = None) -> int:
        filters = {"domain": [domain]} if domain else {}
        return self.engine.search(Request(text, facets=FACETS, filters=filters)).total

    def suggest(self, typed: str) -> int:
        return len(self.engine.suggest(typed, kinds=frozenset(), readers=frozenset({EVERYBODY})))

    def update(self, changed: Document) -> None:
        self.engine.apply(Changes(put=[changed]))


def build(name: str, size: int, folder: Path) -> dict[str, float]:
    """Build an index; documents are made, and segmented for the peers, before the clock starts."""
    given = list(documents(size)) if name == "search" else [row(document) for document in documents(size)]
    engine = (House if name == "search" else PEERS[name])(folder)
    begun = time.perf_counter()
    engine.build(given)
    seconds = time.perf_counter() - begun
    return {
        "build_docs_per_s": size / seconds,
        "index_mb": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6,
    }


def ask(name: str, size: int, folder: Path) -> dict[str, float]:
    """Ask the questions of an engine in a process of its own."""
    three, scenarios = queries(3, QUERIES), queries(SCENARIO_WORDS, SCENARIOS)
    engine = (House if name == "search" else PEERS[name])(folder)
    find = _found_by_house(engine) if name == "search" else _found_by_peer(engine)
    figures = {
        **timed("three_words_any", [lambda words=words: find(words, False) for words in three]),
        **timed("three_words_all", [lambda words=words: find(words, True) for words in three]),
        **timed("filters", [lambda words=words: find(words, False, "domain1") for words in three]),
        **timed("scenario_query", [lambda words=words: find(words, None) for words in scenarios]),
    }
    if name == "search":
        figures |= timed("suggest", [lambda typed=words[0][:2]: engine.suggest(typed) for words in three])
    figures["rss_mb"] = resident()
    changed = [(list(documents(1, first=number)) * 2)[0] for number in range(UPDATES)]
    given = changed if name == "search" else [row(document) for document in changed]
    figures["update_ms"] = timed("update", [lambda each=each: (engine.update(each), find(three[0], False)) for each in given])[
        "update.p50_ms"
    ]
    return figures


def _found_by_house(engine: House) -> Callable[..., int]:
    joints = {True: " ", False: " OR ", None: ""}
    return lambda words, every, domain=None: engine.find(joints[every].join(words), domain)


def _found_by_peer(engine) -> Callable[..., int]:
    return lambda words, every, domain=None: engine.find([each for word in words for each in tokens(word)], bool(every), domain)


def timed(name: str, questions: list[Callable[[], object]]) -> dict[str, float]:
    """Median and 95th percentile of the questions, the first asked once before; no more of them than there is time for."""
    questions[0]()
    taken: list[float] = []
    until = time.perf_counter() + SECONDS
    for question in questions:
        begun = time.perf_counter()
        question()
        taken.append((time.perf_counter() - begun) * 1e3)
        if time.perf_counter() > until:
            break
    return {f"{name}.p50_ms": statistics.median(taken), f"{name}.p95_ms": sorted(taken)[int(0.95 * (len(taken) - 1))]}


def resident() -> float:
    """The resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(sizes: Iterable[int] = SIZES) -> dict[str, float]:
    """The figures of all engines: `<engine>.<size>.<figure>`, ours under `search`."""
    figures = {}
    for size in sizes:
        for name in ("search", *PEERS):
            with tempfile.TemporaryDirectory(prefix="kaijing-bench-") as directory:
                for step in ("build", "ask"):
                    command = [
                        sys.executable,
                        "-m",
                        "tests.bench.search",
                        "--step",
                        step,
                        "--engine",
                        name,
                        "--folder",
                        f"{directory}/index",
                        str(size),
                    ]
                    measured = json.loads(subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout)
                    figures |= {f"{name}.{size}.{figure}": round(value, 3) for figure, value in measured.items()}
    return figures


def show(figures: dict[str, float]) -> None:
    """Print the figures as tables, one for each size."""
    for size in dict.fromkeys(key.split(".")[1] for key in figures if key.startswith("search.")):
        names = list(dict.fromkeys(key.split(".", 2)[2] for key in figures if key.startswith(f"search.{size}.")))
        print(f"\n{int(size):,} documents".ljust(31) + "".join(f"{name:>12}" for name in ("search", *PEERS)))
        for name in names:
            cells = (figures.get(f"{engine}.{size}.{name}") for engine in ("search", *PEERS))
            print(f"{name:<30}" + "".join(f"{'' if cell is None else round(cell, 2):>12}" for cell in cells))


def main() -> None:
    """Measure some sizes, or (as a child) one step of one engine."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--step", choices=("build", "ask"))
    parser.add_argument("--engine")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step:
        step = build if given.step == "build" else ask
        print(json.dumps(step(given.engine, given.sizes[0], given.folder)))
    else:
        show(measure(given.sizes))


if __name__ == "__main__":
    main()
