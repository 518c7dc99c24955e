"""Reading the audit log. An entry under a seal that is not opened is not there: neither in lists nor counts nor gaps.

The chain's own numbers are never handed out, for the same reason: a missing one would tell of a sealed entry.
"""

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager

from app.audit.models import AuditDetail, AuditEntry, Seal
from app.database import Base

BATCH = 500
MOST_HISTORY = 50
# the kinds of record (tables) that people call by a name or a number
NAMED = ("matches", "milestones", "organizations", "products", "programmes", "projects", "scenarios", "users")


@dataclass(frozen=True)
class Filter:
    """What an auditor looks for; every part that is given must hold. `since` is in, `until` is out."""

    since: datetime | None = None
    until: datetime | None = None
    actors: Sequence[uuid.UUID] | None = None
    action: str = ""
    subject_type: str = ""
    subject_id: uuid.UUID | None = None
    words: tuple[str, ...] = ()


def _shown() -> ColumnElement[bool]:
    opened = select(Seal.id).where(Seal.opened_at.is_not(None))
    return or_(AuditDetail.seal_id.is_(None), AuditDetail.seal_id.in_(opened))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [_shown(), *(AuditDetail.personal.icontains(word, autoescape=True) for word in wanted.words)]
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    if wanted.actors is not None:
        conditions.append(AuditDetail.actor_id.in_(wanted.actors))
    equal = {name: getattr(wanted, name) for name in ("action", "subject_type", "subject_id")}
    return conditions + [getattr(AuditDetail, name) == value for name, value in equal.items() if value]


def _entries(wanted: Filter) -> Select[AuditDetail]:
    statement = select(AuditDetail).join(AuditDetail.entry).options(contains_eager(AuditDetail.entry))
    return statement.where(*_conditions(wanted))


def listed(wanted: Filter) -> Select[AuditDetail]:
    """The entries asked for, the latest first, each with its moment: a statement to be paged."""
    return _entries(wanted).order_by(AuditDetail.seq.desc())


def exported(session: Session, wanted: Filter) -> Iterator[Sequence[AuditDetail]]:
    """The entries asked for, the oldest first, batch by batch: however many there are, few are in memory."""
    after = 0
    while rows := session.scalars(_entries(wanted).where(AuditDetail.seq > after).order_by(AuditDetail.seq).limit(BATCH)).all():
        after = rows[-1].seq
        yield rows
        session.expunge_all()


def actions(session: Session) -> Sequence[str]:
    """The actions that occur among the entries that are shown."""
    return session.scalars(select(AuditDetail.action).where(_shown()).distinct().order_by(AuditDetail.action)).all()


def subject_types(session: Session) -> Sequence[str]:
    """The kinds of record that occur among the entries that are shown."""
    return session.scalars(select(AuditDetail.subject_type).where(_shown()).distinct().order_by(AuditDetail.subject_type)).all()


def names(session: Session, ids: Collection[uuid.UUID], language: str) -> Sequence[Row[str, uuid.UUID, str]]:
    """Which of the ids are records that have a name or number: `kind` (the table), `id` and `name`. `language`: zh or en."""
    statements = []
    for kind in NAMED:
        table = Base.metadata.tables[kind]
        columns = [table.c[name] for name in ("number", f"name_{language}", "name", "name_zh", "title") if name in table.c]
        name = func.coalesce(*(func.nullif(column, "") for column in columns), "").label("name")
        statements.append(select(literal(kind).label("kind"), table.c.id, name).where(table.c.id.in_(ids)))
    return session.execute(union_all(*statements)).all()


def history(session: Session, subjects: Mapping[str, Collection[uuid.UUID]]) -> Sequence[AuditDetail]:
    """What happened to some records, by their tables, the latest first, at most fifty entries: for those who see the records."""
    of_these = or_(
        false(), *(and_(AuditDetail.subject_type == kind, AuditDetail.subject_id.in_(ids)) for kind, ids in subjects.items())
    )
    return session.scalars(listed(Filter()).where(of_these).limit(MOST_HISTORY)).all()


def done_by(session: Session, actor_id: uuid.UUID, action: str) -> Sequence[AuditDetail]:
    """The entries of one action of a person, under a seal or not: for what is done in that person's own name."""
    return session.scalars(select(AuditDetail).where(AuditDetail.actor_id == actor_id, AuditDetail.action == action)).all()


@dataclass(frozen=True)
class Personal:
    """The part of an entry that can be erased, read back."""

    actor: str
    organization: str | None
    address: str
    changes: list[tuple[str, Any, Any]]


def personal_of(detail: AuditDetail) -> Personal | None:
    """Who acted, for whom, from where, and each field with its value before and after; None once it is erased."""
    if detail.personal is None:
        return None
    values = json.loads(detail.personal)
    before, after = values["before"], values["after"]
    names = dict.fromkeys([*before, *after])
    changes = [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
    return Personal(values["actor"], values["organization"], values["address"], changes)
