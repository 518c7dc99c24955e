"""Changing what the operator sets, and giving out record numbers."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.actor import Actor
from app.audit.operations import keyed, record
from app.database import insert_into
from app.errors import NotFound, Problems, collecting, require_allowed, require_fresh
from app.outbox.operations import emit
from app.taxonomy import policy
from app.taxonomy.models import CalendarDay, Counter, Department, Indicator, Setting, Task, Term, Track
from app.taxonomy.settings import ALL, WholeNumber

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LINE_LENGTH = 200
Values = Mapping[str, Any]
Row = TypeVar("Row")


def next_number(session: Session, prefix: str, day: date) -> str:
    """The next number of a series, such as `S-2026-0117`: gap-free within a year as long as transactions commit."""
    series = f"{prefix}-{day.year}"
    statement = insert_into(session, Counter).values(series=series, last=1)
    statement = statement.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + 1})
    last = session.scalars(statement.returning(Counter.last)).one()
    return f"{series}-{last:04d}"


def create_term(session: Session, kind: type[Term], code: str, values: Values, *, actor: Actor, now: datetime) -> Term:
    """Add a word to a vocabulary; its code is for good. `values`: columns by name. Raises Forbidden, Invalid."""
    require_allowed(policy.can_keep(actor))
    with collecting() as problems:
        if not CODE.fullmatch(code):
            problems.add("code", _l("Small letters, digits and hyphens, at most 40."))
        elif session.get(kind, code) is not None:
            problems.add("code", _l("This code is taken."))
        _check_term(session, problems, values)
    content: dict[str, Any] = {"code": code, **values}
    term = kind(**content)
    session.add(term)
    session.flush()
    record(session, "taxonomy.create_term", keyed(kind, code), actor=actor, now=now, after=content)
    _announce(session, term, now)
    return term


def edit_term(
    session: Session, kind: type[Term], code: str, values: Values, *, version: int | None, actor: Actor, now: datetime
) -> Term:
    """Change a word's names, place and what else its vocabulary holds. Raises Forbidden, NotFound, Stale, Invalid."""
    require_allowed(policy.can_keep(actor))
    term = _locked(session, kind, code)
    require_fresh(term.version, version)
    with collecting() as problems:
        _check_term(session, problems, values)
    _write(session, term, values, "taxonomy.edit_term", code, actor, now)
    _announce(session, term, now)
    return term


def set_retired(session: Session, kind: type[Term], code: str, *, retired: bool, actor: Actor, now: datetime) -> Term:
    """Offer a word no more, or again; records that have it keep it. Raises Forbidden, NotFound."""
    require_allowed(policy.can_keep(actor))
    term = _locked(session, kind, code)
    if term.retired != retired:
        action = "taxonomy.retire_term" if retired else "taxonomy.restore_term"
        _write(session, term, {"retired": retired}, action, code, actor, now)
        _announce(session, term, now)
    return term


def _announce(session: Session, term: Term, now: datetime) -> None:
    """Promise that what follows the vocabularies learns of a word that is new, changed, offered no more or again."""
    session.flush()
    vocabulary = keyed(type(term), term.code).__tablename__
    key = f"{vocabulary}:{term.code}:{term.version}"
    emit(session, "taxonomy.changed", key, now=now, vocabulary=vocabulary, code=term.code)


def edit_task(
    session: Session, no: int, *, name_zh: str, departments: Collection[str], version: int | None, actor: Actor, now: datetime
) -> Task:
    """Change a task's name and who is responsible for it. Raises Forbidden, NotFound, Stale, Invalid."""
    require_allowed(policy.can_keep(actor))
    task = _locked(session, Task, no)
    require_fresh(task.version, version)
    statement = select(Department).where(Department.code.in_(departments)).order_by(Department.position)
    chosen = list(session.scalars(statement))
    with collecting() as problems:
        _check_line(problems, "name_zh", name_zh)
        if len(chosen) != len(set(departments)):
            problems.add("departments", _l("Choose from the list."))
    before = {"name_zh": task.name_zh, "departments": [row.code for row in task.departments]}
    after = {"name_zh": name_zh, "departments": [row.code for row in chosen]}
    task.name_zh, task.departments = name_zh, chosen
    flag_modified(task, "name_zh")  # a change of the departments alone raises the version too
    record(session, "taxonomy.edit_task", keyed(Task, no), actor=actor, now=now, before=before, after={"no": no, **after})
    return task


def edit_indicator(session: Session, code: str, values: Values, *, version: int | None, actor: Actor, now: datetime) -> Indicator:
    """Change what an indicator is called and asks for. Raises Forbidden, NotFound, Stale, Invalid."""
    require_allowed(policy.can_keep(actor))
    indicator = _locked(session, Indicator, code)
    require_fresh(indicator.version, version)
    with collecting() as problems:
        _check_line(problems, "name_zh", values["name_zh"])
        if not 0 <= Decimal(str(values["target"])) < 10**9:
            problems.add("target", _l("Enter a number from 0 to 999,999,999."))
    _write(session, indicator, values, "taxonomy.edit_indicator", code, actor, now)
    return indicator


