"""Reading the match table: rows as statements to be paged, best first, without what was dismissed.

A row is complete for its fifty best; what follows after them stands there for the sake of other rows.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, load_only, selectinload

from app.actor import Actor
from app.matching.fits.items import MATCHED
from app.matching.fits.models import Dismissal, Fit, Generation, MarketRecord
from app.organizations.models import Organization
from app.products import policy as product_policy
from app.products.models import Product
from app.scenarios import policy as scenario_policy
from app.scenarios.models import RequirementLine, Scenario, ScenarioStatus


def for_scenario(actor: Actor, scenario: Scenario) -> Select[Fit]:
    """The products that fit a scenario, with their firms, without those that its firm dismissed."""
    dismissed = exists().where(
        Dismissal.organization_id == scenario.organization_id,
        Dismissal.scenario_id == scenario.id,
        Dismissal.product_id == Fit.product_id,
    )
    statement = select(Fit).join(Fit.product).where(Fit.scenario_id == scenario.id, ~dismissed, product_policy.visible_to(actor))
    loads = contains_eager(Fit.product).joinedload(Product.organization).joinedload(Organization.area)
    return statement.options(loads).order_by(Fit.score.desc(), Fit.product_id)


def for_product(actor: Actor, product: Product) -> Select[Fit]:
    """The open scenarios that a product fits and this person reads, without those that its firm dismissed."""
    shown = (Scenario.status == ScenarioStatus.OPEN, ~_dismissed_by(product.organization_id), scenario_policy.readable_by(actor))
    return _with_scenarios().where(Fit.product_id == product.id, *shown)


def for_organization(actor: Actor, organization_id: uuid.UUID) -> Select[Fit]:
    """The open scenarios that a firm fits and this person reads, each with its best product, without what it dismissed."""
    best = _best_of(_with_scenarios(), organization_id, ~_dismissed_by(organization_id))
    return best.where(Scenario.status == ScenarioStatus.OPEN, scenario_policy.readable_by(actor))


def of_firm(session: Session, organization_id: uuid.UUID, scenario_id: uuid.UUID) -> Sequence[Fit]:
    """How each product of a firm fits a scenario, best first."""
    statement = select(Fit).join(Fit.product).options(contains_eager(Fit.product))
    statement = statement.where(Product.organization_id == organization_id, Fit.scenario_id == scenario_id)
    return session.scalars(statement.order_by(Fit.score.desc(), Fit.product_id)).all()


def best_scores(session: Session, organization_id: uuid.UUID) -> dict[uuid.UUID, float]:
    """The score of a firm's best product for each scenario that it fits, without what the firm dismissed."""
    best = select(Fit.scenario_id, func.max(Fit.score)).join(Fit.product).group_by(Fit.scenario_id)
    rows = session.execute(best.where(Product.organization_id == organization_id, ~_dismissed_by(organization_id)))
    return {scenario_id: float(score) for scenario_id, score in rows}


def marks_of(session: Session, organization_id: uuid.UUID, scenario_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Fit]:
    """By scenario the fit of a firm's best product, and of it only what a line of a list shows: score, requirement lines met."""
    rows = session.scalars(_MARKS, {"firm": organization_id, "scenarios": list(scenario_ids)})
    return {fit.scenario_id: fit for fit in rows}


def _best_of(
    statement: Select[Fit], organization_id: uuid.UUID | BindParameter[uuid.UUID], *conditions: ColumnElement[bool]
) -> Select[Fit]:
    """Fits narrowed to those of a firm's products, for each scenario the best one for which the conditions hold."""
    rank = func.row_number().over(partition_by=Fit.scenario_id, order_by=(Fit.score.desc(), Fit.product_id)).label("rank")
    ranked = (
        select(Fit.scenario_id, Fit.product_id, rank)
        .join(Fit.product)
        .where(Product.organization_id == organization_id, *conditions)
        .subquery()
    )
    same = and_(Fit.scenario_id == ranked.c.scenario_id, Fit.product_id == ranked.c.product_id, ranked.c.rank == 1)
    return statement.join(ranked, same)


# asked for each list that somebody of a chip firm reads, and so built once
_MARKS = _best_of(
    select(Fit).options(load_only(Fit.score, Fit.met, Fit.lines, Fit.unmet_must, raiseload=True)),
    bindparam("firm"),
    Fit.scenario_id.in_(bindparam("scenarios", expanding=True)),
)


def fit_of(session: Session, scenario_id: uuid.UUID, product_ids: Iterable[uuid.UUID]) -> Fit | None:
    """The best fit of these products to the scenario, if any is in the table."""
    statement = select(Fit).where(Fit.scenario_id == scenario_id, Fit.product_id.in_(list(product_ids)))
    return session.scalars(statement.order_by(Fit.score.desc(), Fit.product_id).limit(1)).one_or_none()


