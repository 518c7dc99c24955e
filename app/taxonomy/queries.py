"""Reading the plan's words, the operator's settings and the working-day calendar."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

import chinese_calendar
from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.orm import Session, selectinload

from app.taxonomy.models import Area, CalendarDay, Domain, Indicator, Setting, Task, Technology, Term, Track
from app.taxonomy.settings import WholeNumber

TermType = TypeVar("TermType", bound=Term)
SATURDAY = 5
# how far ahead deadlines are set: a year that begins within it must be in the calendar
LOOKAHEAD = timedelta(days=183)


def terms(session: Session, kind: type[TermType], *, keep: Iterable[str | None] = ()) -> Sequence[TermType]:
    """The words of a vocabulary that are offered, in their order; retired ones only where a record still uses them (`keep`)."""
    kept = [code for code in keep if code]
    statement = select(kind).where(~kind.retired | kind.code.in_(kept)).order_by(kind.position, kind.code)
    return session.scalars(statement).all()


def words_by_code(session: Session) -> dict[str, Row[str, str, str]]:
    """The names (`name_zh`, `name_en`) of all domains, areas, tracks and technologies by their codes, retired ones included."""
    kinds = (Domain, Area, Track, Technology)
    names = union_all(*(select(kind.code, kind.name_zh, kind.name_en) for kind in kinds))
    return {row[0]: row for row in session.execute(names)}


def vocabulary(kind: type[TermType]) -> Select[TermType]:
    """All words of a vocabulary, retired ones last: a statement to be paged."""
    return select(kind).order_by(kind.retired, kind.position, kind.code)


def tasks(session: Session) -> Sequence[Task]:
    """The tasks of the plan with their departments."""
    return session.scalars(select(Task).options(selectinload(Task.departments)).order_by(Task.no)).all()


def indicators() -> Select[Indicator]:
    """The numbers that the plan sets: a statement to be paged."""
    return select(Indicator).order_by(Indicator.position, Indicator.code)


def calendar_days() -> Select[CalendarDay]:
    """The days that the operator has declared, the latest first: a statement to be paged."""
    return select(CalendarDay).order_by(CalendarDay.day.desc())


def settings_version(session: Session) -> int:
    """A number that grows with each change of any setting, by which an editor notices that somebody else was faster."""
    return session.scalar(select(func.coalesce(func.sum(Setting.version), 0))) or 0


def setting(session: Session, definition: WholeNumber) -> int:
    """The value of a setting: what the operator has set, else the default."""
    row = session.get(Setting, definition.key)
    return definition.default if row is None else int(row.value)


def library_knows(day: date) -> bool:
    """Whether the library's calendar covers the year of this day."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def unknown_year(today: date) -> int | None:
    """The year that deadlines will soon reach and the library's calendar does not know; None when all is known."""
    return next((day.year for day in (today, today + LOOKAHEAD) if not library_knows(day)), None)


def _library_says_working(day: date) -> bool:
    """The library's calendar; in a year that it does not know, Monday to Friday."""
    return bool(chinese_calendar.is_workday(day)) if library_knows(day) else day.weekday() < SATURDAY


def add_working_days(session: Session, start: date, count: int) -> date:
    """The day that is `count` working days after `start` (not counted itself); with 0, `start`.

    The operator's calendar rules, then the library's; a year that neither knows falls back to Monday to Friday.
    """
    return deadlines(session, [start], count)[start]


def deadlines(session: Session, starts: Iterable[date], count: int) -> dict[date, date]:
    """For each day the one that is `count` working days after it, as `add_working_days` counts: one statement for all."""
    days = set(starts)
    overrides = _overrides(session, min(days)) if days else {}
    return {day: _after(day, count, overrides) for day in days}


def _after(day: date, count: int, overrides: Mapping[date, bool]) -> date:
    for _ in range(count):
        day += timedelta(days=1)
        while not overrides.get(day, _library_says_working(day)):
            day += timedelta(days=1)
    return day


def working_days_between(session: Session, start: date, end: date) -> int:
    """How many working days lie after `start`, up to and with `end`; 0 when `end` is not later."""
    overrides = _overrides(session, start)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(overrides.get(day, _library_says_working(day)) for day in days)


def _overrides(session: Session, start: date) -> dict[date, bool]:
    rows = session.execute(select(CalendarDay.day, CalendarDay.working).where(CalendarDay.day >= start))
    return {row[0]: row[1] for row in rows}
