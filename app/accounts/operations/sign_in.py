"""Signing in: failures are counted and slow the next attempts down; success opens a session that can be revoked."""

import enum
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts import passwords, totp
from app.accounts.models import SignInFailure, User, UserSession
from app.accounts.policy import is_self
from app.accounts.queries import (
    SESSION_LIFE,
    account_digest,
    failures_of_account,
    failures_of_address,
    lock_user,
    lock_user_by_email,
    token_digest,
)
from app.actor import Actor
from app.audit.operations import record
from app.errors import require_visible
from app.notifications.operations import notify

FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS = 5, 20
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
ACCOUNT_MEMORY, ADDRESS_MEMORY = timedelta(days=1), timedelta(hours=1)
LONGEST_AGENT = 200


class Outcome(enum.StrEnum):
    """How an attempt to sign in ended."""

    DONE = "done"
    WRONG = "wrong"
    LOCKED = "locked"
    UNCONFIRMED = "unconfirmed"
    CODE_NEEDED = "code_needed"


@dataclass(frozen=True)
class Attempt:
    """The outcome; the person, once the password was right; and when a locked one may try again.

    It is returned and not raised, because a failure has to be stored although the answer is an error.
    """

    outcome: Outcome
    user: User | None = None
    retry_at: datetime | None = None


def lock_ends(failures: int, last: datetime | None, threshold: int) -> datetime | None:
    """Until when nothing is tried after so many failures: a minute at the threshold, doubled by each one more, an hour at most."""
    if last is None or failures < threshold:
        return None
    doublings = min(failures - threshold, 10)
    return last + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def locked_until(session: Session, digest: str, address: str, *, now: datetime) -> datetime | None:
    """When this account may be tried again from this address; None when it may be now."""
    ends = (
        lock_ends(*failures_of_account(session, digest, since=now - ACCOUNT_MEMORY), FAILURES_PER_ACCOUNT),
        lock_ends(*failures_of_address(session, address, since=now - ADDRESS_MEMORY), FAILURES_PER_ADDRESS),
    )
    return max((end for end in ends if end is not None and end > now), default=None)


def check_password(session: Session, email: str, password: str, *, address: str, now: datetime) -> Attempt:
    """Whether this e-mail address and password belong together. An unknown account takes as long and counts as one that exists."""
    user, digest = lock_user_by_email(session, email), account_digest(email)
    retry_at = locked_until(session, digest, address, now=now)
    if retry_at is not None:
        return Attempt(Outcome.LOCKED, retry_at=retry_at)
    right = passwords.verify(user.password_hash if user is not None and user.may_sign_in else None, password)
    if user is None or not right:
        return _failed(session, user, digest, address=address, now=now)
    if passwords.outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    if user.email_confirmed_at is None:
        return Attempt(Outcome.UNCONFIRMED, user)
    return Attempt(Outcome.CODE_NEEDED if user.has_second_factor else Outcome.DONE, user)


def check_own_password(session: Session, user: User, password: str, *, actor: Actor, now: datetime) -> Attempt:
    """Whether this is the password of somebody who is signed in: what cannot be undone asks for it again.

    A wrong one counts as a failed sign-in, so that a stolen session does not lead to the password. DONE, WRONG or LOCKED; the
    account is locked until the transaction ends and read anew.
    """
    attempt = check_password(session, user.email, password, address=actor.address, now=now)
    if attempt.user is None:
        return attempt
    forget_failures(session, attempt.user)
    return Attempt(Outcome.DONE, attempt.user)


def check_code(session: Session, user_id: uuid.UUID, code: str, *, address: str, now: datetime) -> Attempt:
    """Whether this is the present code of the person's second factor, not used before."""
    user = lock_user(session, user_id)
    if user is None or not user.may_sign_in or user.totp_secret is None or not user.has_second_factor:
        return Attempt(Outcome.WRONG)
    digest = account_digest(user.email)
    retry_at = locked_until(session, digest, address, now=now)
    if retry_at is not None:
        return Attempt(Outcome.LOCKED, retry_at=retry_at)
    step = totp.matching_step(user.totp_secret, code, now=now, after=user.totp_last_step)
    if step is None:
        return _failed(session, user, digest, address=address, now=now)
    user.totp_last_step = step
    return Attempt(Outcome.DONE, user)


