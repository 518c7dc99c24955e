"""Time: kept in UTC, thought of in Shanghai."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utcnow() -> datetime:
    """The present moment. Only the edges (views, worker, commands) ask for it; operations are handed `now`."""
    return datetime.now(UTC)


def shanghai_day(moment: datetime) -> date:
    """The calendar day in Shanghai on which a moment falls."""
    return moment.astimezone(SHANGHAI).date()


def shanghai_text(moment: datetime, pattern: str) -> str:
    """A moment as the clock in Shanghai shows it; `pattern` is strftime's."""
    return moment.astimezone(SHANGHAI).strftime(pattern)


def end_of_day(day: date) -> datetime:
    """The moment at which a Shanghai day is over: midnight that begins the next one."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """Midnight that begins a Shanghai day."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def quarter(day: date) -> str:
    """The quarter of a day, as `2026Q4`."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"
