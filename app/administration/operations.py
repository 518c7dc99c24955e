"""What the system administrator does to the machine."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.administration.policy import HIDDEN_EVENTS, can_administer
from app.audit.operations import keyed, record
from app.errors import NotFound, WrongState, require_allowed
from app.outbox.models import OutboxEvent


def retry_event(session: Session, event_id: int, *, actor: Actor, now: datetime) -> OutboxEvent:
    """Let the worker try a failed event again at once. Raises Forbidden, NotFound, and WrongState for one that is done."""
    require_allowed(can_administer(actor))
    statement = select(OutboxEvent).where(OutboxEvent.id == event_id).with_for_update().execution_options(populate_existing=True)
    event = session.scalar(statement)
    if event is None or event.kind.startswith(HIDDEN_EVENTS):
        raise NotFound
    if event.done_at is not None or event.attempts == 0:
        raise WrongState
    event.available_at = now
    after = {"kind": event.kind, "attempts": event.attempts}
    record(session, "outbox.retry", keyed(OutboxEvent, event.key), actor=actor, now=now, after=after)
    return event
