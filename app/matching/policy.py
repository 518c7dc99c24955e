"""Who may see a match, and who may do what with it. States are `transitions.py`'s question. All need `match.scenario`.

Each rule of sight stands twice, for one record and as a condition for lists; a test holds the two together.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from app.actor import Actor, Role
from app.matching.models import Match, MatchStatus, Objection
from app.matching.transitions import MATCH
from app.scenarios import policy as scenario_policy
from app.scenarios.models import Scenario
from app.scenarios.policy import Sight
from app.solutions.models import Solution
from app.solutions.policy import standings_of
from app.solutions.transitions import ANSWERED

PUBLIC = (MatchStatus.NOTICED, MatchStatus.APPROVED)


def is_party(actor: Actor, match: Match) -> bool:
    """Whether this person belongs to one of the two firms."""
    return actor.belongs_to(match.scenario.organization_id) or actor.belongs_to(match.firm_id)


def neutral_among(session: Session, actor: Actor, matches: Collection[Match]) -> set[uuid.UUID]:
    """The matches to whose firms this person does not belong, nor to one that answered the same scenario; two statements.

    Not the system administrator's, either, where a solution was selected: that person reads none.
    """
    standings = standings_of(session, actor, {match.scenario_id for match in matches}) if actor.affiliations else {}
    competing = {scenario_id for scenario_id, standing in standings.items() if standing.answered}
    reads_all = not actor.has(Role.ADMIN)
    return {
        match.id
        for match in matches
        if not is_party(actor, match) and match.scenario_id not in competing and (reads_all or match.is_direct)
    }


def is_neutral(session: Session, actor: Actor, match: Match) -> bool:
    """Whether this person has no part in the match: only such a person reviews and decides."""
    return match.id in neutral_among(session, actor, [match])


def sights_of(session: Session, actor: Actor, matches: Collection[Match]) -> dict[uuid.UUID, Sight]:
    """How much of each match this person sees: its firms, administrators and auditors all; the public a minimum from the notice on.

    Somebody who objected goes on seeing the minimum, whatever became of the match. Three statements.
    """
    if actor.is_system or actor.has(Role.AUDITOR):
        return {match.id: Sight.ALL for match in matches}
    whole = {match.id for match in matches if is_party(actor, match)}
    if actor.is_administrator:
        whole |= neutral_among(session, actor, matches)
    minimum = {match.id for match in matches if match.status in PUBLIC}
    rest = [match.id for match in matches if match.id not in whole | minimum]
    if actor.signed_in and rest:
        objected = select(Objection.match_id).where(Objection.match_id.in_(rest), Objection.user_id == actor.user_id)
        minimum |= set(session.scalars(objected))
    return {
        match.id: Sight.ALL if match.id in whole else Sight.MINIMUM if match.id in minimum else Sight.NOTHING for match in matches
    }


def sight_of(session: Session, actor: Actor, match: Match) -> Sight:
    """How much of one match this person sees."""
    return sights_of(session, actor, [match])[match.id]


def can_see(session: Session, actor: Actor, match: Match) -> bool:
    """Whether the match exists for this person, if only by the public minimum."""
    return sight_of(session, actor, match) is not Sight.NOTHING


def party_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which this person belongs to one of the firms. The statement joins Match.scenario."""
    firms = list(actor.affiliations)
    return or_(Match.firm_id.in_(firms), Scenario.organization_id.in_(firms)) if firms else false()


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a match is seen in lists; the same rule as `sights_of`. The statement joins Match.scenario."""
    if actor.is_system or actor.has(Role.AUDITOR):
        return true()
    answered = exists().where(
        Solution.scenario_id == Match.scenario_id,
        Solution.organization_id.in_(list(actor.affiliations)),
        Solution.status.in_(ANSWERED),
    )
    reviewed = ~answered if actor.affiliations else true()
    if actor.has(Role.ADMIN):
        reviewed = and_(reviewed, Match.solution_id.is_(None))
    objected = exists().where(Objection.match_id == Match.id, Objection.user_id == actor.user_id)
    return or_(
        Match.status.in_(PUBLIC),
        party_to(actor),
        reviewed if actor.is_administrator else false(),
        objected if actor.signed_in else false(),
    )


def sees_every_state(actor: Actor) -> bool:
    """Whether matches of other firms in every state stand in this person's lists; others see them from the notice on."""
    return actor.is_administrator or actor.has(Role.AUDITOR)


