"""How a match ends without an approval, and how the anchor firm ends its selection."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import SYSTEM, Actor
from app.audit import operations as audit
from app.errors import Conflict, WrongState, check_reason, require_allowed, require_visible
from app.matching import policy, queries
from app.matching.models import Match, MatchStatus
from app.matching.transitions import MATCH
from app.outbox import operations as outbox
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.policy import can_see as can_see_scenario
from app.scenarios.queries import lock_scenario
from app.solutions import operations as solutions
from app.solutions.models import Solution


def end_match(session: Session, match: Match, action: str, *, reason: str, actor: Actor, now: datetime) -> Match:
    """End a locked match without an approval; its solution goes back to the short list. The callers have checked who may."""
    before = {"status": match.status}
    MATCH.move(match, action)
    match.reason, match.decided_by, match.decided_at = reason.strip(), actor.user_id, now
    session.flush()
    after = {"status": match.status, "reason": match.reason}
    audit.record(session, f"matching.{action}", match, actor=actor, now=now, before=before, after=after)
    outbox.emit(session, f"match.{match.status}", str(match.id), now=now, match_id=match.id)
    if match.solution_id is not None:
        solution = session.get_one(Solution, match.solution_id)
        solutions.return_to_shortlist(session, solution, actor=actor, now=now)
    projects.finish_if_over(session, match.scenario, actor=actor, now=now)
    return match


def decline(session: Session, match: Match, *, reason: str, actor: Actor, now: datetime) -> Match:
    """A firm says no to a proposed match, or takes its yes back while the other has not answered.

    Raises NotFound, Forbidden, WrongState, Invalid.
    """
    match = queries.lock_match(session, match.id)
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_answer(actor, match))
    MATCH.require(match, "decline")
    check_reason(reason)
    return end_match(session, match, "decline", reason=reason, actor=actor, now=now)


def reject(session: Session, match: Match, *, reason: str, actor: Actor, now: datetime) -> Match:
    """A reviewer rejects a confirmed match at the first look; an approver one under notice.

    Raises NotFound, Forbidden, WrongState, Invalid.
    """
    match = queries.lock_match(session, match.id)
    require_visible(policy.can_see(session, actor, match))
    confirmed = match.status is MatchStatus.CONFIRMED
    noticed = match.status is MatchStatus.NOTICED
    may_review = policy.can_review(session, actor, match)
    may_decide = policy.can_decide(session, actor, match)
    require_allowed(may_review if confirmed else may_decide if noticed else may_review or may_decide)
    MATCH.require(match, "reject")
    check_reason(reason)
    return end_match(session, match, "reject", reason=reason, actor=actor, now=now)


def lapse_due(session: Session, now: datetime) -> int:
    """End one batch of proposed matches that were not confirmed in time, and return how many. Commits nothing."""
    lapsed = 0
    for match_id in queries.overdue_ids(session, now):
        match = queries.lock_match(session, match_id)
        if match.status is MatchStatus.PROPOSED:
            end_match(session, match, "lapse", reason="", actor=SYSTEM, now=now)
            lapsed += 1
    return lapsed


def end_selection(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """The anchor firm ends its selection: matched with at least one approved match, else unfilled.

    Raises NotFound, Forbidden, WrongState, and Conflict while a match is under way.
    """
    scenario = lock_scenario(session, scenario.id)
    require_visible(can_see_scenario(session, actor, scenario))
    require_allowed(policy.can_end_selection(actor, scenario))
    if scenario.status is not ScenarioStatus.EVALUATING:
        raise WrongState
    if queries.has_match_under_way(session, scenario.id):
        raise Conflict(_l("A match is under way: wait for its end, or decline it."))
    approved = any(match.status is MatchStatus.APPROVED for match in queries.scenario_matches(session, scenario.id))
    end = scenarios.fill if approved else scenarios.end_unfilled
    scenario = end(session, scenario, actor=actor, now=now)
    solutions.pass_over_rest(session, scenario.id, actor=actor, now=now)
    projects.finish_if_over(session, scenario, actor=actor, now=now)
    return scenario
