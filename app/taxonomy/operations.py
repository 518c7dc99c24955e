"""Changing what the operator sets, and giving out record numbers."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.taxonomy.models import Counter


def next_number(session: Session, prefix: str, day: date) -> str:
    """The next number of a series, such as `S-2026-0117`: gap-free within a year as long as transactions commit."""
    series = f"{prefix}-{day.year}"
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Counter).values(series=series, last=1)
    statement = statement.on_conflict_do_update(index_elements=["series"], set_={"last": Counter.last + 1})
    last = session.scalars(statement.returning(Counter.last)).one()
    return f"{series}-{last:04d}"
