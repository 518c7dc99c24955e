"""Reading accounts and their sessions."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, SignInFailure, User, UserSession
from app.actor import Role

SESSION_LIFE = timedelta(days=7)
# asked at each request of somebody signed in, and so built once
_SESSION = (
    select(UserSession, User)
    .join(User, User.id == UserSession.user_id)
    .where(
        UserSession.token_digest == bindparam("digest"),
        UserSession.revoked_at.is_(None),
        UserSession.created_at > bindparam("since"),
    )
)


def token_digest(token: str) -> str:
    """What is kept of a session's random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def account_digest(email: str) -> str:
    """What is kept of the address in a failed sign-in: it may belong to nobody here."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def session_of(session: Session, token: str, *, now: datetime) -> tuple[UserSession, User] | None:
    """The live session behind a cookie's token, with its person; None when it is over, was revoked, or the account is closed."""
    row = session.execute(_SESSION, {"digest": token_digest(token), "since": now - SESSION_LIFE}).one_or_none()
    return None if row is None or not row[1].may_sign_in else (row[0], row[1])


def live_sessions(session: Session, user_id: uuid.UUID, *, now: datetime) -> Sequence[UserSession]:
    """Where a person is signed in, the latest first."""
    live = (UserSession.revoked_at.is_(None), UserSession.created_at > now - SESSION_LIFE)
    statement = select(UserSession).where(UserSession.user_id == user_id, *live)
    return session.scalars(statement.order_by(UserSession.created_at.desc())).all()


def api_token_of(session: Session, secret: str, *, now: datetime) -> tuple[ApiToken, User] | None:
    """The live token with this secret, and its person; None when it has ended, was revoked, or the account is closed."""
    statement = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_digest == token_digest(secret), *_unspent(now))
    )
    row = session.execute(statement).one_or_none()
    return None if row is None or not row[1].may_sign_in else (row[0], row[1])


def _unspent(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)


def own_tokens(user_id: uuid.UUID, *, now: datetime) -> Select[ApiToken]:
    """A person's own live tokens, the latest first."""
    mine = select(ApiToken).where(ApiToken.user_id == user_id, ~ApiToken.shared, *_unspent(now))
    return mine.order_by(ApiToken.created_at.desc(), ApiToken.id)


def firm_tokens(organization_id: uuid.UUID, *, now: datetime) -> Select[ApiToken]:
    """The live tokens that belong to a firm, the latest first."""
    of_firm = select(ApiToken).where(ApiToken.organization_id == organization_id, ApiToken.shared, *_unspent(now))
    return of_firm.order_by(ApiToken.created_at.desc(), ApiToken.id)


def get_token(session: Session, token_id: uuid.UUID) -> ApiToken | None:
    """A token by its id."""
    return session.get(ApiToken, token_id)


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, however it is capitalised."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def lock_user(session: Session, user_id: uuid.UUID) -> User | None:
    """The account, locked until the transaction ends and read anew."""
    return session.scalar(_locking(User.id == user_id))


def lock_user_by_email(session: Session, email: str) -> User | None:
    """The account with this address, locked: attempts to guess its password stand in a line."""
    return session.scalar(_locking(User.email == email.strip().lower()))


def _locking(condition: ColumnElement[bool]) -> Select[User]:
    return select(User).where(condition).with_for_update().execution_options(populate_existing=True)


def failures_of_account(session: Session, digest: str, *, since: datetime) -> tuple[int, datetime | None]:
    """How often signing in to an account has failed since then, and when last."""
    return _failures(session, SignInFailure.account_digest == digest, since)


def failures_of_address(session: Session, address: str, *, since: datetime) -> tuple[int, datetime | None]:
    """How often signing in from a network address has failed since then, and when last."""
    return _failures(session, SignInFailure.address == address, since)


def _failures(session: Session, condition: ColumnElement[bool], since: datetime) -> tuple[int, datetime | None]:
    statement = select(func.count(), func.max(SignInFailure.at)).where(condition, SignInFailure.at > since)
    row = session.execute(statement).one()
    return row[0], row[1]


def names_of(session: Session, user_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names by id, for pages that show who did what."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}


def user_ids_with_role(session: Session, role: Role) -> list[uuid.UUID]:
    """Who holds this duty and may sign in."""
    statement = select(User.id).where(_holds(role), User.disabled_at.is_(None), User.erased_at.is_(None))
    return list(session.scalars(statement.order_by(User.id)))


def _holds(role: Role) -> ColumnElement[bool]:
    column: ColumnElement[bool] = getattr(User, f"is_{role}")
    return column


def users(*, words: str = "", role: Role | None = None) -> Select[User]:
    """Accounts by name, for the system administrator; `words` are looked for in name and address. Erased ones are left out."""
    statement = select(User).where(User.erased_at.is_(None))
    for word in words.split():
        statement = statement.where(or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True)))
    if role is not None:
        statement = statement.where(_holds(role))
    return statement.order_by(User.name, User.id)
