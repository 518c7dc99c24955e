"""Reading notifications, preferences, and where a person's mail goes."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Boolean, DateTime, Select, String, Uuid, bindparam, column, func, select, table
from sqlalchemy.orm import Session

from app.notifications.kinds import Kind
from app.notifications.models import MailPreference, Notification, NotificationPreference

# the number at the bell, on each page of somebody signed in
_UNREAD = select(func.count()).where(Notification.user_id == bindparam("user_id"), Notification.read_at.is_(None))
# accounts stand above this capability: their table is named here, not imported
_users = table(
    "users",
    column("id", Uuid),
    column("email", String),
    column("locale", String),
    column("demo", Boolean),
    column("disabled_at", DateTime),
    column("erased_at", DateTime),
)
_active = _users.c.disabled_at.is_(None) & _users.c.erased_at.is_(None)


@dataclass(frozen=True)
class Receiver:
    """Where and in which language somebody reads mail."""

    email: str
    locale: str
    demo: bool = False


def receiver_of(session: Session, user_id: uuid.UUID) -> Receiver | None:
    """Where a person's mail goes; None when the account is closed."""
    row = session.execute(
        select(_users.c.email, _users.c.locale, _users.c.demo).where(_users.c.id == user_id, _active)
    ).one_or_none()
    return None if row is None else Receiver(*row)


def mail_choices(session: Session, user_ids: Collection[uuid.UUID], kind: Kind) -> dict[uuid.UUID, MailPreference]:
    """How each of these people wants mail of a kind; closed accounts are left out."""
    statement = (
        select(_users.c.id, NotificationPreference.mail)
        .outerjoin(
            NotificationPreference, (NotificationPreference.user_id == _users.c.id) & (NotificationPreference.kind == kind.code)
        )
        .where(_users.c.id.in_(user_ids), _active)
        .order_by(_users.c.id)
    )
    return {user_id: mail or kind.mail for user_id, mail in session.execute(statement)}


def unread_count(session: Session, user_id: uuid.UUID) -> int:
    """How many notifications a person has not read."""
    return session.scalar(_UNREAD, {"user_id": user_id}) or 0


def of_user(user_id: uuid.UUID, *, unread: bool = False) -> Select[Notification]:
    """A person's notifications, newest first; with `unread` those alone."""
    statement = select(Notification).where(Notification.user_id == user_id)
    if unread:
        statement = statement.where(Notification.read_at.is_(None))
    return statement.order_by(Notification.created_at.desc(), Notification.id)


def notification_of(session: Session, user_id: uuid.UUID, notification_id: uuid.UUID) -> Notification | None:
    """One of a person's own notifications."""
    return session.scalar(select(Notification).where(Notification.id == notification_id, Notification.user_id == user_id))


def preferences_of(session: Session, user_id: uuid.UUID) -> dict[str, MailPreference]:
    """What a person has chosen, by kind."""
    statement = select(NotificationPreference.kind, NotificationPreference.mail).where(NotificationPreference.user_id == user_id)
    return {row[0]: row[1] for row in session.execute(statement)}
