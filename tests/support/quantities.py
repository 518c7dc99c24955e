"""Labelled requirement lines: each with the parameters of a data sheet, and the verdict that an engineer gives."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent.parent / "data" / "quantities"


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each case by its name."""
    for name in ("examples", "own", "adversarial", "datasheets", "kinds", "independent"):
        for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            yield f"{name}-{case['id']}", case
