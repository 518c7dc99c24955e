"""Matches 撮合 between a scenario and a solution (or, directly, a product), from the first yes to the approval, and objections."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, LongText, Versioned
from app.organizations.models import Organization
from app.products.models import Product
from app.scenarios.models import Scenario
from app.solutions.models import Solution


class MatchStatus(enum.StrEnum):
    """States of a match; `transitions.py` says how they follow each other."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    NOTICED = "noticed"
    APPROVED = "approved"
    REJECTED = "rejected"
    DECLINED = "declined"
    LAPSED = "lapsed"


class ObjectionState(enum.StrEnum):
    """What became of an objection; derived, since the end of its match leaves an undecided one without object."""

    WAITING = "waiting"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    MOOT = "moot"


UNDER_WAY = (MatchStatus.PROPOSED, MatchStatus.CONFIRMED, MatchStatus.NOTICED)
_LIVE = text("status IN ('proposed', 'confirmed', 'noticed', 'approved')")


class Match(Identified, Versioned, Base):
    """A scenario and the firm that is to do it. An approved match takes one of the scenario's numbered places, for good.

    Proposed by a selection (`solution_id`) or by a reviewer (`product_id`). Who proposed, reviewed and decided are three persons.
    """

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("scenario_id", "place"),
        CheckConstraint("(status = 'approved') = (place IS NOT NULL)", name="approved_takes_a_place"),
        CheckConstraint("place IS NULL OR place BETWEEN 1 AND 5", name="place"),
        CheckConstraint("(solution_id IS NULL) <> (product_id IS NULL)", name="solution_or_product"),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> proposed_by", name="reviewer_is_not_proposer"),
        CheckConstraint(
            "status <> 'approved' OR (decided_by IS NOT NULL AND reviewed_by IS NOT NULL"
            " AND decided_by <> reviewed_by AND decided_by <> proposed_by)",
            name="three_persons",
        ),
        CheckConstraint("status NOT IN ('rejected', 'declined') OR reason <> ''", name="reason"),
        CheckConstraint(
            "status NOT IN ('confirmed', 'noticed', 'approved')"
            " OR (anchor_confirmed_at IS NOT NULL AND firm_confirmed_at IS NOT NULL)",
            name="both_said_yes",
        ),
        CheckConstraint(
            "status NOT IN ('noticed', 'approved') OR (notice_ends_at IS NOT NULL AND local_new_verified IS NOT NULL)",
            name="reviewed",
        ),
        Index("uq_matches_one_live_per_solution", "solution_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("uq_matches_one_live_per_firm", "scenario_id", "firm_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(None, "status"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id"), index=True)
    firm_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    solution_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("solutions.id"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    status: Mapped[MatchStatus] = mapped_column(default=MatchStatus.PROPOSED)
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    score: Mapped[float | None]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    confirm_by: Mapped[datetime]
    anchor_confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    anchor_confirmed_at: Mapped[datetime | None]
    firm_confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    firm_confirmed_at: Mapped[datetime | None]
    local_new_declared: Mapped[bool | None]
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    review_comment: Mapped[LongText] = mapped_column(default="")
    local_new_verified: Mapped[bool | None]
    notice_working_days: Mapped[int | None]
    notice_starts_on: Mapped[date | None]
    notice_ends_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[LongText] = mapped_column(default="")
    place: Mapped[int | None]
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    firm: Mapped[Organization] = relationship(lazy="raise")
    solution: Mapped[Solution | None] = relationship(lazy="raise")
    product: Mapped[Product | None] = relationship(lazy="raise")
    objections: Mapped[list["Objection"]] = relationship(order_by="Objection.raised_at", lazy="raise")

    @property
    def is_direct(self) -> bool:
        """Proposed by a reviewer with a product, rather than by a selection."""
        return self.product_id is not None

    @property
    def clock_stands_still(self) -> bool:
        """Whether an objection waits for its decision. Needs `objections`."""
        return any(objection.decided_at is None for objection in self.objections)

    def has_objection_of(self, user_id: uuid.UUID | None) -> bool:
        """Whether this person has objected: each does so once. Needs `objections`."""
        return any(objection.user_id == user_id for objection in self.objections)

    def state_of(self, objection: "Objection") -> ObjectionState:
        """What became of one of its objections: an undecided one waits for as long as the notice lasts."""
        if objection.upheld is not None:
            return ObjectionState.UPHELD if objection.upheld else ObjectionState.DISMISSED
        return ObjectionState.WAITING if self.status is MatchStatus.NOTICED else ObjectionState.MOOT

    def notice_runs(self, now: datetime) -> bool:
        """Under notice, and its time not over: an undecided objection stops the clock. Needs `objections`."""
        if self.status is not MatchStatus.NOTICED or self.notice_ends_at is None:
            return False
        return self.clock_stands_still or now < self.notice_ends_at


class Objection(Identified, Versioned, Base):
    """A signed-in person's one objection 异议 to a match under notice, by name. Until it is decided, the clock stands still."""

    __tablename__ = "objections"
    __table_args__ = (
        UniqueConstraint("match_id", "user_id"),
        CheckConstraint("(decided_at IS NULL) = (upheld IS NULL)", name="decided"),
        CheckConstraint("decided_at IS NULL OR decision_reason <> ''", name="decision_reason"),
    )

    match_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matches.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    text: Mapped[LongText]
    raised_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    upheld: Mapped[bool | None]
    decision_reason: Mapped[LongText] = mapped_column(default="")
