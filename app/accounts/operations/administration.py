"""What the system administrator does to accounts."""

import uuid
from collections.abc import Collection
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts import facts, passwords
from app.accounts.models import User
from app.accounts.operations.account import normal_email
from app.accounts.operations.api_tokens import end_tokens
from app.accounts.operations.passwords import require_acceptable, send_reset, tell
from app.accounts.operations.second_factor import remove
from app.accounts.operations.sign_in import end_sessions, forget_failures
from app.accounts.policy import CONSENT_VERSION, OF_NO_FIRM, can_administer, can_see, conflicting_duties, is_self
from app.accounts.queries import lock_user, user_by_email
from app.actor import Actor, Role
from app.audit.operations import record
from app.errors import Invalid, check_reason, require_allowed, require_fresh, require_visible


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    roles: Collection[Role],
    actor: Actor,
    now: datetime,
    password: str | None = None,
    locale: str = "zh_CN",
    user_id: uuid.UUID | None = None,
    consented: bool = False,
) -> User:
    """Make an account whose address counts as confirmed. Without a password the person gets a letter to choose one.

    `consented`: the person has agreed to the present privacy notice already. `user_id` makes sending a form twice harmless.
    Raises Invalid at `email`, `password` or `roles`.
    """
    require_allowed(can_administer(actor))
    existing = session.get(User, user_id) if user_id is not None else None
    if existing is not None:
        return existing
    email = normal_email(email)
    if user_by_email(session, email) is not None:
        raise Invalid({"email": [_l("This address has an account already.")]})
    _require_compatible(roles)
    if password is not None:
        require_acceptable(password, email=email)
    user = User(id=user_id or uuid.uuid4(), email=email, name=name or email.partition("@")[0], locale=locale, created_at=now)
    user.password_hash = passwords.hash_password(password) if password is not None else passwords.UNUSABLE
    user.email_confirmed_at = now
    if consented:
        user.consented_at, user.consent_version = now, CONSENT_VERSION
    _grant(user, roles)
    session.add(user)
    session.flush()
    record(session, "accounts.create_user", user, actor=actor, now=now, after={"roles": sorted(roles)})
    if password is None:
        send_reset(session, user, "invited", now=now)
    return user


def set_roles(
    session: Session, user: User, roles: Collection[Role], *, actor: Actor, now: datetime, expected: int | None = None
) -> User:
    """Grant exactly these duties. Nobody changes their own.

    Raises Invalid at `roles` when they must not meet, or must not meet a firm to which the person belongs, Stale, Forbidden.
    """
    user = _administered(session, user, actor)
    require_fresh(user.version, expected)
    _require_compatible(roles)
    before = sorted(user.roles)
    if before == sorted(roles):
        return user
    if OF_NO_FIRM & set(roles) and facts.belongs_to_a_firm(session, user.id):
        raise Invalid({"roles": [_l("Auditors and system administrators belong to no firm: this person belongs to one.")]})
    _grant(user, roles)
    record(session, "accounts.set_roles", user, actor=actor, now=now, before={"roles": before}, after={"roles": sorted(roles)})
    tell(session, user, "accounts.roles_changed", now=now)
    return user


def disable_user(session: Session, user: User, *, reason: str, actor: Actor, now: datetime) -> User:
    """Close an account and end its sessions and its own tokens; it can be opened again. Raises Invalid without a reason."""
    user = _administered(session, user, actor)
    check_reason(reason)
    if user.disabled_at is None:
        user.disabled_at = now
        end_sessions(session, user, now=now)
        end_tokens(session, user, now=now)
        record(session, "accounts.disable_user", user, actor=actor, now=now, after={"reason": reason.strip()})
    return user


def enable_user(session: Session, user: User, *, actor: Actor, now: datetime) -> User:
    """Open a closed account again."""
    user = _administered(session, user, actor)
    if user.disabled_at is not None:
        user.disabled_at = None
        forget_failures(session, user)
        record(session, "accounts.enable_user", user, actor=actor, now=now)
    return user


def reset_second_factor(session: Session, user: User, *, reason: str, actor: Actor, now: datetime) -> User:
    """Take away the second factor of somebody who has lost it, and end sessions and own tokens; who it is was checked in person.

    Raises Invalid without a reason.
    """
    user = _administered(session, user, actor)
    check_reason(reason)
    remove(user)
    end_sessions(session, user, now=now)
    end_tokens(session, user, now=now)
    record(session, "accounts.reset_second_factor", user, actor=actor, now=now, after={"reason": reason.strip()})
    tell(session, user, "accounts.second_factor_changed", now=now, path="/account/second-factor")
    return user


def _administered(session: Session, user: User, actor: Actor) -> User:
    """The account, locked, for an administrator who is not that person."""
    require_visible(can_see(actor, user) and user.erased_at is None)
    require_allowed(can_administer(actor) and not is_self(actor, user), _l("Nobody changes their own duties or account here."))
    return lock_user(session, user.id) or user


def _require_compatible(roles: Collection[Role]) -> None:
    conflict = conflicting_duties(roles)
    if conflict is not None:
        raise Invalid({"roles": [conflict]})


def _grant(user: User, roles: Collection[Role]) -> None:
    for role in Role:
        setattr(user, f"is_{role}", role in roles)