def declare_day(session: Session, day: date, *, working: bool, note: str, actor: Actor, now: datetime) -> CalendarDay:
    """Declare a day working or free, whatever the library's calendar says. Deadlines set before stay.

    Raises Forbidden, and Invalid for a day that is declared already: that is edited.
    """
    require_allowed(policy.can_keep(actor))
    with collecting() as problems:
        _check_note(problems, note)
        if session.get(CalendarDay, day) is not None:
            problems.add("day", _l("This day is declared already. Change it in the list."))
    row = CalendarDay(day=day, working=working, note=note)
    session.add(row)
    session.flush()
    after = {"day": day, "working": working, "note": note}
    record(session, "taxonomy.declare_day", keyed(CalendarDay, day), actor=actor, now=now, after=after)
    return row


def edit_day(
    session: Session, day: date, *, working: bool, note: str, version: int | None, actor: Actor, now: datetime
) -> CalendarDay:
    """Change what a day is declared to be. Deadlines set before stay. Raises Forbidden, NotFound, Stale, Invalid."""
    require_allowed(policy.can_keep(actor))
    row = _locked(session, CalendarDay, day)
    require_fresh(row.version, version)
    with collecting() as problems:
        _check_note(problems, note)
    before, after = {"working": row.working, "note": row.note}, {"day": day, "working": working, "note": note}
    row.working, row.note = working, note
    session.flush()
    record(session, "taxonomy.edit_day", keyed(CalendarDay, day), actor=actor, now=now, before=before, after=after)
    return row


def remove_calendar_day(session: Session, day: date, *, actor: Actor, now: datetime) -> None:
    """Let the library's calendar rule over a day again. Raises Forbidden, NotFound."""
    require_allowed(policy.can_keep(actor))
    row = _locked(session, CalendarDay, day)
    before = {"day": day, "working": row.working, "note": row.note}
    record(session, "taxonomy.remove_day", keyed(CalendarDay, day), actor=actor, now=now, before=before)
    session.delete(row)


def change_settings(session: Session, values: Mapping[str, int], *, version: int | None, actor: Actor, now: datetime) -> None:
    """Set these settings, by key. `version` is what `queries.settings_version` said when they were read.

    Deadlines that are set already stay as they are. Raises Forbidden, Stale, Invalid for a value out of bounds.
    """
    require_allowed(policy.can_set(actor))
    rows = {row.key: row for row in session.scalars(select(Setting).with_for_update().execution_options(populate_existing=True))}
    require_fresh(sum(row.version for row in rows.values()), version)
    asked = {definition: values[definition.key] for definition in ALL if definition.key in values}
    with collecting() as problems:
        for definition, value in asked.items():
            if not definition.least <= value <= definition.most:
                reason = _l("From %(least)s to %(most)s.", least=definition.least, most=definition.most)
                problems.add(definition.key, reason)
    before = {definition.key: _value(definition, rows) for definition in asked}
    after = {definition.key: value for definition, value in asked.items() if value != before[definition.key]}
    for key, value in after.items():
        row = rows.get(key)
        if row is None:
            session.add(Setting(key=key, value=str(value), updated_at=now))
        else:
            row.value, row.updated_at = str(value), now
    if after:
        old = {key: before[key] for key in after}
        record(session, "taxonomy.change_settings", keyed(Setting, "all"), actor=actor, now=now, before=old, after=after)


def _value(definition: WholeNumber, rows: Mapping[str, Setting]) -> int:
    return int(rows[definition.key].value) if definition.key in rows else definition.default


def _locked(session: Session, kind: type[Row], key: Any) -> Row:
    row: Row | None = session.get(kind, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _write(session: Session, row: Any, values: Values, action: str, key: object, actor: Actor, now: datetime) -> None:
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    record(session, action, keyed(type(row), key), actor=actor, now=now, before=before, after={"code": key, **values})


def _check_term(session: Session, problems: Problems, values: Values) -> None:
    for name in ("name_zh", "name_en"):
        _check_line(problems, name, values[name])
    if "track_code" in values and session.get(Track, values["track_code"]) is None:
        problems.add("track_code", _l("Choose from the list."))


def _check_note(problems: Problems, note: str) -> None:
    problems.limit("note", note, LINE_LENGTH)


def _check_line(problems: Problems, name: str, text: str) -> None:
    if not text.strip():
        problems.add(name, _l("This field is required."))
    problems.limit(name, text, LINE_LENGTH)
