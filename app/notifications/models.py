"""What people are told: a list in the app, and by mail as each one prefers."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified, Line


class MailPreference(enum.StrEnum):
    """How a person wants mail of one kind."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class Notification(Identified, Base):
    """One thing that a person is told. Its text is made when it is read, from `kind` and `params`, in the reader's language."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "event_key"),
        Index("ix_notifications_unread", "user_id", sqlite_where=text("read_at IS NULL"), postgresql_where=text("read_at IS NULL")),
        Index(None, "user_id", "created_at"),
        Index("ix_notifications_digest", "user_id", sqlite_where=text("digest_due = 1"), postgresql_where=text("digest_due")),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event_key: Mapped[Line]
    kind: Mapped[str] = mapped_column(String(80))
    params: Mapped[dict[str, Any]]
    path: Mapped[Line]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    digest_due: Mapped[bool] = mapped_column(default=False)


class NotificationPreference(Base):
    """A person's choice for one kind; without a row the kind's default holds."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80), primary_key=True)
    mail: Mapped[MailPreference]
