"""Telling people: in the app at once, by mail as each one prefers."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.clock import SHANGHAI, shanghai_day
from app.database import insert_into
from app.notifications.kinds import kind_of
from app.notifications.models import MailPreference, Notification, NotificationPreference
from app.notifications.queries import mail_choices
from app.outbox.operations import emit

DIGEST_HOUR = time(8, tzinfo=SHANGHAI)
DIGEST_BATCH = 100


def notify(
    session: Session,
    user_ids: Iterable[uuid.UUID],
    *,
    kind: str,
    event_key: str,
    params: Mapping[str, Any],
    path: str,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Tell each of these people once about an event: doing it again with the same `event_key` changes nothing.

    `params` are plain JSON values that the kind's text names (see `Kind`); `path` is where the notification leads, within the site;
    `at` is the moment of the event where it is told later than it happened.
    Closed accounts are passed over. Raises KeyError when the kind was not declared.
    """
    chosen = mail_choices(session, set(user_ids), kind_of(kind))
    if not chosen:
        return
    rows = [
        {
            "id": uuid.uuid4(),
            "user_id": user_id,
            "event_key": event_key,
            "kind": kind,
            "params": dict(params),
            "path": path,
            "created_at": at or now,
            "digest_due": mail is MailPreference.DAILY,
        }
        for user_id, mail in chosen.items()
    ]
    statement = insert_into(session, Notification).on_conflict_do_nothing(index_elements=["user_id", "event_key"])
    told = session.execute(statement.values(rows).returning(Notification.id, Notification.user_id)).all()
    for notification_id, user_id in told:
        if chosen[user_id] is MailPreference.AT_ONCE:
            emit(session, "mail.notification", str(notification_id), now=now, notification_id=notification_id)


def settle(session: Session, user_ids: Iterable[uuid.UUID], *, kind: str, path: str, now: datetime) -> None:
    """What these people were told to do at this address has been done, by whomever: it does not wait for them any more."""
    waiting = (Notification.user_id.in_(list(user_ids)), Notification.read_at.is_(None))
    same = (Notification.kind == kind, Notification.path == path)
    session.execute(update(Notification).where(*waiting, *same).values(read_at=now))


def mark_read(notification: Notification, *, now: datetime) -> Notification:
    """Note that the person has read it."""
    notification.read_at = notification.read_at or now
    return notification


def mark_all_read(session: Session, user_id: uuid.UUID, *, now: datetime) -> None:
    """Note that the person has read everything up to this moment."""
    unread = (Notification.user_id == user_id, Notification.read_at.is_(None), Notification.created_at <= now)
    session.execute(update(Notification).where(*unread).values(read_at=now))


def set_preferences(session: Session, user_id: uuid.UUID, choices: Mapping[str, MailPreference]) -> None:
    """Keep how a person wants mail of each of these kinds. Raises KeyError for a kind that nobody has declared."""
    session.execute(
        delete(NotificationPreference).where(NotificationPreference.user_id == user_id, NotificationPreference.kind.in_(choices))
    )
    session.add_all(NotificationPreference(user_id=user_id, kind=kind_of(kind).code, mail=mail) for kind, mail in choices.items())
    session.flush()


def erase_for(session: Session, user_id: uuid.UUID) -> None:
    """Delete everything that a person was told, and their preferences."""
    session.execute(delete(Notification).where(Notification.user_id == user_id))
    session.execute(delete(NotificationPreference).where(NotificationPreference.user_id == user_id))


def queue_digests(session: Session, *, now: datetime) -> int:
    """Promise the daily mail to whoever has unread news from before the last 08:00 in Shanghai; one batch of people.

    Returns how many people were served. The mail's content is frozen here, so that a second delivery is the same mail.
    """
    until = _last_digest_time(now)
    due = (Notification.digest_due, Notification.created_at < until)
    people = list(session.scalars(select(Notification.user_id).where(*due).distinct().limit(DIGEST_BATCH)))
    for user_id in people:
        mine = select(Notification).where(*due, Notification.user_id == user_id).order_by(Notification.created_at, Notification.id)
        news = session.scalars(mine.with_for_update(skip_locked=True)).all()
        unread = [notification.id for notification in news if notification.read_at is None]
        for notification in news:
            notification.digest_due = False
        if unread:
            # by the first of its news, for one more mail may follow: news that were made before the cut may be stored after it
            emit(session, "mail.digest", str(unread[0]), now=now, user_id=user_id, notification_ids=unread)
    session.flush()
    return len(people)


def _last_digest_time(now: datetime) -> datetime:
    today = datetime.combine(shanghai_day(now), DIGEST_HOUR)
    return today if today <= now else today - timedelta(days=1)