def is_ready(session: Session, record_id: uuid.UUID) -> bool:
    """Whether a record's own row is in the table; if not, it is being computed, or the record is not matched at all."""
    made = exists().where(MarketRecord.record_id == record_id, MarketRecord.listed, MarketRecord.row_made)
    return bool(session.scalar(select(made)))


def latest_generation(session: Session) -> Generation | None:
    """Under which constants the table was made, and when; None before the first one."""
    return session.scalars(select(Generation).order_by(Generation.number.desc()).limit(1)).one_or_none()


def dismissals_of(organization_id: uuid.UUID) -> Select[Dismissal]:
    """What a firm has dismissed, the newest first, with scenarios and products."""
    statement = select(Dismissal).where(Dismissal.organization_id == organization_id)
    loads = (joinedload(Dismissal.scenario).joinedload(Scenario.organization), joinedload(Dismissal.product))
    return statement.options(*loads).order_by(Dismissal.dismissed_at.desc(), Dismissal.id)


@dataclass(frozen=True)
class Gap:
    """A requirement line that none of the products that fit its scenario meets; `nearest` fits the scenario best."""

    scenario: Scenario
    line: RequirementLine
    nearest: Product | None
    unknown: int
    unmet: int


def gaps(session: Session, actor: Actor) -> list[Gap]:
    """The requirement lines, of scenarios that this person reads, that no local product meets: by field, must lines first.

    Looked at are the verdicts of each scenario's row, the fifty products that fit it best.
    """
    rows = _verdicts(session, actor)
    scenarios = session.scalars(
        select(Scenario)
        .where(Scenario.status.in_(MATCHED), Scenario.id.in_(rows))
        .options(joinedload(Scenario.domain), joinedload(Scenario.organization), joinedload(Scenario.area))
        .options(selectinload(Scenario.requirements))
        .order_by(Scenario.domain_code, Scenario.closes_at, Scenario.id)
    ).all()
    nearest = {each.id: each for each in _products(session, {verdicts[0][0] for verdicts in rows.values()})}
    found = [gap for each in scenarios for gap in _gaps_of(each, rows[each.id], nearest)]
    return sorted(found, key=lambda gap: (gap.scenario.domain_code or "", not gap.line.must))


def _gaps_of(
    scenario: Scenario, rows: Sequence[tuple[uuid.UUID, dict[str, str]]], products: Mapping[uuid.UUID, Product]
) -> Iterator[Gap]:
    """The lines of one scenario that none of its `rows` (product, verdict by line; best first) meets."""
    for line in scenario.requirements:
        said = [verdicts[str(line.id)] for _, verdicts in rows if str(line.id) in verdicts]
        if "met" not in said:
            yield Gap(scenario, line, products.get(rows[0][0]), said.count("unknown"), said.count("unmet"))


def _verdicts(session: Session, actor: Actor) -> dict[uuid.UUID, list[tuple[uuid.UUID, dict[str, str]]]]:
    """By scenario, best first: each product with its verdicts by requirement line."""
    statement = select(Fit.scenario_id, Fit.product_id, Fit.verdicts).join(Fit.scenario)
    statement = statement.where(Fit.of_scenario, scenario_policy.readable_by(actor))
    found: dict[uuid.UUID, list[tuple[uuid.UUID, dict[str, str]]]] = {}
    for scenario_id, product_id, verdicts in session.execute(statement.order_by(Fit.score.desc(), Fit.product_id)):
        found.setdefault(scenario_id, []).append((product_id, {each["line"]: each["verdict"] for each in verdicts}))
    return found


def _products(session: Session, ids: Iterable[uuid.UUID]) -> Sequence[Product]:
    return session.scalars(select(Product).where(Product.id.in_(list(ids))).options(joinedload(Product.organization))).all()


def _with_scenarios() -> Select[Fit]:
    """Fits with their scenarios and products, best first."""
    scenario = contains_eager(Fit.scenario).options(
        joinedload(Scenario.organization), joinedload(Scenario.domain), joinedload(Scenario.area)
    )
    statement = select(Fit).join(Fit.scenario).options(scenario, joinedload(Fit.product))
    return statement.order_by(Fit.score.desc(), Fit.scenario_id, Fit.product_id)


def _dismissed_by(organization_id: uuid.UUID) -> ColumnElement[bool]:
    return exists().where(
        Dismissal.organization_id == organization_id,
        Dismissal.scenario_id == Fit.scenario_id,
        or_(Dismissal.product_id.is_(None), Dismissal.product_id == Fit.product_id),
    )
