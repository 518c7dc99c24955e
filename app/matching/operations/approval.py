"""The public notice and what ends it well: objections with their decision, and the approval that makes the project."""

import uuid
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.clock import end_of_day, shanghai_day
from app.errors import REASON_LENGTH, Conflict, WrongState, check_reason, collecting, require_allowed, require_visible
from app.matching import policy, queries
from app.matching.labels import NO_PLACE_LEFT
from app.matching.models import UNDER_WAY, Match, Objection, ObjectionState
from app.matching.operations.endings import end_match
from app.matching.transitions import MATCH
from app.outbox import operations as outbox
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from app.scenarios.models import Scenario, ScenarioStatus
from app.solutions import operations as solutions
from app.taxonomy.queries import add_working_days, working_days_between


def raise_objection(
    session: Session, match: Match, objection_id: uuid.UUID, *, text: str, actor: Actor, now: datetime
) -> Objection:
    """Object to a match under notice, by name; its clock stands still until an approver has decided. Sent twice, it is one.

    Raises NotFound, Forbidden, WrongState once the notice is over, Conflict for a second one of the same person, whatever became of
    the first, and Invalid.
    """
    match = queries.lock_match(session, match.id)
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_object(actor))
    present = next((objection for objection in match.objections if objection.id == objection_id), None)
    if present is not None:
        require_visible(present.user_id == actor.user_id)
        return present
    if not match.notice_runs(now):
        raise WrongState
    if match.has_objection_of(actor.user_id):
        raise Conflict(_l("You have objected to this match already."))
    with collecting() as problems:
        if not text.strip():
            problems.add("text", _l("Say what you object to."))
        problems.limit("text", text, REASON_LENGTH)
    objection = Objection(id=objection_id, match_id=match.id, user_id=actor.user_id, text=text.strip(), raised_at=now)
    match.objections.append(objection)
    session.flush()
    audit.record(session, "matching.object", objection, actor=actor, now=now, after={"match": match.id, "text": objection.text})
    outbox.emit(session, "match.objected", str(objection.id), now=now, match_id=match.id, objection_id=objection.id)
    return objection


def decide_objection(
    session: Session, objection: Objection, *, upheld: bool, reason: str, actor: Actor, now: datetime
) -> Objection:
    """An approver decides an objection: upheld, it ends the match; dismissed, it lets the clock go on.

    The end of the notice then moves by the working days on which the clock stood still. Raises NotFound, Forbidden, WrongState,
    Invalid.
    """
    match = queries.lock_match(session, queries.objection_match_id(session, objection.id))
    objection = next(row for row in match.objections if row.id == objection.id)
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_decide_objection(session, actor, match, objection))
    if match.state_of(objection) is not ObjectionState.WAITING:
        raise WrongState
    check_reason(reason)
    objection.decided_by, objection.decided_at = actor.user_id, now
    objection.upheld, objection.decision_reason = upheld, reason.strip()
    after = {"match": match.id, "upheld": upheld, "reason": objection.decision_reason}
    audit.record(session, "matching.decide_objection", objection, actor=actor, now=now, after=after)
    outbox.emit(session, "match.objection_decided", str(objection.id), now=now, match_id=match.id, objection_id=objection.id)
    if upheld:
        end_match(session, match, "uphold", reason=objection.decision_reason, actor=actor, now=now)
    elif not match.clock_stands_still and match.notice_ends_at is not None:
        days = working_days_between(session, _stopped_on(match), shanghai_day(now))
        # the end is the midnight after the last day
        last_day = shanghai_day(match.notice_ends_at - timedelta(microseconds=1))
        match.notice_ends_at = end_of_day(add_working_days(session, last_day, days))
    return objection


def _stopped_on(match: Match) -> date:
    """Since which day the clock has stood still: when the first of the objections that overlap up to now was raised."""
    since: datetime | None = None
    until: datetime | None = None
    for objection in match.objections:
        if since is None or until is None or objection.raised_at >= until:
            since, until = objection.raised_at, objection.decided_at
        elif objection.decided_at is not None:
            until = max(until, objection.decided_at)
    assert since is not None  # noqa: S101 - an objection has just been decided
    return shanghai_day(since)


def approve(session: Session, match: Match, *, actor: Actor, now: datetime) -> Match:
    """Approve a match after its notice: it takes the lowest free place, and its project is made in the same transaction.

    With the last place the scenario is matched, the matches still under way end, and what is undecided is declined; an unfilled
    scenario is matched by its first.
    Raises NotFound, Forbidden (also for whoever proposed or reviewed it), WrongState, and Conflict while the notice runs or an
    objection waits.
    """
    match = queries.lock_match(session, match.id)
    scenario = match.scenario
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_decide(session, actor, match))
    MATCH.require(match, "approve")
    if match.notice_runs(now):
        raise Conflict(_l("The public notice is not over, or an objection waits for its decision."))
    others = [other for other in queries.scenario_matches(session, scenario.id) if other.id != match.id]
    taken = {other.place for other in others if other.place is not None}
    free = [place for place in range(1, scenario.award_places + 1) if place not in taken]
    if not free:
        raise Conflict(_l("No place is left: every award place is taken."))
    match.place, match.decided_by, match.decided_at = free[0], actor.user_id, now
    MATCH.move(match, "approve")
    session.flush()
    audit.record(session, "matching.approve", match, actor=actor, now=now, after={"place": match.place})
    outbox.emit(session, "match.approved", str(match.id), now=now, match_id=match.id)
    projects.establish(
        session, scenario, match_id=match.id, firm_id=match.firm_id, local_new=bool(match.local_new_verified), actor=actor, now=now
    )
    if len(free) == 1:
        _displace(session, others, actor, now)
    _fill(session, scenario, full=len(free) == 1, actor=actor, now=now)
    return match


def _displace(session: Session, others: list[Match], actor: Actor, now: datetime) -> None:
    for other in others:
        if other.status in UNDER_WAY:
            locked = queries.lock_match(session, other.id)
            end_match(session, locked, "displace", reason=NO_PLACE_LEFT, actor=actor, now=now)


def _fill(session: Session, scenario: Scenario, *, full: bool, actor: Actor, now: datetime) -> None:
    if scenario.status is ScenarioStatus.UNFILLED or (full and scenario.status is ScenarioStatus.EVALUATING):
        scenarios.fill(session, scenario, actor=actor, now=now)
        solutions.pass_over_rest(session, scenario.id, actor=actor, now=now)