def authenticate(session: Session, email: str, password: str, code: str | None, *, address: str, now: datetime) -> Attempt:
    """Password and second factor in one step, for those who send both. The outcome says what was missing."""
    attempt = check_password(session, email, password, address=address, now=now)
    if attempt.outcome is Outcome.CODE_NEEDED and attempt.user is not None and code:
        return check_code(session, attempt.user.id, code, address=address, now=now)
    return attempt


def _failed(session: Session, user: User | None, digest: str, *, address: str, now: datetime) -> Attempt:
    failure = SignInFailure(account_digest=digest, address=address, at=now)
    session.add(failure)
    session.flush()
    retry_at = locked_until(session, digest, address, now=now)
    if retry_at is None:
        return Attempt(Outcome.WRONG)
    record(session, "accounts.lock", user or failure, actor=Actor(address=address), now=now, after={"until": retry_at})
    if user is not None and user.may_sign_in:
        notify(
            session,
            [user.id],
            kind="accounts.locked",
            event_key=f"accounts.locked:{now:%Y-%m-%d}",
            params={"until_at": retry_at.isoformat(), "address": address},
            path="/account/password",
            now=now,
        )
    return Attempt(Outcome.LOCKED, retry_at=retry_at)


def open_session(session: Session, user: User, *, address: str, agent: str, now: datetime) -> str:
    """Open a session for somebody who has passed every check, and forget the account's failures. Returns the session's token."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user.id,
            token_digest=token_digest(token),
            created_at=now,
            seen_at=now,
            address=address,
            agent=agent[:LONGEST_AGENT],
        )
    )
    forget_failures(session, user)
    record(session, "accounts.sign_in", user, actor=Actor(user.id, user.name, user.roles, address=address), now=now)
    session.flush()
    return token


def forget_failures(session: Session, user: User) -> None:
    """Begin the count of an account's failures anew; that of the network address goes on."""
    session.execute(delete(SignInFailure).where(SignInFailure.account_digest == account_digest(user.email)))


def revoke_session(session: Session, user_session: UserSession, *, actor: Actor, now: datetime) -> UserSession:
    """End one of one's own sessions: signing out, here or elsewhere. Raises NotFound for another person's."""
    require_visible(actor.user_id == user_session.user_id)
    if user_session.revoked_at is None:
        user_session.revoked_at = now
        record(session, "accounts.sign_out", user_session, actor=actor, now=now)
    return user_session


def revoke_other_sessions(session: Session, user: User, *, keep: uuid.UUID | None, actor: Actor, now: datetime) -> None:
    """End all of one's own sessions but `keep`. Raises NotFound for another person's."""
    require_visible(is_self(actor, user))
    end_sessions(session, user, keep=keep, now=now)
    record(session, "accounts.revoke_sessions", user, actor=actor, now=now)


def end_sessions(session: Session, user: User, *, keep: uuid.UUID | None = None, now: datetime) -> None:
    """End a person's sessions, within an operation that has checked why."""
    mine = update(UserSession).where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None))
    if keep is not None:
        mine = mine.where(UserSession.id != keep)
    session.execute(mine.values(revoked_at=now))


def clean_up_due(session: Session, *, now: datetime) -> int:
    """Delete failures that no longer count, and sessions that are long over. Returns how many rows went."""
    failures = delete(SignInFailure).where(SignInFailure.at <= now - ACCOUNT_MEMORY).returning(SignInFailure.id)
    sessions = delete(UserSession).where(UserSession.created_at <= now - 2 * SESSION_LIFE).returning(UserSession.id)
    return sum(len(session.scalars(statement).all()) for statement in (failures, sessions))
