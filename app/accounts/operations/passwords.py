"""Changing a password, and getting back in without one."""

import hashlib
import uuid
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts import passwords, tokens
from app.accounts.letters import key_within_window, send_letter
from app.accounts.models import User
from app.accounts.operations.api_tokens import end_tokens
from app.accounts.operations.sign_in import Attempt, Outcome, check_own_password, end_sessions, forget_failures
from app.accounts.policy import is_self
from app.accounts.queries import lock_user, user_by_email
from app.actor import Actor
from app.audit.operations import record
from app.errors import Invalid, require_visible
from app.notifications.operations import notify

RESET_LIFE, INVITED_LIFE = timedelta(hours=1), timedelta(days=7)
LINK_OVER = _l("This link has expired or was used already.")


def stamp(user: User, purpose: str = "") -> str:
    """What a link carries so that it works once: a digest that changes with the password and the address.

    A link that confirms an address is good for one address only; the password is asked for where it leads.
    """
    password = "" if purpose == "confirm" else user.password_hash
    return hashlib.sha256(f"{user.id}\n{user.email}\n{password}".encode()).hexdigest()[:20]


def user_of_link(session: Session, purpose: str, token: str, *, max_age: timedelta) -> User | None:
    """The person for whom a link was made, locked; None when it is over, forged, or was used."""
    data = tokens.read(purpose, token, max_age=max_age)
    user = lock_user(session, uuid.UUID(data["user_id"])) if data else None
    if data is None or user is None or not user.may_sign_in or stamp(user, purpose) != data["stamp"]:
        return None
    return user


def user_of_reset(session: Session, token: str) -> User | None:
    """The person who may set a new password with this link: after asking for it, or when invited by the administrator."""
    return user_of_link(session, "reset", token, max_age=RESET_LIFE) or user_of_link(
        session, "invited", token, max_age=INVITED_LIFE
    )


def start_reset(session: Session, email: str, *, now: datetime) -> None:
    """Send a link to set a new password, one in ten minutes, if the account exists. Nothing tells whether it does."""
    user = user_by_email(session, email)
    if user is not None and user.may_sign_in:
        send_reset(session, user, "reset", now=now)


def send_reset(session: Session, user: User, purpose: str, *, now: datetime) -> None:
    """Promise the letter with the link; `purpose` is `reset` or `invited`."""
    send_letter(
        session,
        f"accounts.{purpose}",
        to=user.id,
        key=key_within_window(user.id, now),
        endpoint="accounts.reset",
        now=now,
        params={"name": user.name},
        purpose=purpose,
        user_id=str(user.id),
        stamp=stamp(user),
    )


def require_acceptable(password: str, *, email: str, field: str = "password") -> None:
    """Raise `Invalid` at the field when a new password is not good enough."""
    problem = passwords.problem_with(password, email=email)
    if problem is not None:
        raise Invalid({field: [problem]})


def reset_password(session: Session, token: str, password: str, *, address: str, now: datetime) -> User:
    """Set a new password with a link from the mail; every session and token ends, and the address counts as confirmed.

    Raises Invalid when the link is over (at no field) or the password is not good enough.
    """
    user = user_of_reset(session, token)
    if user is None:
        raise Invalid({"": [LINK_OVER]}, LINK_OVER)
    require_acceptable(password, email=user.email)
    user.email_confirmed_at = user.email_confirmed_at or now
    forget_failures(session, user)
    _set(session, user, password, "accounts.reset_password", actor=Actor(user.id, user.name, address=address), now=now)
    return user


def change_password(
    session: Session, user: User, *, current: str, password: str, keep: uuid.UUID | None, actor: Actor, now: datetime
) -> Attempt:
    """Set a new password; every session but `keep` ends, and every token of one's own. A wrong `current` counts as a failure.

    Raises Invalid at `password`.
    """
    require_visible(is_self(actor, user))
    require_acceptable(password, email=user.email)
    attempt = check_own_password(session, user, current, actor=actor, now=now)
    if attempt.outcome is Outcome.DONE:
        _set(session, user, password, "accounts.change_password", actor=actor, now=now, keep=keep)
    return attempt


def _set(
    session: Session, user: User, password: str, action: str, *, actor: Actor, now: datetime, keep: uuid.UUID | None = None
) -> None:
    user.password_hash = passwords.hash_password(password)
    session.flush()
    end_sessions(session, user, keep=keep, now=now)
    end_tokens(session, user, now=now)
    record(session, action, user, actor=actor, now=now)
    tell(session, user, "accounts.password_changed", now=now)


def tell(session: Session, user: User, kind: str, *, now: datetime, path: str = "/account") -> None:
    """Tell a person that something about the safety of the account has changed."""
    notify(
        session,
        [user.id],
        kind=kind,
        event_key=f"{kind}:{now.isoformat()}",
        params={"changed_at": now.isoformat()},
        path=path,
        now=now,
    )
