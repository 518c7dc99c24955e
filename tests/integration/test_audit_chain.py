"""The audit chain: only grows, and any change of it is found, whoever makes it."""

import json
import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.actor import SYSTEM, Actor
from app.audit import checkpoint
from app.audit.commands import group
from app.audit.models import AuditDetail, AuditEntry, ChainHead
from app.audit.operations import Subject, erase_personal, keyed, record
from app.audit.verification import CHECKPOINT_FILE, verify
from app.clock import utcnow
from app.taxonomy.models import Domain
from tests.factories.accounts import UserFactory

PERSON = Actor(uuid.UUID(int=7), "Person", address="192.0.2.1")


def note(session, count=1, actor=PERSON, action="test.done"):
    for number in range(count):
        record(session, action, Subject("users", uuid.UUID(int=number)), actor=actor, now=utcnow(), after={"number": number})
    session.commit()


@pytest.fixture
def folder(app):
    return app.config["CHECKPOINT_DIR"]


# ---- writing


def test_an_entry_is_written_with_its_transaction_or_not_at_all(session):
    record(session, "test.undone", Subject("users", uuid.uuid4()), actor=SYSTEM, now=utcnow())
    session.rollback()
    note(session)
    assert session.scalars(select(AuditDetail.action)).all() == ["test.done"]


def test_an_entry_of_an_undone_part_stays_with_the_rest(session, now):
    with session.begin_nested():
        record(session, "test.inner", Subject("users", uuid.uuid4()), actor=SYSTEM, now=now)
    session.commit()
    assert session.scalars(select(AuditDetail.action)).all() == ["test.inner"]


def test_a_record_with_a_word_for_its_key_has_one_id(session):
    assert keyed(Domain, "iov") == keyed(Domain, "iov") != keyed(Domain, "ai")
    assert keyed(Domain, "iov").__tablename__ == "domains"


# ---- refusing


FORBIDDEN = [
    "UPDATE audit_entries SET digest = 'x'",
    "UPDATE audit_entries SET at = at",
    "DELETE FROM audit_entries",
    "DELETE FROM audit_details",
    "UPDATE audit_details SET action = 'nothing'",
    "UPDATE audit_details SET personal = '{}'",
    "UPDATE audit_details SET personal = NULL, erased_at = CURRENT_TIMESTAMP, action = 'nothing'",
    "UPDATE audit_head SET seq = 0",
    "UPDATE audit_head SET hash = 'x'",
    "DELETE FROM audit_head",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO audit_entries SELECT seq, at, 'x', hash FROM audit_entries WHERE seq = 1",
    "REPLACE INTO audit_entries SELECT seq + 10, at, digest, hash FROM audit_entries WHERE seq = 1",
    "INSERT OR REPLACE INTO audit_details SELECT * FROM audit_details WHERE seq = 1",
    "INSERT OR REPLACE INTO audit_head SELECT id, 0, hash FROM audit_head",
    "UPDATE OR REPLACE audit_entries SET seq = 2 WHERE seq = 1",
]
ON_POSTGRESQL = [f"TRUNCATE {table} CASCADE" for table in ("audit_entries", "audit_details", "audit_head")]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses_to_change_or_delete(session, folder, statement):
    _refused(session, folder, statement)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("statement", ON_SQLITE)
def test_sqlite_refuses_to_replace(session, folder, statement):
    _refused(session, folder, statement)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("statement", ON_POSTGRESQL)
def test_postgresql_refuses_to_truncate(session, folder, statement):
    _refused(session, folder, statement)


def _refused(session, folder, statement):
    note(session, 2)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))
    session.rollback()
    assert verify(session, folder).broken is None


# ---- finding what was changed all the same


