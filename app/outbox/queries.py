"""Reading the outbox: how much waits, and what failed."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.outbox.models import OutboxEvent


def waiting(session: Session, kind: str | None = None) -> int:
    """How many events, or those of one kind, are not carried out yet."""
    statement = select(func.count()).where(OutboxEvent.done_at.is_(None))
    return session.scalar(statement if kind is None else statement.where(OutboxEvent.kind == kind)) or 0


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest due event waits; None when nothing is due. A large lag means that no worker runs."""
    return session.scalar(
        select(func.min(OutboxEvent.available_at)).where(OutboxEvent.done_at.is_(None), OutboxEvent.available_at <= now)
    )


def failing(session: Session) -> list[OutboxEvent]:
    """Events that failed at least once and wait for another try."""
    statement = select(OutboxEvent).where(OutboxEvent.done_at.is_(None), OutboxEvent.attempts > 0)
    return list(session.scalars(statement.order_by(OutboxEvent.id)))
