"""Labelled requirement lines: each with the parameters of a data sheet, and the verdict that an engineer gives."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent.parent / "data" / "quantities"


SETS = ("examples", "own", "adversarial", "datasheets", "kinds", "independent")


def cases_of(name: str) -> list[dict[str, Any]]:
    """The cases of one set."""
    return [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()]


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each case of all sets by its name."""
    for name in SETS:
        for case in cases_of(name):
            yield f"{name}-{case['id']}", case