def test_an_untouched_chain_holds(session, folder):
    note(session, 3)
    assert (verify(session, folder).entries, verify(session, folder).broken) == (3, None)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entries SET at = '2026-01-01 00:00:00+00' WHERE seq = 2", "entry 2 does not continue"),
        ("UPDATE audit_entries SET hash = 'x' WHERE seq = 2", "entry 2 does not continue"),
        ("UPDATE audit_details SET action = 'test.other' WHERE seq = 2", "entry 2 has a detail"),
        ("UPDATE audit_details SET personal_digest = 'x' WHERE seq = 2", "entry 2 has a detail"),
        ("UPDATE audit_details SET personal = '{}' WHERE seq = 2", "entry 2 has a changed personal"),
        ("DELETE FROM audit_details WHERE seq = 2", "entry 2 has lost"),
        ("DELETE FROM audit_details WHERE seq = 2; DELETE FROM audit_entries WHERE seq = 2", "entry 2 is missing"),
        ("UPDATE audit_head SET hash = 'x'", "the head does not stand"),
        ("DELETE FROM audit_head", "the head does not stand"),
    ],
)
def test_what_is_changed_behind_the_triggers_is_found_and_named(session, folder, tamper, statement, found):
    note(session, 3)
    for part in statement.split("; "):
        tamper(part)
    assert found in verify(session, folder).broken


def test_the_command_says_what_is_broken_and_fails(app, session, tamper):
    note(session, 3)
    runner = app.test_cli_runner()
    assert "3 entries, all hold" in runner.invoke(group, ["verify"]).output
    tamper("UPDATE audit_details SET action = 'test.other' WHERE seq = 2")
    answer = runner.invoke(group, ["verify"])
    assert answer.exit_code == 1
    assert "broken: entry 2" in answer.output
    assert "1 entries before it hold" in answer.output


def test_the_walk_goes_on_after_a_batch(session, folder, monkeypatch):
    monkeypatch.setattr("app.audit.verification.BATCH", 2)
    note(session, 5)
    assert verify(session, folder).entries == 5


def test_erasing_personal_parts_keeps_the_chain_whole(session, folder, now):
    user_id = UserFactory().id
    note(session, 2, actor=Actor(user_id, "Person"))
    note(session, 1)
    assert erase_personal(session, user_id, now=now) == 2
    session.commit()
    assert verify(session, folder).broken is None
    session.expire_all()
    assert [row.personal is None for row in session.scalars(select(AuditDetail).order_by(AuditDetail.seq))] == [True, True, False]
    assert erase_personal(session, user_id, now=now) == 0


COLUMNS = ["entry.seq", "entry.at", "entry.digest", "entry.hash"] + [
    f"detail.{name}"
    for name in ("salt", "action", "subject_type", "subject_id", "actor_id", "seal_id", "personal", "personal_digest")
]


@given(data=st.data())
def test_any_change_of_any_value_is_found(session, fresh_database, folder, database_kind, data):
    session = fresh_database()
    note(session, 4)
    assert verify(session, folder).broken is None
    seq = data.draw(st.integers(1, 4))
    table, _, column = data.draw(st.sampled_from(COLUMNS)).partition(".")
    _without_triggers(session, database_kind)
    kind = AuditEntry if table == "entry" else AuditDetail
    row = session.scalars(select(kind).where(kind.seq == seq)).one()
    before = getattr(row, column)
    changed = _other(data, before, column)
    if column == "seq":
        moved = ("audit_details", "audit_entries")
        for name in moved:
            session.execute(text(f"UPDATE {name} SET seq = :new WHERE seq = :old"), {"new": changed, "old": seq})
    else:
        setattr(row, column, changed)
        session.flush()
    session.expire_all()
    assert verify(session, folder).broken is not None
    session.rollback()


def _without_triggers(session, database_kind):
    if database_kind == "sqlite":
        session.commit()
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for (name,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))


def _other(data, before, column):
    if column == "seq":
        return data.draw(st.integers(5, 99))
    if column == "at":
        return before + timedelta(microseconds=data.draw(st.integers(1, 10**12)))
    if column == "seal_id":
        return uuid.UUID(int=5)
    if isinstance(before, uuid.UUID):
        return data.draw(st.uuids().filter(lambda value: value != before))
    place = data.draw(st.integers(0, len(before) - 1))
    if isinstance(before, bytes):
        return before[:place] + bytes([before[place] ^ data.draw(st.integers(1, 255))]) + before[place + 1 :]
    return before[:place] + ("0" if before[place] != "0" else "1") + before[place + 1 :]


