"""The audit log: a chain of digests that nothing can change, and beside it the details, whose personal part can be erased.

Entry n's `hash` is SHA-256 over the hash of entry n-1, its own number, its moment and its `digest`; the `digest` is over the facts
(action, subject) and over the digest of the personal part, both salted: the chain still verifies after a personal part is erased.
"""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Seal(Base):
    """A scenario whose solutions are sealed: details under it are shown to nobody until it is opened."""

    __tablename__ = "audit_seals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One link of the chain. Never updated, never deleted: triggers refuse it."""

    __tablename__ = "audit_entries"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    detail: Mapped["AuditDetail"] = relationship(back_populates="entry", lazy="raise")


class AuditDetail(Base):
    """What an entry is about: the facts, and the personal part (canonical JSON), which alone may be erased."""

    __tablename__ = "audit_details"
    __table_args__ = (
        CheckConstraint("(personal IS NULL) = (erased_at IS NOT NULL)", name="erased"),
        Index(None, "subject_type", "subject_id"),
        Index(None, "actor_id"),
    )

    seq: Mapped[int] = mapped_column(ForeignKey("audit_entries.seq"), primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[uuid.UUID]
    actor_id: Mapped[uuid.UUID | None]
    seal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("audit_seals.id"), index=True)
    personal: Mapped[str | None] = mapped_column(Text)
    personal_digest: Mapped[str] = mapped_column(String(64))
    erased_at: Mapped[datetime | None]
    entry: Mapped[AuditEntry] = relationship(back_populates="detail", lazy="raise")
    seal: Mapped[Seal | None] = relationship(lazy="raise")


class ChainHead(Base):
    """One row: where the chain ends. Locking it puts writers in a line; it is always the last lock that is taken."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
