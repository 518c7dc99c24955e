"""What follows from loading the demo: its people have read what is not new."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.notifications.models import Notification
from app.outbox.registry import Event, handles

NEW = timedelta(days=7)


@handles("demo.loaded")
def read_old_news(session: Session, event: Event, now: datetime) -> None:
    """The last of what loading promises: by then everybody has been told of everything, each at its own moment."""
    theirs = Notification.user_id.in_(select(User.id).where(User.demo))
    old = (Notification.read_at.is_(None), Notification.created_at < event.created_at - NEW)
    session.execute(update(Notification).where(theirs, *old).values(read_at=now))
