"""Writes docs/states.md from the tables of states in the code (`python -m scripts.states`)."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from app.states import Machine

PROJECT = Path(__file__).resolve().parent.parent
DOCUMENT = PROJECT / "docs" / "states.md"
HEAD = """# States

Written by `make docs` from the `transitions.py` of each capability; a test fails when it is not up to date.
"""


def machines() -> Iterator[Machine[Any]]:
    """Every table of states, by capability."""
    for path in sorted((PROJECT / "app").glob("*/transitions.py")):
        module = import_module(f"app.{path.parent.name}.transitions")
        yield from (value for value in vars(module).values() if isinstance(value, Machine))


def _section(machine: Machine[Any]) -> str:
    rows = [f"| {row.action} | {', '.join(row.sources)} | {row.target} | {row.who} | {row.condition} |" for row in machine.rows]
    table = "\n".join(["| action | from | to | who | condition |", "|---|---|---|---|---|", *rows])
    return f"## {machine.name.capitalize()}\n\n```mermaid\n{machine.diagram()}\n```\n\n{table}\n"


def document() -> str:
    """The text of the document."""
    return "\n".join([HEAD, *(_section(machine) for machine in machines())])


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
