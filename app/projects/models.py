"""Programmes with their target, and the scenario-opening projects 场景开放项目 that count toward it."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Code, Identified, Line, LongText, Versioned
from app.organizations.models import Organization
from app.scenarios.models import Scenario
from app.taxonomy.models import Area, Domain


class CountsFrom(enum.StrEnum):
    """From when on a project counts: its establishment, or its acceptance."""

    ESTABLISHED = "established"
    ACCEPTED = "accepted"


class Programme(Identified, Versioned, Base):
    """A target over a period (Shanghai days, both ends in)."""

    __tablename__ = "programmes"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("target > 0", name="target"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name_zh: Mapped[Line]
    name_en: Mapped[Line]
    target: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    counts_from: Mapped[CountsFrom] = mapped_column(default=CountsFrom.ACCEPTED)
    closed: Mapped[bool] = mapped_column(default=False)
    # false: the platform has no records of this period, so its figures are unknown rather than nought
    has_figures: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)

    def runs_on(self, day: date) -> bool:
        """Whether the programme is running on a Shanghai day."""
        return not self.closed and self.starts_on <= day <= self.ends_on


class ProjectStatus(enum.StrEnum):
    """States of a project; `transitions.py` says how they follow each other."""

    ACTIVE = "active"
    ACCEPTANCE_REQUESTED = "acceptance_requested"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class MilestoneStatus(enum.StrEnum):
    """States of a milestone; overdue is derived from its date."""

    PLANNED = "planned"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Milestone(Identified, Versioned, Base):
    """A step of a project with its date, and the evidence that it was reached."""

    __tablename__ = "milestones"
    __table_args__ = (CheckConstraint("status <> 'returned' OR return_reason <> ''", name="return_reason"),)

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    name: Mapped[Line]
    due_on: Mapped[date]
    status: Mapped[MilestoneStatus] = mapped_column(default=MilestoneStatus.PLANNED)
    evidence: Mapped[LongText] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    return_reason: Mapped[LongText] = mapped_column(default="")
    accepted_at: Mapped[datetime | None]
    project: Mapped["Project"] = relationship(back_populates="milestones", lazy="raise")

    def is_overdue(self, today: date) -> bool:
        """Past its day and not accepted."""
        return self.status is not MilestoneStatus.ACCEPTED and self.due_on < today


class Project(Identified, Versioned, Base):
    """A project, made by the approval of its match. Programme, domain, area and firms are frozen at that moment.

    `local_new` is the verdict of the review, `local_new_accepted` the one confirmed at acceptance; only with it a project counts.
    """

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("(status = 'accepted') = (accepted_on IS NOT NULL)", name="accepted_on"),
        CheckConstraint("(status = 'accepted') = (local_new_accepted IS NOT NULL)", name="local_new_accepted"),
        CheckConstraint("status <> 'terminated' OR termination_reason <> ''", name="termination_reason"),
        CheckConstraint("anchor_id <> firm_id", name="two_parties"),
        Index(None, "programme_id", "status"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    match_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matches.id"), unique=True)
    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id"), index=True)
    programme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("programmes.id"))
    domain_code: Mapped[str] = mapped_column(ForeignKey("domains.code"))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    anchor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    firm_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    title: Mapped[Line]
    status: Mapped[ProjectStatus] = mapped_column(default=ProjectStatus.ACTIVE)
    local_new: Mapped[bool]
    local_new_accepted: Mapped[bool | None]
    approved_on: Mapped[date]
    established_at: Mapped[datetime]
    accepted_on: Mapped[date | None]
    contract_number: Mapped[Line] = mapped_column(default="")
    contract_note: Mapped[LongText] = mapped_column(default="")
    acceptance_requested_at: Mapped[datetime | None]
    return_reason: Mapped[LongText] = mapped_column(default="")
    termination_reason: Mapped[LongText] = mapped_column(default="")
    terminated_at: Mapped[datetime | None]
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    programme: Mapped[Programme | None] = relationship(lazy="raise")
    domain: Mapped[Domain] = relationship(lazy="raise")
    area: Mapped[Area] = relationship(lazy="raise")
    anchor: Mapped[Organization] = relationship(foreign_keys=[anchor_id], lazy="raise")
    firm: Mapped[Organization] = relationship(foreign_keys=[firm_id], lazy="raise")
    milestones: Mapped[list[Milestone]] = relationship(
        back_populates="project", order_by=[Milestone.due_on, Milestone.name, Milestone.id], lazy="raise"
    )
