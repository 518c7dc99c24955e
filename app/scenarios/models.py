"""Scenarios 场景 (榜单): what an anchor firm opens, its requirement lines and criteria, and what happens around it."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, Line, LongText, Versioned, Yuan
from app.organizations.models import Organization
from app.taxonomy.models import Area, Domain, Track


class ScenarioStatus(enum.StrEnum):
    """States of a scenario; `transitions.py` says how they follow each other."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    OPEN = "open"
    EVALUATING = "evaluating"
    MATCHED = "matched"
    CLOSED = "closed"
    UNFILLED = "unfilled"
    CANCELLED = "cancelled"


class AwardKind(enum.StrEnum):
    """Form of cooperation 合作方式: 悬赏, 采购, 联合研发, 试用."""

    BOUNTY = "bounty"
    PROCUREMENT = "procurement"
    JOINT_RD = "joint_rd"
    TRIAL = "trial"


class Confidentiality(enum.StrEnum):
    """Who may read a scenario: everyone; verified firms (others the public minimum); invited firms only (others nothing)."""

    PUBLIC = "public"
    VERIFIED = "verified"
    INVITED = "invited"


class Operator(enum.StrEnum):
    """How a requirement line compares, as `search_index.judge` understands it."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    WITHIN = "within"
    COVERS = "covers"
    INCLUDES = "includes"
    GRADE = "grade"


class AmendmentKind(enum.StrEnum):
    """What an amendment changes: wording, the deadline (later or, with notice, earlier), or requirement lines."""

    CLARIFICATION = "clarification"
    EXTENSION = "extension"
    EARLY_CLOSING = "early_closing"
    REQUIREMENTS = "requirements"


class AmendmentStatus(enum.StrEnum):
    """An amendment that needs a review is pending; the others apply at once."""

    PENDING = "pending"
    APPLIED = "applied"
    RETURNED = "returned"


class InvitationKind(enum.StrEnum):
    """A firm is invited to answer, a person to evaluate."""

    FIRM = "firm"
    EVALUATOR = "evaluator"


class InvitationStatus(enum.StrEnum):
    """Whether the invited one has answered."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ScenarioTrack(Base):
    """From which tracks an answer is wanted."""

    __tablename__ = "scenario_tracks"

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True)
    track_code: Mapped[str] = mapped_column(ForeignKey("tracks.code"), primary_key=True)


class RequirementLine(Identified, Base):
    """One line of the requirement table 指标: parameter, comparison, value, must or should, weight, how it is tested.

    A line that an amendment takes out is `retired` and stays, since submitted solutions have answered it.
    """

    __tablename__ = "requirement_lines"
    __table_args__ = (CheckConstraint("weight BETWEEN 0 AND 100", name="weight"), Index(None, "scenario_id", "position"))

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[Line]
    operator: Mapped[Operator]
    value: Mapped[Line]
    unit: Mapped[Line] = mapped_column(default="")
    must: Mapped[bool] = mapped_column(default=True)
    weight: Mapped[int] = mapped_column(default=10)
    test_method: Mapped[Line] = mapped_column(default="")
    retired: Mapped[bool] = mapped_column(default=False)


class Criterion(Identified, Base):
    """One criterion of the evaluation; the weights of a submitted scenario add up to 100."""

    __tablename__ = "criteria"
    __table_args__ = (CheckConstraint("weight BETWEEN 0 AND 100", name="weight"), Index(None, "scenario_id", "position"))

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[Line]
    weight: Mapped[int]


