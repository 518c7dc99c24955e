"""The audit log as CSV and as JSON lines, made line by line."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from app.audit.models import AuditDetail
from app.audit.queries import personal_of
from app.spreadsheets import BYTE_ORDER_MARK, csv_line

COLUMNS = (
    "at", "action", "subject_type", "subject_id", "actor_id", "actor", "organization_id", "address", "field", "before", "after",
)  # fmt: skip


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
    yield BYTE_ORDER_MARK + csv_line(COLUMNS)
    for batch in batches:
        for detail in batch:
            personal = personal_of(detail)
            row = _head(detail)
            if personal is not None:
                row |= {"actor": personal.actor, "organization_id": personal.organization, "address": personal.address}
            changes = personal.changes if personal is not None and personal.changes else [(None, None, None)]
            for field, before, after in changes:
                row |= {"field": field, "before": before, "after": after}
                yield csv_line(row.get(column) for column in COLUMNS)


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
