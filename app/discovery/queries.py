"""What the home page shows of the scenarios: by field, what closes soon, what is new; each no further than its reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload

from app.actor import Actor
from app.scenarios.models import RequirementLine, Scenario, ScenarioStatus
from app.scenarios.policy import readable_by, visible_to
from app.taxonomy.models import Domain

TEASERS = 4


@dataclass(frozen=True)
class Teaser:
    """An open scenario in one row. `readable`: more than its public minimum (title, field, dates) may be shown."""

    scenario: Scenario
    readable: bool
    requirements: int


def _open_to(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return and_(Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at > now, visible_to(actor))


def open_by_domain(session: Session, actor: Actor, now: datetime) -> Sequence[tuple[Domain, int]]:
    """Each field on offer, and how many open scenarios of it this person sees: one statement."""
    found = select(func.count()).where(Scenario.domain_code == Domain.code, _open_to(actor, now)).correlate(Domain)
    statement = select(Domain, found.scalar_subquery()).where(~Domain.retired).order_by(Domain.position, Domain.code)
    return [(row[0], row[1]) for row in session.execute(statement)]


def closing_soon(session: Session, actor: Actor, now: datetime) -> Sequence[Teaser]:
    """The open scenarios that close next: one statement."""
    return _teasers(session, actor, now, Scenario.closes_at)


def newest(session: Session, actor: Actor, now: datetime) -> Sequence[Teaser]:
    """The open scenarios opened last: one statement."""
    return _teasers(session, actor, now, Scenario.opened_at.desc())


def _teasers(session: Session, actor: Actor, now: datetime, order: Any) -> Sequence[Teaser]:
    lines = select(func.count()).where(RequirementLine.scenario_id == Scenario.id).correlate(Scenario).scalar_subquery()
    statement = select(Scenario, readable_by(actor), lines).where(_open_to(actor, now)).order_by(order, Scenario.id)
    statement = statement.options(joinedload(Scenario.organization), joinedload(Scenario.domain)).limit(TEASERS)
    return [Teaser(scenario, bool(readable), count) for scenario, readable, count in session.execute(statement)]
