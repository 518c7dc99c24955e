"""What an amendment changes, line by line, as pages show it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from app.errors import Text
from app.scenarios.labels import FIELD
from app.scenarios.models import Amendment


class Row(NamedTuple):
    """One line of a diff. `kind` says how its sides are shown: `requirement` (a stored row), `moment`, `text`; None is no value."""

    label: Text
    kind: str
    before: Any
    after: Any


def changed_rows(amendment: Amendment) -> Iterator[Row]:
    """The lines of the diff: changed and new requirement lines in their order, after those that were taken out."""
    for name, (before, after) in amendment.changes.items():
        if name == "requirements":
            yield from (Row(label, "requirement", was, row) for label, was, row in paired(before, after))
        elif name.endswith("_at"):
            yield Row(FIELD[name], "moment", datetime.fromisoformat(before), datetime.fromisoformat(after))
        else:
            yield Row(FIELD[name], "text", before, after)


def paired(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """The stored rows that differ, paired by their ids, each with its name: those taken out first, then changed and new ones."""
    old = {row["id"]: row for row in before}
    kept = {row["id"] for row in after}
    for row in before:
        if row["id"] not in kept:
            yield row["name"], row, None
    for row in after:
        was = old.get(row["id"])
        if was != row:
            label = row["name"] if was is None or was["name"] == row["name"] else f"{was['name']} → {row['name']}"
            yield label, was, row
