"""Uploaded files: one row each, owned by exactly one record; the bytes lie outside the web root under a random name."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified, Line

OWNERS = ("organization_id", "product_id", "scenario_id", "solution_version_id", "milestone_id")


class Visibility(enum.StrEnum):
    """Who may read an attachment, among those who may see its owner: everyone, or verified firms only."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class Attachment(Identified, Base):
    """A file. Its content never changes; a new file is a new row."""

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(" + ".join(f"CASE WHEN {owner} IS NULL THEN 0 ELSE 1 END" for owner in OWNERS) + " = 1", name="one_owner"),
    )

    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    scenario_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    solution_version_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("solution_versions.id", ondelete="CASCADE"), index=True
    )
    milestone_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("milestones.id", ondelete="CASCADE"), index=True)
    name: Mapped[Line]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.RESTRICTED)
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime]

    @property
    def owner(self) -> tuple[str, uuid.UUID]:
        """The record that owns the file: the column that names it, and its id."""
        return next((column, getattr(self, column)) for column in OWNERS if getattr(self, column) is not None)
