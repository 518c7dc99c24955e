"""Setting programmes: target, period, and from when on a project counts."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.clock import shanghai_day
from app.errors import Conflict, Problems, WrongState, collecting, require_allowed, require_fresh
from app.outbox import operations as outbox
from app.programme import policy, queries
from app.projects.models import CountsFrom, Programme
from app.scenarios.content import LINE_LENGTH

CODE_LENGTH = 40


@dataclass(frozen=True)
class Terms:
    """What the operator sets of a programme. The period is in Shanghai days, both ends in."""

    code: str
    name_zh: str
    name_en: str
    target: int
    starts_on: date
    ends_on: date
    counts_from: CountsFrom


def create_programme(
    session: Session, programme_id: uuid.UUID, terms: Terms, *, actor: Actor, now: datetime, demo: bool = False
) -> Programme:
    """Set up a programme. Where the id is that of one: that one. Raises Forbidden, and Invalid, also where real periods overlap."""
    require_allowed(policy.can_set(actor) or (actor.is_system and demo))
    others = queries.lock_programmes(session)
    present = next((row for row in others if row.id == programme_id), None)
    if present is not None:
        return present
    with collecting() as problems:
        _check(problems, terms, others, demo)
    programme = Programme(id=programme_id, demo=demo, **asdict(terms))
    session.add(programme)
    session.flush()
    audit.record(session, "programme.create", programme, actor=actor, now=now, after=asdict(terms))
    _changed(session, programme, now)
    return programme


def edit_programme(
    session: Session, programme: Programme, terms: Terms, *, version: int | None, actor: Actor, now: datetime
) -> Programme:
    """Change a programme that is not closed. A period never leaves out a day on which one of its projects was approved or accepted.

    Its end is not moved to before the present day, nor at all once it has passed: what came after it would count, or what counted
    would not. Raises Forbidden, WrongState, Stale, Invalid.
    """
    require_allowed(policy.can_set(actor))
    rows = queries.lock_programmes(session)
    programme = next(row for row in rows if row.id == programme.id)
    if programme.closed:
        raise WrongState
    require_fresh(programme.version, version)
    with collecting() as problems:
        _check(problems, terms, [row for row in rows if row.id != programme.id], programme.demo)
        if terms.ends_on != programme.ends_on and programme.ends_on < shanghai_day(now):
            problems.add("ends_on", _l("The programme has ended: its last day stays."))
        elif terms.ends_on != programme.ends_on and terms.ends_on < shanghai_day(now):
            problems.add("ends_on", _l("A new end must not lie in the past."))
        first, last = queries.project_days(session, programme)
        if first is not None and first < terms.starts_on:
            problems.add("starts_on", _l("A project was approved on %(day)s: the period must hold that day.", day=first))
        if last is not None and terms.ends_on < last:
            problems.add("ends_on", _l("A project reached its figure on %(day)s: the period must hold that day.", day=last))
    before: dict[str, Any] = {name: getattr(programme, name) for name in asdict(terms)}
    for name, value in asdict(terms).items():
        setattr(programme, name, value)
    audit.record(session, "programme.edit", programme, actor=actor, now=now, before=before, after=asdict(terms))
    session.flush()
    _changed(session, programme, now)
    return programme


def close_programme(session: Session, programme: Programme, *, actor: Actor, now: datetime) -> Programme:
    """Close a programme after its last day: from then on nobody changes it. To end it earlier, edit its end first.

    Raises Forbidden, WrongState, Conflict.
    """
    require_allowed(policy.can_set(actor))
    programme = next(row for row in queries.lock_programmes(session) if row.id == programme.id)
    if programme.closed:
        raise WrongState
    # closing on a day that the period holds would leave open whether an acceptance of that day still counts
    if shanghai_day(now) <= programme.ends_on:
        raise Conflict(_l("A programme is closed after its last day. To end it earlier, change its end."))
    programme.closed = True
    session.flush()
    audit.record(session, "programme.close", programme, actor=actor, now=now, after={"closed": True})
    _changed(session, programme, now)
    return programme


def _changed(session: Session, programme: Programme, now: datetime) -> None:
    outbox.emit(session, "programme.changed", f"{programme.id}:{programme.version}", now=now, programme_id=programme.id)


def _check(problems: Problems, terms: Terms, others: Sequence[Programme], demo: bool) -> None:
    for name, most in (("code", CODE_LENGTH), ("name_zh", LINE_LENGTH), ("name_en", LINE_LENGTH)):
        text = getattr(terms, name)
        if not text.strip():
            problems.add(name, _l("This field is required."))
        problems.limit(name, text, most)
    if any(row.code == terms.code for row in others):
        problems.add("code", _l("Another programme has this code."))
    if terms.target < 1:
        problems.add("target", _l("The target is at least 1."))
    if terms.starts_on > terms.ends_on:
        problems.add("ends_on", _l("The end must not lie before the beginning."))
    overlapping = [row for row in others if row.demo == demo and row.starts_on <= terms.ends_on and terms.starts_on <= row.ends_on]
    if overlapping and not demo:
        problems.add("starts_on", _l("The period overlaps that of %(code)s.", code=overlapping[0].code))
