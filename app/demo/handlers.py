"""What follows from loading the demo: its people have read what is not new."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.notifications.models import Notification
from app.outbox.registry import Event, handles

NEW = timedelta(days=7)
# what is read when it is dealt with, and waits until then
WAITING = (
    "match.confirmed", "match.objected", "match.proposed", "match.to_decide", "milestone.submitted", "organization.applied",
    "project.acceptance_requested", "scenario.amendment_proposed", "scenario.question_asked", "scenario.submitted",
)  # fmt: skip


@handles("demo.loaded")
def read_old_news(session: Session, event: Event, now: datetime) -> None:
    """The last of what loading promises: by then everybody has been told of everything; what waits for them stays."""
    theirs = Notification.user_id.in_(select(User.id).where(User.demo))
    old = (Notification.read_at.is_(None), Notification.created_at < event.created_at - NEW, Notification.kind.not_in(WAITING))
    session.execute(update(Notification).where(theirs, *old).values(read_at=now))
