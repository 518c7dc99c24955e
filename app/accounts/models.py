"""People: accounts with their duties, their sessions, and the failures that lead to a lock-out."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.actor import Role
from app.database import Base, Identified, Line, Versioned


class User(Identified, Versioned, Base):
    """A person. Duties are columns, so that the database itself keeps apart those that must not meet."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("NOT (is_approver AND is_admin)", name="approver_is_no_admin"),
        CheckConstraint(
            "NOT (is_auditor AND (is_evaluator OR is_reviewer OR is_approver OR is_operator OR is_admin))",
            name="auditor_is_nothing_else",
        ),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
    )

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Line]
    password_hash: Mapped[Line]
    locale: Mapped[str] = mapped_column(String(10), default="zh_CN")
    created_at: Mapped[datetime]
    email_confirmed_at: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]
    consent_version: Mapped[str | None] = mapped_column(String(20))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)
    is_evaluator: Mapped[bool] = mapped_column(default=False)
    is_reviewer: Mapped[bool] = mapped_column(default=False)
    is_approver: Mapped[bool] = mapped_column(default=False)
    is_operator: Mapped[bool] = mapped_column(default=False)
    is_auditor: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)

    @property
    def roles(self) -> frozenset[Role]:
        """The duties granted to this person."""
        return frozenset(role for role in Role if getattr(self, f"is_{role}"))

    @property
    def may_sign_in(self) -> bool:
        """Neither disabled nor erased."""
        return self.disabled_at is None and self.erased_at is None

    @property
    def has_second_factor(self) -> bool:
        """Whether a time-based one-time password is asked for at sign-in."""
        return self.totp_confirmed_at is not None


class UserSession(Identified, Base):
    """A signed-in browser. Its cookie holds a random token, of which only the digest is kept here; revoking ends it at once."""

    __tablename__ = "user_sessions"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[Line]
    revoked_at: Mapped[datetime | None]


class Scope(enum.StrEnum):
    """What a program may do with a token: read; write; and what reviewers and approvers do, where its person is one."""

    READ = "read"
    WRITE = "write"
    REVIEW = "review"
    APPROVE = "approve"


class ApiToken(Identified, Base):
    """A program's key to the API. Only the digest is kept; it ends by itself, or when somebody revokes it.

    It acts as its person for `organization_id`, and no more once the person has left that firm. A `shared` one belongs to the
    firm: its owners see and revoke it, and it carries neither its maker's duties nor their other firms.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (CheckConstraint("NOT shared OR organization_id IS NOT NULL", name="shared_by_a_firm"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    name: Mapped[Line]
    scopes: Mapped[list[str]]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInFailure(Identified, Base):
    """A failed sign-in, counted per account and per address. The account is kept as a digest: it may not exist."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "account_digest", "at"), Index(None, "address", "at"))

    account_digest: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
