"""Reading accounts and their sessions."""

import hashlib
import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.actor import Role


def token_digest(token: str) -> str:
    """What is kept of a session's random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_of(session: Session, token: str) -> tuple[UserSession, User] | None:
    """The live session behind a cookie's token, with its person; None when it was revoked or the account is closed."""
    statement = (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_digest == token_digest(token), UserSession.revoked_at.is_(None))
    )
    row = session.execute(statement).one_or_none()
    return None if row is None or not row[1].may_sign_in else (row[0], row[1])


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, however it is capitalised."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def names_of(session: Session, user_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names by id, for pages that show who did what."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}


def user_ids_with_role(session: Session, role: Role) -> list[uuid.UUID]:
    """Who holds this duty and may sign in."""
    statement = select(User.id).where(getattr(User, f"is_{role}"), User.disabled_at.is_(None), User.erased_at.is_(None))
    return list(session.scalars(statement.order_by(User.id)))