def can_propose(session: Session, actor: Actor, scenario: Scenario) -> bool:
    """A reviewer who is not of the anchor firm proposes a direct match for a scenario that the reviewer reads."""
    return scenario_policy.can_review(actor, scenario) and scenario_policy.can_read(session, actor, scenario)


def can_answer(actor: Actor, match: Match) -> bool:
    """Members of either (verified) firm confirm or decline."""
    return actor.acts_for(match.scenario.organization_id) or actor.acts_for(match.firm_id)


def reviews(actor: Actor, match: Match) -> bool:
    """A reviewer other than the proposer."""
    return actor.has(Role.REVIEWER) and actor.user_id != match.proposed_by


def can_review(session: Session, actor: Actor, match: Match) -> bool:
    """A reviewer other than the proposer, and neutral."""
    return reviews(actor, match) and is_neutral(session, actor, match)


def decides(actor: Actor, match: Match) -> bool:
    """An approver who has neither proposed nor reviewed the match."""
    return actor.has(Role.APPROVER) and actor.user_id not in {match.proposed_by, match.reviewed_by}


def can_decide(session: Session, actor: Actor, match: Match) -> bool:
    """An approver who has neither proposed nor reviewed the match, and neutral."""
    return decides(actor, match) and is_neutral(session, actor, match)


def can_object(actor: Actor) -> bool:
    """Any signed-in person, by name and so not by a firm's program; an auditor changes nothing."""
    return actor.signed_in and not actor.for_firm and not actor.has(Role.AUDITOR)


def decides_objection(actor: Actor, objection: Objection) -> bool:
    """An approver other than the one who objects."""
    return actor.has(Role.APPROVER) and actor.user_id != objection.user_id


def can_decide_objection(session: Session, actor: Actor, match: Match, objection: Objection) -> bool:
    """An approver other than the one who objects, and neutral."""
    return decides_objection(actor, objection) and is_neutral(session, actor, match)


def can_end_selection(actor: Actor, scenario: Scenario) -> bool:
    """Members of the anchor firm."""
    return scenario_policy.can_edit(actor, scenario)


def actions(session: Session, actor: Actor, match: Match, now: datetime) -> set[str]:
    """What this person can do with the match in its present state: what a page offers. Needs `match.objections`."""
    may = {
        "confirm": _side_open(actor, match) and now < match.confirm_by,
        "decline": can_answer(actor, match),
        "review": can_review(session, actor, match),
        "reject": (can_review if match.status is MatchStatus.CONFIRMED else can_decide)(session, actor, match),
        "approve": can_decide(session, actor, match) and not match.notice_runs(now),
    }
    possible = {action for action, allowed in may.items() if allowed and MATCH.allows(match.status, action)}
    if can_object(actor) and match.notice_runs(now) and not match.has_objection_of(actor.user_id):
        possible.add("object")
    return possible


def _side_open(actor: Actor, match: Match) -> bool:
    firm = actor.acts_for(match.firm_id) and match.firm_confirmed_at is None
    return firm or (actor.acts_for(match.scenario.organization_id) and match.anchor_confirmed_at is None)


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a proposed match waits for the yes of one of this person's firms. Joins Match.scenario."""
    firms = [organization_id for organization_id, affiliation in actor.affiliations.items() if affiliation.verified]
    return and_(
        Match.status == MatchStatus.PROPOSED,
        or_(
            and_(Match.firm_id.in_(firms), Match.firm_confirmed_at.is_(None)),
            and_(Scenario.organization_id.in_(firms), Match.anchor_confirmed_at.is_(None)),
        ),
    )
