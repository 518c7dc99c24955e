"""Writing the audit log. Entries are noted during a transaction and chained at its end, so that the head is the last lock taken."""

import os
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, event, false, insert, or_, select, update
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import chain
from app.audit.models import AuditDetail, AuditEntry, ChainHead, Seal

_PENDING = "audit.pending"
SALT_BYTES = 16


@dataclass(frozen=True)
class _Note:
    at: datetime
    facts: chain.Facts
    personal: str


def record(
    session: Session,
    action: str,
    subject: Any,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    seal: uuid.UUID | None = None,
) -> None:
    """Note who did what to which record; it is written and chained when the transaction commits, or not at all.

    `action` is `capability.verb`; `subject` is a mapped record with an `id`; `seal` is the id of a scenario whose solutions are
    sealed: the detail is then shown to nobody until that seal is opened. A state that the subject has just left and the one that
    it has reached are noted without being named.
    """
    before, after = dict(before or {}), dict(after or {})
    if (moved_from := vars(subject).pop("moved_from", None)) is not None:
        before.setdefault("status", moved_from)
        after.setdefault("status", subject.status)
    personal = chain.canonical(
        {
            "actor": actor.name,
            "organization": actor.organization_id,
            "address": actor.address,
            "before": before,
            "after": after,
        }
    )
    facts = chain.Facts(action, subject.__tablename__, subject.id, actor.user_id, seal)
    if not session.in_transaction():
        session.begin()  # so that a rollback finds something to roll back, and forgets the note
    session.info.setdefault(_PENDING, []).append(_Note(now, facts, personal))


@dataclass(frozen=True)
class Subject:
    """What an entry is about where the record has a word for its key rather than a random id."""

    __tablename__: str
    id: uuid.UUID


def keyed(kind: type[Any], key: object) -> Subject:
    """The subject of an entry about a record with a word, number or day for its key: the same id for the same key."""
    table = str(kind.__tablename__)
    return Subject(table, uuid.uuid5(uuid.NAMESPACE_URL, f"{table}:{key}"))


def create_seal(session: Session, scenario_id: uuid.UUID) -> None:
    """Begin to hide the details written under this scenario. Doing it twice changes nothing."""
    if session.get(Seal, scenario_id) is None:
        session.add(Seal(id=scenario_id))
        session.flush()


def open_seal(session: Session, scenario_id: uuid.UUID, *, now: datetime) -> None:
    """Show the details written under this scenario from now on."""
    seal = session.get(Seal, scenario_id)
    if seal is not None and seal.opened_at is None:
        seal.opened_at = now


def erase_personal(session: Session, user_id: uuid.UUID, *, now: datetime) -> int:
    """Erase the personal part of every entry that this person caused, or that nobody signed in caused of the account.

    The chain still verifies. Returns how many entries there were.
    """
    unsigned = and_(AuditDetail.subject_id == user_id, AuditDetail.actor_id.is_(None))
    return _erase(session, or_(AuditDetail.actor_id == user_id, unsigned), now)


def erase_naming(session: Session, actions: Collection[str], values: Collection[str], *, now: datetime) -> int:
    """Erase the personal part of those entries of some actions, whoever caused them, that hold one of these values.

    The chain still verifies. Returns how many entries there were.
    """
    naming = or_(false(), *(AuditDetail.personal.contains(chain.canonical(value), autoescape=True) for value in values))
    return _erase(session, and_(AuditDetail.action.in_(actions), naming), now)


def _erase(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    statement = update(AuditDetail).where(which, AuditDetail.personal.is_not(None)).values(personal=None, erased_at=now)
    statement = statement.execution_options(synchronize_session=False)
    return len(session.scalars(statement.returning(AuditDetail.seq)).all())


def _write(session: Session, notes: list[_Note]) -> None:
    head = session.execute(select(ChainHead).with_for_update().execution_options(populate_existing=True)).scalar_one()
    entries, details = [], []
    for note in notes:
        salt = os.urandom(SALT_BYTES)
        of_personal = chain.personal_digest(salt, note.personal)
        digest = chain.entry_digest(salt, note.facts, of_personal)
        head.seq += 1
        head.hash = chain.link(head.hash, head.seq, note.at, digest)
        entries.append({"seq": head.seq, "at": note.at, "digest": digest, "hash": head.hash})
        details.append(
            {
                "seq": head.seq,
                "salt": salt,
                **asdict(note.facts),
                "personal": note.personal,
                "personal_digest": of_personal,
            }
        )
    session.execute(insert(AuditEntry), entries)
    session.execute(insert(AuditDetail), details)
    session.flush()


@event.listens_for(Session, "before_commit")
def _chain_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return
    notes = session.info.pop(_PENDING, [])
    if notes:
        session.flush()
        _write(session, notes)


@event.listens_for(Session, "after_soft_rollback")
def _forget_pending(session: Session, _previous: object) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_PENDING, None)
