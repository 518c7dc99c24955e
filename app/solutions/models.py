"""Solutions 揭榜方案: what a chip firm answers, version by version, and how evaluators judge it."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, Line, LongText, Versioned, Yuan
from app.organizations.models import Organization
from app.products.models import Product
from app.scenarios.models import RequirementLine, Scenario
from search_index.parameters import Verdict


class SolutionStatus(enum.StrEnum):
    """States of a solution; `transitions.py` says how they follow each other."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SHORTLISTED = "shortlisted"
    SELECTED = "selected"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ComplianceStatus(enum.StrEnum):
    """What a firm says of one requirement line."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"


class SolutionProduct(Base):
    """A product that a version of a solution uses."""

    __tablename__ = "solution_products"

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("solution_versions.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)


class ComplianceLine(Identified, Base):
    """A firm's response to one requirement line 指标响应/偏离: status, value, evidence. No row: not answered yet.

    Beside it stands what the chosen products' parameters gave (`prefill`): nothing where no product was chosen.
    """

    __tablename__ = "compliance_lines"
    __table_args__ = (UniqueConstraint("version_id", "requirement_id"),)

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("solution_versions.id", ondelete="CASCADE"))
    requirement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("requirement_lines.id"), index=True)
    status: Mapped[ComplianceStatus | None]
    value: Mapped[Line] = mapped_column(default="")
    evidence: Mapped[Line] = mapped_column(default="")
    derived_verdict: Mapped[Verdict | None]
    derived_value: Mapped[Line] = mapped_column(default="")
    derived_evidence: Mapped[Line] = mapped_column(default="")
    derived_note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requirement: Mapped[RequirementLine] = relationship(lazy="raise")

    @property
    def corrected(self) -> bool:
        """Whether the firm says something else than what was derived from its products."""
        derived = None if self.derived_verdict is Verdict.UNKNOWN else self.derived_verdict
        return self.derived_verdict is not None and (self.status, self.value) != (derived, self.derived_value)


class SolutionVersion(Identified, Versioned, Base):
    """One version of a solution's content. Submitted, it never changes; `content` is the canonical text behind its SHA-256."""

    __tablename__ = "solution_versions"
    __table_args__ = (
        UniqueConstraint("solution_id", "number"),
        CheckConstraint("(submitted_at IS NULL) = (sha256 IS NULL)", name="receipt"),
        CheckConstraint("(submitted_at IS NULL) = (content IS NULL)", name="content"),
        Index(
            "uq_solution_versions_one_working_draft",
            "solution_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
    )

    solution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("solutions.id", ondelete="CASCADE"))
    number: Mapped[int]
    summary: Mapped[LongText] = mapped_column(default="")
    approach: Mapped[LongText] = mapped_column(default="")
    price: Mapped[Yuan | None]
    schedule: Mapped[LongText] = mapped_column(default="")
    team: Mapped[LongText] = mapped_column(default="")
    local_new: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[LongText | None]
    products: Mapped[list[Product]] = relationship(secondary="solution_products", order_by=[Product.name, Product.id], lazy="raise")
    compliance: Mapped[list[ComplianceLine]] = relationship(cascade="all, delete-orphan", passive_deletes=True, lazy="raise")


class Solution(Identified, Versioned, Base):
    """A firm's answer to a scenario; a firm has one live answer to each."""

    __tablename__ = "solutions"
    __table_args__ = (
        CheckConstraint("status <> 'declined' OR decline_reason <> ''", name="decline_reason"),
        CheckConstraint("status = 'draft' OR submitted_at IS NOT NULL", name="submitted_at"),
        Index(
            "uq_solutions_one_live",
            "scenario_id",
            "organization_id",
            unique=True,
            sqlite_where=text("status <> 'withdrawn'"),
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index(None, "scenario_id", "status"),
    )

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    status: Mapped[SolutionStatus] = mapped_column(default=SolutionStatus.DRAFT)
    submitted_at: Mapped[datetime | None]
    shortlisted_at: Mapped[datetime | None]
    decline_reason: Mapped[LongText] = mapped_column(default="")
    outdated_since: Mapped[datetime | None]
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    organization: Mapped[Organization] = relationship(lazy="raise")
    versions: Mapped[list[SolutionVersion]] = relationship(
        order_by=SolutionVersion.number, cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )


class EvaluationScore(Identified, Base):
    """An evaluator's score, 0 to 100, and comment on one criterion."""

    __tablename__ = "evaluation_scores"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "criterion_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )

    evaluation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evaluations.id", ondelete="CASCADE"))
    criterion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("criteria.id"))
    score: Mapped[int]
    comment: Mapped[LongText] = mapped_column(default="")


class Evaluation(Identified, Versioned, Base):
    """One evaluator's judgement of one solution. With a declared conflict it holds no scores and does not count."""

    __tablename__ = "evaluations"
    __table_args__ = (UniqueConstraint("solution_id", "evaluator_id"),)

    solution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("solutions.id", ondelete="CASCADE"))
    evaluator_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    conflict: Mapped[bool] = mapped_column(default=False)
    conflict_note: Mapped[LongText] = mapped_column(default="")
    submitted_at: Mapped[datetime]
    scores: Mapped[list[EvaluationScore]] = relationship(cascade="all, delete-orphan", passive_deletes=True, lazy="raise")
