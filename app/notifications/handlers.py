"""What the worker does: mail for one notification, and the daily mail."""

import uuid

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.extensions import db
from app.notifications import mail
from app.notifications.kinds import fill, kind_of
from app.notifications.models import Notification
from app.notifications.queries import Receiver, receiver_of
from app.outbox.registry import Event, delivers
from app.web import absolute_url

DEMO_DOMAIN = "@demo.example"


def may_be_mailed(receiver: Receiver | None) -> bool:
    """Demo addresses are never mailed, nor are closed accounts."""
    return receiver is not None and not receiver.demo and not receiver.email.endswith(DEMO_DOMAIN)


@delivers("mail.notification")
def mail_notification(event: Event) -> None:
    """Mail one notification to its receiver."""
    _mail_news(event, "notification", [event.uuid("notification_id")])


@delivers("mail.digest")
def mail_digest(event: Event) -> None:
    """Mail a day's news to one person."""
    _mail_news(event, "digest", [uuid.UUID(text) for text in event.payload["notification_ids"]])


def _mail_news(event: Event, template: str, ids: list[uuid.UUID]) -> None:
    with Session(db.engine, expire_on_commit=False) as session:  # its own, closed before the mail server is spoken to
        statement = select(Notification).where(Notification.id.in_(ids))
        news = session.scalars(statement.order_by(Notification.created_at, Notification.id)).all()
        receiver = receiver_of(session, news[0].user_id) if news else None
    if receiver is None or not may_be_mailed(receiver):
        return
    letter = mail.compose(
        template,
        key=event.key,
        to=receiver.email,
        locale=receiver.locale,
        sent_at=event.created_at,
        unsubscribe=absolute_url("notifications.preferences"),
        news=lambda: [_shown(notification) for notification in news],
        list_url=absolute_url("notifications.index"),
    )
    mail.send(letter)


def _shown(notification: Notification) -> dict[str, str]:
    kind = kind_of(notification.kind)
    return {
        "title": " ".join(fill(kind.title, notification.params).split()),
        "body": fill(kind.body, notification.params),
        "url": current_app.config["BASE_URL"] + notification.path,
        # a kind that people can stop by a link of its own says where
        "stop": current_app.config["BASE_URL"] + stop if (stop := notification.params.get("stop_path")) else "",
    }
