"""How a match begins: a selection or a reviewer's direct proposal, and the two confirmations."""

import uuid
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.clock import end_of_day, shanghai_day
from app.errors import Conflict, Problems, WrongState, collecting, require_allowed, require_visible
from app.matching import policy, queries
from app.matching.fits.models import Fit
from app.matching.fits.queries import fit_of
from app.matching.models import UNDER_WAY, Match, MatchStatus
from app.matching.transitions import MATCH
from app.organizations.models import Organization
from app.outbox import operations as outbox
from app.products.models import Product, ProductStatus
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.policy import can_see as can_see_scenario
from app.scenarios.queries import lock_scenario
from app.solutions import operations as solutions
from app.solutions import queries as solution_queries
from app.solutions.models import Solution
from app.solutions.ranking import rank
from app.taxonomy.operations import next_number
from app.taxonomy.queries import add_working_days, setting
from app.taxonomy.settings import CONFIRM_WORKING_DAYS

LIVE = (*UNDER_WAY, MatchStatus.APPROVED)


def select_solution(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Match:
    """Select a shortlisted solution: its match is proposed, with the anchor firm's yes.

    Raises NotFound, Forbidden and WrongState as the solution's own rules do, and Conflict where the firm has a live match.
    """
    solution = solutions.mark_selected(session, solution, actor=actor, now=now)
    scenario = solution.scenario
    if scenario.status is not ScenarioStatus.EVALUATING:
        raise WrongState
    _require_no_other(session, scenario, solution.organization_id)
    criteria = solution_queries.criteria_of(session, scenario.id)
    place = rank({solution.id: solution_queries.evaluations_of(session, [solution.id])}, criteria)[solution.id]
    return _propose(
        session,
        scenario,
        solution.organization_id,
        actor,
        now,
        solution_id=solution.id,
        score=None if place.score is None else float(place.score),
        reasons=[{"evaluations": place.evaluations}],
        anchor_confirmed_by=actor.user_id,
        anchor_confirmed_at=now,
    )


def propose_direct(
    session: Session, scenario: Scenario, product: Product, *, actor: Actor, now: datetime, match_id: uuid.UUID | None = None
) -> Match:
    """A reviewer brings a product to a scenario that is being evaluated or went unfilled; both firms are asked.

    The match keeps the score that the match table gives at this moment, with its reasons (the parts of the `Fit`), if it gives one.
    `match_id` is the id that the match will have: proposing it again changes nothing. Raises NotFound, Forbidden, WrongState,
    Invalid for a product that cannot be proposed, and Conflict where its firm has a live match.
    """
    scenario = lock_scenario(session, scenario.id)
    require_visible(can_see_scenario(session, actor, scenario))
    require_allowed(policy.can_propose(session, actor, scenario) and not actor.belongs_to(product.organization_id))
    present = None if match_id is None else session.get(Match, match_id)
    if present is not None:
        require_visible(present.proposed_by == actor.user_id)
        return present
    if scenario.status not in {ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED}:
        raise WrongState
    with collecting() as problems:
        _check_product(session, problems, scenario, product)
    _require_no_other(session, scenario, product.organization_id)
    fit = fit_of(session, scenario.id, [product.id])
    id_, why = match_id or uuid.uuid4(), _reasons(fit) if fit else {}
    return _propose(session, scenario, product.organization_id, actor, now, id=id_, product_id=product.id, **why)


def _reasons(fit: Fit) -> dict[str, Any]:
    """What a match keeps of the fit that it was proposed for."""
    parts = [dict(zip(("part", "hundredths", "value", "detail"), part, strict=True)) for part in fit.parts]
    return {"score": fit.score / 100, "reasons": parts}


def _check_product(session: Session, problems: Problems, scenario: Scenario, product: Product) -> None:
    firm = session.get_one(Organization, product.organization_id)
    if product.status is not ProductStatus.ACTIVE:
        problems.add("product_id", _l("This product is offered no more."))
    if firm.id == scenario.organization_id:
        problems.add("product_id", _l("A firm does not answer its own scenario."))
    if not (firm.is_verified and firm.is_chip):
        problems.add("product_id", _l("Only verified chip firms can be matched."))


def _require_no_other(session: Session, scenario: Scenario, firm_id: uuid.UUID) -> None:
    """One live match for each firm. How many firms are asked is not limited by the places: the last approval ends the others."""
    matches = queries.scenario_matches(session, scenario.id)
    if any(match.firm_id == firm_id and match.status in LIVE for match in matches):
        raise Conflict(_l("A match of this firm with this scenario is under way or approved already."))


def _propose(session: Session, scenario: Scenario, firm_id: uuid.UUID, actor: Actor, now: datetime, **facts: Any) -> Match:
    today = shanghai_day(now)
    last_day = add_working_days(session, today, setting(session, CONFIRM_WORKING_DAYS))
    match = Match(
        number=next_number(session, "T", today),
        scenario_id=scenario.id,
        firm_id=firm_id,
        status=MATCH.initial,
        proposed_by=actor.user_id,
        proposed_at=now,
        confirm_by=end_of_day(last_day),
        **facts,
    )
    match.scenario = scenario
    session.add(match)
    session.flush()
    after = {"number": match.number, "scenario": scenario.id, "firm": firm_id, **facts}
    audit.record(session, "matching.propose", match, actor=actor, now=now, after=after)
    outbox.emit(session, "match.proposed", str(match.id), now=now, match_id=match.id)
    return match


def confirm(session: Session, match: Match, *, actor: Actor, now: datetime, local_new: bool | None = None) -> Match:
    """One firm says yes; with the second yes the match is confirmed and goes to the reviewers.

    The chip firm of a direct match declares with its yes whether the product is local and new (`local_new`); elsewhere its
    solution has said so. Raises NotFound, Forbidden, WrongState (also where one's own firm has answered, or time is over), Invalid.
    """
    match = queries.lock_match(session, match.id)
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_answer(actor, match))
    MATCH.require(match, "confirm")
    if now >= match.confirm_by:
        raise WrongState
    side = _side_to_confirm(actor, match)
    if side == "firm":
        match.local_new_declared = _declaration(session, match, local_new)
    setattr(match, f"{side}_confirmed_by", actor.user_id)
    setattr(match, f"{side}_confirmed_at", now)
    both = match.anchor_confirmed_at is not None and match.firm_confirmed_at is not None
    if both:
        MATCH.move(match, "confirm")
    after = {"side": side, "local_new": match.local_new_declared, "status": match.status}
    audit.record(session, "matching.confirm", match, actor=actor, now=now, after=after)
    outbox.emit(session, "match.confirmed", f"{match.id}:{side}", now=now, match_id=match.id, side=side, both=both)
    return match


def _side_to_confirm(actor: Actor, match: Match) -> str:
    """For which firm this person says yes: the one acted for, where the person belongs to both."""
    anchor_id = match.scenario.organization_id
    sides = []
    if actor.acts_for(match.firm_id) and match.firm_confirmed_at is None:
        sides.append("firm")
    if actor.acts_for(anchor_id) and match.anchor_confirmed_at is None:
        sides.append("anchor")
    if not sides:
        raise WrongState(_l("Your firm has confirmed already."))
    return "anchor" if len(sides) > 1 and actor.organization_id == anchor_id else sides[0]


def _declaration(session: Session, match: Match, local_new: bool | None) -> bool:
    if match.solution_id is not None:
        version = solution_queries.submitted_version(session, match.solution_id)
        return version is not None and version.local_new
    with collecting() as problems:
        if local_new is None:
            problems.add("local_new", _l("Say whether the product is local and new."))
    return bool(local_new)
