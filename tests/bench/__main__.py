"""`make bench`: measures the house by sections, prints their tables, writes bench.json. `python -m tests.bench web`: only one.

A section is a module beside this one: `measure()` gives its figures by their keys, `show(figures)` prints its table. It runs
on a new SQLite database with the demo data, whose address stands in the environment.
"""

import argparse
import json
import os
import subprocess
import tempfile
from importlib import import_module

from tests.bench.server import BIN, PROJECT

SECTIONS = ("web", "api", "search", "relevance", "match")
RESULT = PROJECT / "bench.json"


def _prepare(directory: str) -> None:
    os.environ |= {
        "KAIJING_DATABASE_URL": f"sqlite:///{directory}/bench.db",
        "KAIJING_SEARCH_URL": f"whoosh:{directory}/index",
        "KAIJING_UPLOAD_DIR": f"{directory}/uploads",
        "KAIJING_MAIL_URL": f"file:{directory}/mail",
        "KAIJING_SECRET_KEY": "bench",
        "KAIJING_RATE_LIMITS": "off",
    }
    for command in (["db", "upgrade"], ["demo", "load"], ["worker", "--once"]):
        subprocess.run([BIN / "flask", "--app", "app", *command], cwd=PROJECT, check=True)


def main() -> None:
    """Prepare the database, measure the sections asked for (all of them without an argument), keep the others' figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    chosen = parser.parse_args().sections or SECTIONS
    if unknown := set(chosen) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    figures = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    figures = {key: value for key, value in figures.items() if key.partition(".")[0] not in chosen}
    with tempfile.TemporaryDirectory(prefix="kaijing-bench-") as directory:
        _prepare(directory)
        for name in chosen:
            section = import_module(f"tests.bench.{name}")
            measured = section.measure()
            section.show(measured)
            figures |= measured
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