@given(data=st.data())
def test_any_other_order_is_found(session, fresh_database, folder, database_kind, data):
    session = fresh_database()
    note(session, 4)
    one, other = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=2, unique=True))
    _without_triggers(session, database_kind)
    for name in ("audit_details", "audit_entries"):
        for new, old in ((99, one), (one, other), (other, 99)):
            session.execute(text(f"UPDATE {name} SET seq = :new WHERE seq = :old"), {"new": new, "old": old})
    session.expire_all()
    assert verify(session, folder).broken is not None
    session.rollback()


# ---- checkpoints


def test_the_head_is_written_once_a_day_in_shanghai(session, folder, now):
    assert checkpoint.write_due(session, now=now, folder=folder) == 0  # nothing to note yet
    note(session, 2)
    assert checkpoint.write_due(session, now=now, folder=folder) == 1
    assert checkpoint.write_due(session, now=now, folder=folder) == 0
    note(session)
    assert checkpoint.write_due(session, now=now + timedelta(days=1), folder=folder) == 1
    session.commit()
    lines = [json.loads(line) for line in (folder / CHECKPOINT_FILE).read_text().splitlines()]
    assert [line["seq"] for line in lines] == [2, 3]
    assert lines[-1]["hash"] == session.scalars(select(ChainHead)).one().hash
    assert verify(session, folder).broken is None


def test_a_cut_tail_is_found_by_the_checkpoint(session, folder, tamper, now):
    note(session, 3)
    checkpoint.write_due(session, now=now, folder=folder)
    hash_before = session.scalars(select(AuditEntry.hash).where(AuditEntry.seq == 2)).one()
    tamper("DELETE FROM audit_details WHERE seq = 3")
    tamper("DELETE FROM audit_entries WHERE seq = 3")
    tamper(f"UPDATE audit_head SET seq = 2, hash = '{hash_before}'")
    assert verify(session, folder).broken == "the chain ends at entry 2, but a checkpoint saw entry 3"


def test_a_chain_written_anew_is_found_by_the_checkpoint(session, folder, now, fresh_database):
    note(session, 3)
    checkpoint.write_due(session, now=now, folder=folder)
    session = fresh_database()
    note(session, 3)
    assert verify(session, folder).broken == "entry 3 is not the one that its checkpoint saw"


def test_a_line_torn_by_a_crash_is_no_checkpoint(session, folder, now):
    note(session)
    checkpoint.write_due(session, now=now, folder=folder)
    with (folder / CHECKPOINT_FILE).open("a") as file:
        file.write('{"day": "2026-')
    assert verify(session, folder).broken is None
    assert checkpoint.write_due(session, now=now, folder=folder) == 0


def test_auditors_are_mailed_the_hash_and_no_number(session, worker, folder, mailbox, now):
    UserFactory(email="auditor@example.com", is_auditor=True)
    UserFactory(email="other@example.com", is_admin=True)
    note(session, 3)
    checkpoint.write_due(session, now=now, folder=folder)
    worker()
    mail = mailbox.text("auditor@example.com")
    head = session.scalars(select(ChainHead)).one()
    assert head.hash in mail.replace("\n", "")
    assert "seq" not in mail
    assert mailbox.to("other@example.com") == []


def test_auditors_are_mailed_although_the_transaction_that_wrote_the_line_was_lost(session, worker, folder, mailbox, now):
    UserFactory(email="auditor@example.com", is_auditor=True)
    note(session, 3)
    session.commit()
    assert checkpoint.write_due(session, now=now, folder=folder) == 1
    session.rollback()
    noted = json.loads((folder / CHECKPOINT_FILE).read_text())["hash"]
    note(session)
    for _ in range(2):
        assert checkpoint.write_due(session, now=now, folder=folder) == 0
        session.commit()
    worker()
    assert len(mailbox.to("auditor@example.com")) == 1
    assert noted in mailbox.text("auditor@example.com").replace("\n", "")


def test_a_line_torn_off_by_a_crash_is_cut_before_the_next_one(session, folder, now):
    note(session)
    checkpoint.write_due(session, now=now, folder=folder)
    with (folder / CHECKPOINT_FILE).open("a") as file:
        file.write('{"day": "2026')
    assert verify(session, folder).broken is None
    assert checkpoint.write_due(session, now=now + timedelta(days=1), folder=folder) == 1
    assert verify(session, folder).broken is None
    assert checkpoint.write_due(session, now=now + timedelta(days=2), folder=folder) == 1
