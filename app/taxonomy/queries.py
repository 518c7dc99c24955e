"""Reading the plan's words, the operator's settings and the working-day calendar."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypeVar

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.taxonomy.models import CalendarDay, Setting, Technology, Term
from app.taxonomy.settings import WholeNumber

TermType = TypeVar("TermType", bound=Term)
SATURDAY = 5


def terms(session: Session, kind: type[TermType], *, keep: Iterable[str | None] = ()) -> Sequence[TermType]:
    """The words of a vocabulary that are offered, in their order; retired ones only where a record still uses them (`keep`)."""
    kept = [code for code in keep if code]
    statement = select(kind).where(~kind.retired | kind.code.in_(kept)).order_by(kind.position, kind.code)
    return session.scalars(statement).all()


def technologies_of(session: Session, track_code: str) -> Sequence[Technology]:
    """The technologies that the plan names under a track."""
    statement = select(Technology).where(Technology.track_code == track_code, ~Technology.retired)
    return session.scalars(statement.order_by(Technology.position)).all()


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


def _library_says_working(day: date) -> bool:
    """The library's calendar; in a year that it does not know, Monday to Friday."""
    return bool(chinese_calendar.is_workday(day)) if library_knows(day) else day.weekday() < SATURDAY


def add_working_days(session: Session, start: date, count: int) -> date:
    """The day that is `count` working days after `start` (not counted itself); with 0, `start`.

    The operator's calendar rules, then the library's; a year that neither knows falls back to Monday to Friday.
    """
    overrides = _overrides(session, start)
    day = start
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
