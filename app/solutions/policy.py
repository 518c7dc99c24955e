"""Who may see a solution, and who may do what with it. States are `transitions.py`'s question, not this one's.

Until the closing time a solution exists for nobody but its firm (an auditor reads it where the scenario is not sealed). After it
the anchor firm, the scenario's evaluators and the administrators read the submitted version. A person of any firm that answered
is a competitor and reads only the own firm's solution, whatever other duties that person has. A system administrator reads none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actor import Actor, Role
from app.attachments.models import Attachment
from app.scenarios.models import Invitation, Scenario, ScenarioStatus
from app.scenarios.policy import asks_to_evaluate
from app.solutions.models import Evaluation, Solution, SolutionVersion
from app.solutions.transitions import ANSWERED, UNDECIDED

AFTER_CLOSING = {ScenarioStatus.EVALUATING, ScenarioStatus.MATCHED, ScenarioStatus.CLOSED, ScenarioStatus.UNFILLED}


@dataclass(frozen=True)
class Standing:
    """What a person is to the solutions of one scenario: invited to evaluate (and has not declined), of a firm that answered."""

    evaluates: bool = False
    answered: bool = False


def standings_of(session: Session, actor: Actor, scenario_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """How a person stands to the solutions of each scenario: two statements."""
    ids = list(scenario_ids)
    if not actor.signed_in or not ids:
        return dict.fromkeys(ids, Standing())
    invited = select(Invitation.scenario_id).where(Invitation.scenario_id.in_(ids), asks_to_evaluate(actor))
    answered = select(Solution.scenario_id).where(
        Solution.scenario_id.in_(ids), Solution.organization_id.in_(list(actor.affiliations)), Solution.status.in_(ANSWERED)
    )
    evaluating = set(session.scalars(invited)) if evaluates_if_invited(actor) else set()
    competing = set(session.scalars(answered)) if actor.affiliations else set()
    return {scenario_id: Standing(scenario_id in evaluating, scenario_id in competing) for scenario_id in ids}


def standing_of(session: Session, actor: Actor, scenario_id: UUID) -> Standing:
    """How a person stands to the solutions of one scenario."""
    return standings_of(session, actor, [scenario_id])[scenario_id]


def evaluates_if_invited(actor: Actor) -> bool:
    """Auditors and system administrators never evaluate, and a firm's program does not in its maker's place."""
    return not (actor.has(Role.AUDITOR) or actor.has(Role.ADMIN) or actor.for_firm)


def past_closing(scenario: Scenario, now: datetime) -> bool:
    """Whether solutions are in the open for those who judge: time decides this, not the worker that moves the state later."""
    if scenario.status is ScenarioStatus.OPEN:
        return scenario.closes_at is not None and scenario.closes_at <= now
    return scenario.status in AFTER_CLOSING


def under_evaluation(scenario: Scenario, now: datetime) -> bool:
    """Whether solutions are being scored, shortlisted and declined: from the closing time until the selection has ended."""
    return scenario.status in {ScenarioStatus.OPEN, ScenarioStatus.EVALUATING} and past_closing(scenario, now)


def can_list(actor: Actor, scenario: Scenario, standing: Standing, *, now: datetime) -> bool:
    """Whether this person sees that (and which) solutions to the scenario exist, beyond the own firm's."""
    if actor.is_system:
        return True
    if standing.answered or actor.has(Role.ADMIN):
        return False
    if actor.has(Role.AUDITOR):
        return not scenario.hides_solutions(now)
    reader = actor.belongs_to(scenario.organization_id) or standing.evaluates or actor.is_administrator
    return reader and past_closing(scenario, now)


def can_see(actor: Actor, solution: Solution, standing: Standing, *, now: datetime) -> bool:
    """Whether the solution exists for this person. Needs `solution.scenario`."""
    if actor.is_system or (actor.belongs_to(solution.organization_id) and not actor.has(Role.ADMIN)):
        return True
    return solution.status in ANSWERED and can_list(actor, solution.scenario, standing, now=now)


def can_read_attachment(session: Session, actor: Actor, solution: Solution, attachment: Attachment, *, now: datetime) -> bool:
    """Whether this person may open a file of the solution: the firm any, others those of the submitted version that counts."""
    if not can_see(actor, solution, standing_of(session, actor, solution.scenario_id), now=now):
        return False
    latest = select(func.max(SolutionVersion.number)).where(
        SolutionVersion.solution_id == solution.id, SolutionVersion.submitted_at.is_not(None)
    )
    counts = select(SolutionVersion.id).where(
        SolutionVersion.solution_id == solution.id, SolutionVersion.number == latest.scalar_subquery()
    )
    return actor.belongs_to(solution.organization_id) or attachment.solution_version_id == session.scalar(counts)


def can_read_history(actor: Actor, solution: Solution) -> bool:
    """The firm reads all its versions, the auditor too; others the one that counts."""
    return actor.belongs_to(solution.organization_id) or actor.has(Role.AUDITOR)


def can_start(actor: Actor, scenario: Scenario, organization_id: UUID | None) -> bool:
    """Members of a verified chip firm answer, never the scenario of their own firm."""
    affiliation = actor.affiliations.get(organization_id) if organization_id else None
    chip = affiliation is not None and affiliation.verified and affiliation.chip
    return chip and organization_id != scenario.organization_id


def can_edit(actor: Actor, solution: Solution) -> bool:
    """Members of the (verified) firm write, submit and withdraw."""
    return actor.acts_for(solution.organization_id)


def can_decide(actor: Actor, scenario: Scenario, standing: Standing) -> bool:
    """Members of the anchor firm shortlist, decline and select; one who also belongs to a firm that answered does not."""
    return actor.acts_for(scenario.organization_id) and not standing.answered


def can_evaluate(actor: Actor, scenario: Scenario, standing: Standing) -> bool:
    """Evaluators who accepted an invitation, and the anchor firm's members; nobody whose own organisation answered the scenario."""
    return (standing.evaluates or actor.acts_for(scenario.organization_id)) and not standing.answered


def can_see_evaluations(actor: Actor, solution: Solution, standing: Standing, own: Evaluation | None, *, now: datetime) -> bool:
    """Whether this person sees the others' scores. Who may score sees them once the own scores are in, or scoring is over.

    A declared conflict is no score: it opens nothing. The firm never sees scores. Needs `solution.scenario`.
    """
    if actor.belongs_to(solution.organization_id) or not can_see(actor, solution, standing, now=now):
        return False
    over = solution.status not in UNDECIDED or not under_evaluation(solution.scenario, now)
    in_already = own is not None and not own.conflict
    return in_already or (over and own is None) or not can_evaluate(actor, solution.scenario, standing)
