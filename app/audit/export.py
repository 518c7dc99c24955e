"""The audit log as CSV and as JSON lines, made line by line."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.audit.models import AuditDetail
from app.audit.queries import personal_of

COLUMNS = (
    "at", "action", "subject_type", "subject_id", "actor_id", "actor", "organization_id", "address", "field", "before", "after",
)  # fmt: skip
# what a spreadsheet would take for a formula, were it the first character of a cell
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): such a text is led by an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def _head(detail: AuditDetail) -> dict[str, Any]:
    return {
        "at": detail.entry.at.isoformat(),
        "action": detail.action,
        "subject_type": detail.subject_type,
        "subject_id": str(detail.subject_id),
        "actor_id": str(detail.actor_id) if detail.actor_id else None,
    }


def csv_lines(batches: Iterator[Sequence[AuditDetail]]) -> Iterator[str]:
    """A line for each changed field, or one for an entry without any; led by a mark by which spreadsheets know UTF-8."""
    yield BYTE_ORDER_MARK + _line(dict(zip(COLUMNS, COLUMNS, strict=True)))
    for batch in batches:
        for detail in batch:
            personal = personal_of(detail)
            row = _head(detail)
            if personal is not None:
                row |= {"actor": personal.actor, "organization_id": personal.organization, "address": personal.address}
            changes = personal.changes if personal is not None and personal.changes else [(None, None, None)]
            for field, before, after in changes:
                yield _line({**row, "field": field, "before": before, "after": after})


def _line(row: Mapping[str, Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([harmless(row.get(column)) for column in COLUMNS])
    return buffer.getvalue()


def json_lines(batches: Iterator[Sequence[AuditDetail]]) -> Iterator[str]:
    """One entry a line."""
    for batch in batches:
        for detail in batch:
            personal = personal_of(detail)
            values: dict[str, Any] = {"erased": True}
            if personal is not None:
                changes = {name: {"before": before, "after": after} for name, before, after in personal.changes}
                values = {"actor": personal.actor, "organization_id": personal.organization, "address": personal.address}
                values["changes"] = changes
            yield json.dumps(_head(detail) | values, ensure_ascii=False) + "\n"
