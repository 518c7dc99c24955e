"""Cells of the exported audit log, and the arithmetic of the chain."""

import csv
import io
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actor import Role
from app.audit import chain
from app.audit.export import COLUMNS, csv_lines, json_lines
from app.audit.models import AuditDetail, AuditEntry
from app.spreadsheets import FORMULA, harmless

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.text())
def test_no_cell_begins_as_a_formula(text):
    cell = harmless(text)
    assert not cell.startswith(FORMULA)
    assert cell.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (["a", 1], '["a", 1]'), (True, "true"), (-1, "'-1"), ("安全", "安全")])
def test_values_that_are_no_text_are_written_as_json(value, cell):
    assert harmless(value) == cell


def detail(personal):
    entry = AuditEntry(at=NOON)
    record = AuditDetail(
        action="accounts.sign_up", subject_type="users", subject_id=uuid.UUID(int=1), actor_id=None, personal=personal
    )
    record.entry = entry
    return record


def test_each_changed_field_has_a_line_and_an_erased_entry_one_without_a_person():
    changed = chain.canonical(
        {
            "actor": "=cmd()",
            "organization": None,
            "address": "::1",
            "before": {"a": 1, "same": 2},
            "after": {"a": "x,\n", "same": 2, "b": 3},
        }
    )
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(iter([[detail(changed)], [detail(None)]]))).removeprefix("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["actor"], row["field"], row["before"], row["after"]) for row in rows] == [
        ("'=cmd()", "a", "1", "x,\n"), ("'=cmd()", "b", "", "3"), ("", "", "", ""),
    ]  # fmt: skip
    lines = list(json_lines(iter([[detail(changed), detail(None)]])))
    assert '"changes": {"a": {"before": 1, "after": "x,\\n"}' in lines[0]
    assert '"erased": true' in lines[1]


def test_one_value_has_one_canonical_text():
    values = {"b": Decimal("1.50"), "a": {Role.ADMIN, Role.APPROVER}, "day": date(2026, 3, 2), "at": NOON, "role": Role.ADMIN}
    assert chain.canonical(values) == (
        '{"a":["admin","approver"],"at":"2026-03-02T12:00:00+00:00","b":"1.50","day":"2026-03-02","role":"admin"}'
    )
    with pytest.raises(TypeError):
        chain.canonical({"a": object()})


@given(st.binary(min_size=16, max_size=16), st.text(), st.text())
def test_two_texts_have_two_digests(salt, one, other):
    assert (chain.personal_digest(salt, one) == chain.personal_digest(salt, other)) is (one == other)