class Scenario(Identified, Versioned, Base):
    """An application scenario opened as a challenge. A draft needs only a title; everything else is checked at submission."""

    __tablename__ = "scenarios"
    __table_args__ = (
        CheckConstraint("award_places BETWEEN 1 AND 5", name="award_places"),
        CheckConstraint("budget_min IS NULL OR budget_max IS NULL OR budget_min <= budget_max", name="budget"),
        CheckConstraint(
            "status = 'draft' OR (number IS NOT NULL AND domain_code IS NOT NULL AND area_code IS NOT NULL"
            " AND award_kind IS NOT NULL AND closes_at IS NOT NULL AND questions_close_at IS NOT NULL AND delivery_by IS NOT NULL)",
            name="complete_beyond_draft",
        ),
        CheckConstraint("status IN ('draft', 'in_review') OR opened_at IS NOT NULL", name="opened_at"),
        CheckConstraint(
            "questions_close_at IS NULL OR closes_at IS NULL OR questions_close_at <= closes_at", name="questions_close"
        ),
        CheckConstraint("status <> 'cancelled' OR cancel_reason <> ''", name="cancel_reason"),
        UniqueConstraint("previous_id", name="uq_scenarios_one_next_round"),
        Index(None, "status", "closes_at"),
    )

    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[Line]
    public_title: Mapped[Line] = mapped_column(default="")
    domain_code: Mapped[str | None] = mapped_column(ForeignKey("domains.code"), index=True)
    area_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"), index=True)
    background: Mapped[LongText] = mapped_column(default="")
    need: Mapped[LongText] = mapped_column(default="")
    benefit: Mapped[LongText] = mapped_column(default="")
    award_kind: Mapped[AwardKind | None]
    award_places: Mapped[int] = mapped_column(default=1)
    budget_min: Mapped[Yuan | None]
    budget_max: Mapped[Yuan | None]
    ip_terms: Mapped[Line] = mapped_column(default="")
    confidentiality: Mapped[Confidentiality] = mapped_column(default=Confidentiality.PUBLIC)
    sealed: Mapped[bool] = mapped_column(default=False)
    questions_close_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    delivery_by: Mapped[date | None]
    status: Mapped[ScenarioStatus] = mapped_column(default=ScenarioStatus.DRAFT)
    round: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("scenarios.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime | None]
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    return_reason: Mapped[LongText] = mapped_column(default="")
    cancel_reason: Mapped[LongText] = mapped_column(default="")
    cancelled_at: Mapped[datetime | None]
    selection_ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship(lazy="raise")
    domain: Mapped[Domain | None] = relationship(lazy="raise")
    area: Mapped[Area | None] = relationship(lazy="raise")
    tracks: Mapped[list[Track]] = relationship(secondary="scenario_tracks", order_by=Track.position, lazy="raise")
    requirements: Mapped[list[RequirementLine]] = relationship(
        primaryjoin="and_(RequirementLine.scenario_id == Scenario.id, RequirementLine.retired.is_(False))",
        order_by=RequirementLine.position,
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )
    criteria: Mapped[list[Criterion]] = relationship(
        order_by=Criterion.position, cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )

    def accepts_solutions(self, now: datetime) -> bool:
        """Open, and before the closing moment: the one condition under which a solution is accepted."""
        return self.status is ScenarioStatus.OPEN and self.closes_at is not None and now < self.closes_at

    def accepts_questions(self, now: datetime) -> bool:
        """Open, and before the end of questions."""
        return self.status is ScenarioStatus.OPEN and self.questions_close_at is not None and now < self.questions_close_at

    def hides_solutions(self, now: datetime) -> bool:
        """Sealed, and not past its closing time (a cancelled one stays so): nobody learns of a solution but its own firm."""
        if not self.sealed:
            return False
        before = {ScenarioStatus.DRAFT, ScenarioStatus.IN_REVIEW, ScenarioStatus.CANCELLED}
        return self.status in before or (self.status is ScenarioStatus.OPEN and self.closes_at is not None and now < self.closes_at)

    @property
    def shown_title(self) -> str:
        """The title that may be shown where the rest of the scenario may not be."""
        return self.public_title or self.title


class Question(Identified, Versioned, Base):
    """A verified firm's question, and the anchor firm's answer; published without the asker's name once answered."""

    __tablename__ = "questions"
    __table_args__ = (CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),)

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    text: Mapped[LongText]
    answer: Mapped[LongText] = mapped_column(default="")
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]

    @property
    def status(self) -> str:
        """Open until it is answered."""
        return "open" if self.answered_at is None else "answered"


class Amendment(Identified, Versioned, Base):
    """A change of an open scenario. `changes` maps a field (or `requirements`) to the pair of its values before and after."""

    __tablename__ = "amendments"
    __table_args__ = (
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("status <> 'returned' OR decision_reason <> ''", name="return_reason"),
        Index(
            "uq_amendments_one_pending",
            "scenario_id",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    kind: Mapped[AmendmentKind]
    status: Mapped[AmendmentStatus]
    changes: Mapped[dict[str, Any]]
    reason: Mapped[LongText]
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[LongText] = mapped_column(default="")
    scenario: Mapped[Scenario] = relationship(lazy="raise")


class Invitation(Identified, Base):
    """A firm (perhaps for one of its products) invited to answer, or a person invited to evaluate."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("scenario_id", "organization_id"),
        UniqueConstraint("scenario_id", "email"),
        CheckConstraint("(kind = 'firm') = (organization_id IS NOT NULL)", name="firm"),
        CheckConstraint("(kind = 'evaluator') = (email IS NOT NULL)", name="evaluator"),
    )

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"))
    kind: Mapped[InvitationKind]
    status: Mapped[InvitationStatus] = mapped_column(default=InvitationStatus.PENDING)
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    message: Mapped[LongText] = mapped_column(default="")
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    organization: Mapped[Organization | None] = relationship(lazy="raise")
