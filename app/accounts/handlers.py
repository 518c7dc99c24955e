"""What people are told about their account, the letters with a link, and the account's part of one's personal data."""

import uuid
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import tokens
from app.accounts.letters import declare_letter, letter_of
from app.accounts.models import User, UserSession
from app.accounts.personal import exports
from app.accounts.queries import user_by_email
from app.audit.models import AuditDetail, AuditEntry
from app.extensions import db
from app.notifications import mail
from app.notifications.handlers import may_be_mailed
from app.notifications.kinds import Kind, declare, fill
from app.notifications.models import Notification
from app.notifications.queries import Receiver, preferences_of, receiver_of
from app.outbox.operations import empty
from app.outbox.registry import Event, delivers, handles
from app.web import absolute_url

_GROUP = _l("My account")
declare(
    Kind(
        "accounts.locked",
        _GROUP,
        _l("Repeated failed sign-ins"),
        _l("Signing in to your account failed repeatedly"),
        _l("From %(address)s; it is locked until %(until_at)s. If it was not you, change your password."),
    ),
    Kind(
        "accounts.password_changed",
        _GROUP,
        _l("Password changed"),
        _l("Your password was changed"),
        _l("At %(changed_at)s. If it was not you, reset it at once."),
    ),
    Kind(
        "accounts.email_changed",
        _GROUP,
        _l("E-mail address changed"),
        _l("Your e-mail address was changed"),
        _l("At %(changed_at)s."),
    ),
    Kind(
        "accounts.second_factor_changed",
        _GROUP,
        _l("Second factor changed"),
        _l("The second factor of your account was changed"),
        _l("At %(changed_at)s. If it was not you, tell the system administrator."),
    ),
    Kind(
        "accounts.roles_changed",
        _GROUP,
        _l("Duties changed"),
        _l("Your duties were changed"),
        _l("At %(changed_at)s by the system administrator."),
    ),
)
declare_letter(
    "accounts.confirm",
    title=_l("Confirm your e-mail address"),
    body=_l("%(name)s, please confirm your address within 3 days. If you did not sign up, ignore this mail."),
)
declare_letter(
    "accounts.exists",
    title=_l("You have an account already"),
    body=_l("Somebody, probably you, tried to sign up with this address. If you forgot your password, you can reset it."),
)
declare_letter(
    "accounts.reset",
    title=_l("Reset your password"),
    body=_l("%(name)s, you can set a new password within 1 hour. If you did not ask for it, ignore this mail."),
)
declare_letter(
    "accounts.invited",
    title=_l("An account was made for you"),
    body=_l("%(name)s, please choose your password within 7 days."),
)
declare_letter(
    "accounts.change_email",
    title=_l("Confirm your new e-mail address"),
    body=_l("%(name)s, please confirm your new address within 3 days."),
)
declare_letter(
    "accounts.email_changed",
    title=_l("Your e-mail address was changed"),
    body=_l("From now on you sign in with your new address. If it was not you, tell the system administrator."),
)


@delivers("mail.letter")
def mail_letter(event: Event) -> None:
    """Mail a letter; its token is made now."""
    payload = event.payload
    with Session(db.engine) as session:  # its own, closed before the mail server is spoken to
        receiver = _receiver(session, payload)
    if receiver is None or not may_be_mailed(receiver):
        return
    text = letter_of(payload["code"])
    values = {"token": tokens.make(payload["purpose"], **payload["data"])} if payload["purpose"] else {}
    url = absolute_url(payload["endpoint"], **values)
    news = [{"title": text.title, "body": text.body, "url": url}]
    letter = mail.compose(
        "notification",
        key=event.key,
        to=receiver.email,
        locale=receiver.locale,
        sent_at=event.created_at,
        news=lambda: [
            {**item, "title": fill(item["title"], payload["params"]), "body": fill(item["body"], payload["params"])}
            for item in news
        ],
    )
    mail.send(letter)


@handles("mail.letter")
def forget_letter(session: Session, event: Event, _now: datetime) -> None:
    """Keep nothing of a letter that is on its way: neither whom it went to nor what it said."""
    empty(session, event)


def _receiver(session: Session, payload: dict[str, Any]) -> Receiver | None:
    if "user_id" in payload:
        return receiver_of(session, uuid.UUID(payload["user_id"]))
    user = user_by_email(session, payload["to"])
    return Receiver(payload["to"], payload["locale"], demo=user is not None and user.demo)


@exports("account")
def export_account(session: Session, user_id: uuid.UUID) -> dict[str, Any]:
    """The account itself; neither password nor second factor, which are secrets and no news to the person."""
    user = session.get_one(User, user_id)
    moments = {name: getattr(user, name) for name in ("created_at", "email_confirmed_at", "consented_at", "totp_confirmed_at")}
    return {
        "id": str(user.id),
        "email": user.email,
        "name": user.name,
        "locale": user.locale,
        "roles": sorted(user.roles),
        "consent_version": user.consent_version,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


@exports("sessions")
def export_sessions(session: Session, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """From where and when the person signed in."""
    rows = session.scalars(select(UserSession).where(UserSession.user_id == user_id).order_by(UserSession.created_at))
    return [{"at": row.created_at.isoformat(), "address": row.address, "agent": row.agent} for row in rows]


@exports("notifications")
def export_notifications(session: Session, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """What the person was told."""
    rows = session.scalars(select(Notification).where(Notification.user_id == user_id).order_by(Notification.created_at))
    return [{"at": row.created_at.isoformat(), "kind": row.kind, "params": row.params, "path": row.path} for row in rows]


@exports("mail_preferences")
def export_preferences(session: Session, user_id: uuid.UUID) -> dict[str, str]:
    """How the person wants mail."""
    return {kind: mail.value for kind, mail in preferences_of(session, user_id).items()}


@exports("actions")
def export_actions(session: Session, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """What the audit log says the person did."""
    statement = (
        select(AuditEntry.at, AuditDetail.action, AuditDetail.subject_type, AuditDetail.subject_id)
        .join(AuditDetail, AuditDetail.seq == AuditEntry.seq)
        .where(AuditDetail.actor_id == user_id)
        .order_by(AuditEntry.seq)
    )
    rows = session.execute(statement)
    return [{"at": at.isoformat(), "action": action, "subject": f"{kind}/{record_id}"} for at, action, kind, record_id in rows]
