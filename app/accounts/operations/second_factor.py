"""Setting up the second factor and giving it up."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts import totp
from app.accounts.models import User
from app.accounts.operations.passwords import tell
from app.accounts.operations.sign_in import Attempt, Outcome, check_own_password, end_sessions
from app.accounts.policy import STAFF, is_self
from app.accounts.queries import lock_user
from app.actor import Actor
from app.audit.operations import record
from app.errors import Conflict, Invalid, require_visible


def start_enrolment(session: Session, user: User, *, password: str, actor: Actor, now: datetime) -> Attempt:
    """Make a new secret; it holds once a code was typed from it. A wrong password counts as a failed sign-in.

    Raises Conflict when a second factor is in use.
    """
    require_visible(is_self(actor, user))
    user = lock_user(session, user.id) or user
    if user.has_second_factor:
        raise Conflict(_l("A second factor is set up already."))
    attempt = check_own_password(session, user, password, actor=actor, now=now)
    if attempt.outcome is Outcome.DONE:
        user.totp_secret, user.totp_last_step = totp.new_secret(), None
        record(session, "accounts.start_second_factor", user, actor=actor, now=now)
    return attempt


def confirm_enrolment(session: Session, user: User, code: str, *, keep: uuid.UUID | None, actor: Actor, now: datetime) -> User:
    """Put the second factor into use with its first code; every session but `keep` ends. Raises Invalid at `code`."""
    require_visible(is_self(actor, user))
    user = lock_user(session, user.id) or user
    if user.totp_secret is None or user.has_second_factor:
        raise Conflict
    step = totp.matching_step(user.totp_secret, code, now=now, after=user.totp_last_step)
    if step is None:
        raise Invalid({"code": [_l("This code is not right, or was used already. Wait for the next one.")]})
    user.totp_confirmed_at, user.totp_last_step = now, step
    end_sessions(session, user, keep=keep, now=now)
    record(session, "accounts.enable_second_factor", user, actor=actor, now=now)
    tell(session, user, "accounts.second_factor_changed", now=now, path="/account/second-factor")
    return user


def disable_second_factor(session: Session, user: User, *, password: str, required: bool, actor: Actor, now: datetime) -> Attempt:
    """Give the second factor up. A wrong password counts as a failed sign-in.

    Raises Conflict where duties require it (`required`: in production).
    """
    require_visible(is_self(actor, user))
    user = lock_user(session, user.id) or user
    if required and user.roles & STAFF:
        raise Conflict(_l("Your duties require a second factor."))
    attempt = check_own_password(session, user, password, actor=actor, now=now)
    if attempt.outcome is Outcome.DONE:
        remove(user)
        record(session, "accounts.disable_second_factor", user, actor=actor, now=now)
        tell(session, user, "accounts.second_factor_changed", now=now, path="/account/second-factor")
    return attempt


def remove(user: User) -> None:
    """Forget the secret, within an operation that has checked why."""
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
