"""What the home page shows of the scenarios: by field, what closes soon, what is new; each no further than its reader may see.

It is everybody's first page: only the columns that it shows are read, and a reader's statements are built once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.organizations.models import Organization
from app.scenarios.models import RequirementLine, Scenario, ScenarioStatus
from app.scenarios.policy import readable_by, visible_to
from app.taxonomy.models import Domain

TEASERS = 4
READERS = 256


def open_by_domain(session: Session, actor: Actor, now: datetime) -> Sequence[Row[Any]]:
    """Each field on offer (`code`, `name_zh`, `name_en`) with how many open scenarios of it this person sees (`found`)."""
    return session.execute(_by_domain(actor), {"now": now}).all()


def teasers(session: Session, actor: Actor, now: datetime) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """The open scenarios that close next, and those opened last, in the columns of `_teasers`: one statement for both."""
    rows = session.execute(_teasers(actor), {"now": now}).all()
    closing = sorted((row for row in rows if row.by_closing <= TEASERS), key=lambda row: row.by_closing)
    return closing, sorted((row for row in rows if row.by_opening <= TEASERS), key=lambda row: row.by_opening)


def _open_to(actor: Actor) -> ColumnElement[bool]:
    return and_(Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at > bindparam("now"), visible_to(actor))


@lru_cache(READERS)
def _by_domain(actor: Actor) -> Select[Any]:
    found = select(func.count()).where(Scenario.domain_code == Domain.code, _open_to(actor)).correlate(Domain)
    statement = select(Domain.code, Domain.name_zh, Domain.name_en, found.scalar_subquery().label("found"))
    return statement.where(~Domain.retired).order_by(Domain.position, Domain.code)


@lru_cache(READERS)
def _teasers(actor: Actor) -> Select[Any]:
    """Open scenarios and their places in both orders. Of one not `readable`, only title, field and dates may be shown."""
    readable = readable_by(actor)
    scenarios = select(
        Scenario.id,
        case((or_(readable, Scenario.public_title == ""), Scenario.title), else_=Scenario.public_title).label("title"),
        Scenario.opened_at,
        Scenario.closes_at,
        Scenario.budget_min,
        Scenario.budget_max,
        readable.label("readable"),
        Organization.short_zh.label("firm_zh"),
        Organization.short_en.label("firm_en"),
        Organization.name_zh,
        Organization.name_en,
        Domain.name_zh.label("domain_zh"),
        Domain.name_en.label("domain_en"),
        func.row_number().over(order_by=(Scenario.closes_at, Scenario.id)).label("by_closing"),
        func.row_number().over(order_by=(Scenario.opened_at.desc(), Scenario.id)).label("by_opening"),
    )
    found = scenarios.join(Scenario.organization).join(Scenario.domain).where(_open_to(actor)).subquery()
    counted = select(func.count()).where(RequirementLine.scenario_id == found.c.id, RequirementLine.retired.is_(False))
    lines = counted.correlate(found).scalar_subquery()
    first = or_(found.c.by_closing <= TEASERS, found.c.by_opening <= TEASERS)
    return select(found, lines.label("requirements")).where(first)
