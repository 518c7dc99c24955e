"""Firms: anchor firms that open scenarios, chip firms that answer, and who belongs to them."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, Line, LongText, Versioned
from app.taxonomy.models import Area, Track


class OrganizationStatus(enum.StrEnum):
    """Where the verification of an organisation stands."""

    PENDING = "pending"
    VERIFIED = "verified"
    REFUSED = "refused"


class OrganizationTrack(Base):
    """In which tracks a chip firm stands."""

    __tablename__ = "organization_tracks"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    track_code: Mapped[str] = mapped_column(ForeignKey("tracks.code"), primary_key=True)


class Organization(Identified, Versioned, Base):
    """A firm, in one role or both. Until a reviewer has verified it, its people only read."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("is_anchor OR is_chip", name="has_a_role"),
        CheckConstraint("(status = 'verified') = (verified_at IS NOT NULL)", name="verified_at"),
        CheckConstraint("status <> 'refused' OR refusal_reason <> ''", name="refusal_reason"),
    )

    name_zh: Mapped[Line]
    name_en: Mapped[Line] = mapped_column(default="")
    short_zh: Mapped[Line] = mapped_column(default="")
    short_en: Mapped[Line] = mapped_column(default="")
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    is_anchor: Mapped[bool] = mapped_column(default=False)
    is_chip: Mapped[bool] = mapped_column(default=False)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), index=True)
    cultivation: Mapped[list[str]] = mapped_column(default=list)
    profile_zh: Mapped[LongText] = mapped_column(default="")
    profile_en: Mapped[LongText] = mapped_column(default="")
    website: Mapped[Line] = mapped_column(default="")
    contact_name: Mapped[Line] = mapped_column(default="")
    contact_email: Mapped[Line] = mapped_column(default="")
    contact_phone: Mapped[Line] = mapped_column(default="")
    status: Mapped[OrganizationStatus] = mapped_column(default=OrganizationStatus.PENDING, index=True)
    refusal_reason: Mapped[LongText] = mapped_column(default="")
    applied_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    demo: Mapped[bool] = mapped_column(default=False)
    area: Mapped[Area] = relationship(lazy="raise")
    tracks: Mapped[list[Track]] = relationship(secondary="organization_tracks", order_by=Track.position, lazy="raise")

    @property
    def is_verified(self) -> bool:
        """Whether a reviewer has verified the organisation."""
        return self.status is OrganizationStatus.VERIFIED


class Membership(Base):
    """A person belongs to an organisation, as an owner or a member."""

    __tablename__ = "memberships"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    owner: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    organization: Mapped[Organization] = relationship(lazy="raise")


class ColleagueInvitation(Identified, Base):
    """An owner's invitation to a colleague, by mail. Used once, until it expires or is taken back."""

    __tablename__ = "colleague_invitations"
    __table_args__ = (UniqueConstraint("organization_id", "email"),)

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    owner: Mapped[bool] = mapped_column(default=False)
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
