"""Reading solutions. What somebody may see of them is `policy.py`'s question."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, exists, false, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.actor import Actor
from app.errors import NotFound
from app.products.models import Product, ProductStatus
from app.scenarios import facts
from app.scenarios.models import (
    Criterion,
    Invitation,
    InvitationKind,
    InvitationStatus,
    RequirementLine,
    Scenario,
    ScenarioStatus,
)
from app.scenarios.policy import asks_to_evaluate
from app.scenarios.queries import lines_changed, lock_scenario
from app.solutions import policy
from app.solutions.models import ComplianceLine, Evaluation, Solution, SolutionStatus, SolutionVersion
from app.solutions.transitions import ANSWERED, UNDECIDED


@facts.has_submissions.answered_by
def has_submissions(session: Session, scenario_id: uuid.UUID) -> bool:
    """Whether at least one solution to the scenario is submitted (and not withdrawn)."""
    statement = select(exists().where(Solution.scenario_id == scenario_id, Solution.status.in_(ANSWERED)))
    return bool(session.scalar(statement))


def get_solution(session: Session, solution_id: uuid.UUID) -> Solution | None:
    """A solution with its scenario and both firms."""
    return session.scalar(
        select(Solution)
        .where(Solution.id == solution_id)
        .options(joinedload(Solution.scenario).joinedload(Scenario.organization), joinedload(Solution.organization))
    )


def solution_of_version(session: Session, version_id: uuid.UUID) -> Solution | None:
    """The solution to which a version belongs, with its scenario."""
    statement = select(Solution).join(SolutionVersion, SolutionVersion.solution_id == Solution.id)
    return session.scalar(statement.where(SolutionVersion.id == version_id).options(joinedload(Solution.scenario)))


def lock_solution(session: Session, solution_id: uuid.UUID) -> Solution:
    """Lock a solution's scenario, then the solution itself, and read both anew (the scenario with lines and criteria).

    Raises NotFound.
    """
    scenario_id = session.scalar(select(Solution.scenario_id).where(Solution.id == solution_id))
    if scenario_id is None:
        raise NotFound
    scenario = lock_scenario(session, scenario_id)
    statement = select(Solution).where(Solution.id == solution_id).with_for_update()
    solution = session.scalar(statement.execution_options(populate_existing=True))
    if solution is None:
        raise NotFound
    set_committed_value(solution, "scenario", scenario)
    return solution


def live_solution(session: Session, scenario_id: uuid.UUID, organization_id: uuid.UUID | None) -> Solution | None:
    """A firm's solution to a scenario that is not withdrawn: there is at most one."""
    return session.scalar(
        select(Solution).where(
            Solution.scenario_id == scenario_id,
            Solution.organization_id == organization_id,
            Solution.status != SolutionStatus.WITHDRAWN,
        )
    )


def answered_among(session: Session, solution_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the solutions that are submitted and not withdrawn."""
    if not solution_ids:
        return set()
    return set(session.scalars(select(Solution.id).where(Solution.id.in_(solution_ids), Solution.status.in_(ANSWERED))))


def live_solutions(session: Session, scenario_id: uuid.UUID) -> Sequence[Solution]:
    """All answers to a scenario that are not withdrawn, drafts among them: for telling each firm of its own, never to be shown."""
    statement = select(Solution).where(Solution.scenario_id == scenario_id, Solution.status != SolutionStatus.WITHDRAWN)
    return session.scalars(statement.order_by(Solution.id)).all()


def _versions() -> Select[SolutionVersion]:
    return select(SolutionVersion).options(
        selectinload(SolutionVersion.products).selectinload(Product.parameters), selectinload(SolutionVersion.compliance)
    )


def working_version(session: Session, solution_id: uuid.UUID) -> SolutionVersion | None:
    """The version that the firm is writing, with its products and its answers; None when nothing is being written."""
    statement = _versions().where(SolutionVersion.solution_id == solution_id, SolutionVersion.submitted_at.is_(None))
    return session.scalar(statement.execution_options(populate_existing=True))


def outdated_lines(
    session: Session, scenario_id: uuid.UUID, versions: Iterable[SolutionVersion | None]
) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Of each version by its id: the requirement lines that ask for something else since it was submitted. One statement."""
    changed = lines_changed(session, scenario_id)
    return {
        version.id: {line_id for line_id, at in changed.items() if version.submitted_at and at > version.submitted_at}
        for version in versions
        if version is not None
    }


def working_versions(session: Session, solution_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SolutionVersion]:
    """What is being written, by solution, with products and answers: a fixed number of statements."""
    writing = (SolutionVersion.solution_id.in_(list(solution_ids)), SolutionVersion.submitted_at.is_(None))
    return {version.solution_id: version for version in session.scalars(_versions().where(*writing))}


def submitted_version(session: Session, solution_id: uuid.UUID) -> SolutionVersion | None:
    """The submitted version that counts: the latest."""
    return current_versions(session, [solution_id]).get(solution_id)


def current_versions(session: Session, solution_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SolutionVersion]:
    """The latest submitted version of each solution, with products and answers: a fixed number of statements."""
    latest = (
        select(SolutionVersion.solution_id, func.max(SolutionVersion.number).label("number"))
        .where(SolutionVersion.solution_id.in_(list(solution_ids)), SolutionVersion.submitted_at.is_not(None))
        .group_by(SolutionVersion.solution_id)
        .subquery()
    )
    statement = _versions().join(
        latest, (latest.c.solution_id == SolutionVersion.solution_id) & (latest.c.number == SolutionVersion.number)
    )
    return {version.solution_id: version for version in session.scalars(statement.options(defer(SolutionVersion.content)))}


def version_of(session: Session, solution_id: uuid.UUID, number: int) -> SolutionVersion | None:
    """One version by its number, with products and answers."""
    return session.scalar(_versions().where(SolutionVersion.solution_id == solution_id, SolutionVersion.number == number))


def versions_read_by(actor: Actor, solution: Solution) -> Select[SolutionVersion]:
    """The versions that somebody who sees the solution may read, the latest first, with products and answers: a statement.

    The firm reads all, whoever reads the history those that were submitted, others the one that counts.
    """
    statement = _versions().where(SolutionVersion.solution_id == solution.id).order_by(SolutionVersion.number.desc())
    if actor.belongs_to(solution.organization_id):
        return statement
    submitted = (SolutionVersion.solution_id == solution.id, SolutionVersion.submitted_at.is_not(None))
    if policy.can_read_history(actor, solution):
        return statement.where(*submitted)
    latest = select(func.max(SolutionVersion.number)).where(*submitted)
    return statement.where(*submitted, SolutionVersion.number == latest.scalar_subquery())


def history_of(session: Session, solution_id: uuid.UUID) -> Sequence[SolutionVersion]:
    """All versions without their content, newest first."""
    statement = select(SolutionVersion).where(SolutionVersion.solution_id == solution_id)
    return session.scalars(statement.order_by(SolutionVersion.number.desc()).options(defer(SolutionVersion.content))).all()


def requirements_of(session: Session, scenario_id: uuid.UUID) -> Sequence[RequirementLine]:
    """The requirement lines of a scenario that are in force, in their order."""
    statement = select(RequirementLine).where(RequirementLine.scenario_id == scenario_id, RequirementLine.retired.is_(False))
    return session.scalars(statement.order_by(RequirementLine.position)).all()


def criteria_of(session: Session, scenario_id: uuid.UUID) -> Sequence[Criterion]:
    """The criteria of a scenario, in their order."""
    statement = select(Criterion).where(Criterion.scenario_id == scenario_id)
    return session.scalars(statement.order_by(Criterion.position)).all()


def products_of(session: Session, organization_id: uuid.UUID, *, keep: Collection[uuid.UUID] = ()) -> Sequence[Product]:
    """What a firm can offer: its active products, and those already chosen (`keep`), with parameters."""
    statement = (
        select(Product)
        .where(Product.organization_id == organization_id, or_(Product.status == ProductStatus.ACTIVE, Product.id.in_(list(keep))))
        .order_by(Product.name, Product.id)
        .options(selectinload(Product.parameters))
    )
    return session.scalars(statement).all()


def lines_by_requirement(version: SolutionVersion | None) -> dict[uuid.UUID, ComplianceLine]:
    """A version's answers by requirement line."""
    return {line.requirement_id: line for line in version.compliance} if version is not None else {}


def answered_solutions(session: Session, scenario_id: uuid.UUID) -> Sequence[Solution]:
    """The submitted solutions of a scenario (shortlisted, selected and declined ones too) with their firms, by time."""
    statement = (
        select(Solution)
        .where(Solution.scenario_id == scenario_id, Solution.status.in_(ANSWERED))
        .order_by(Solution.submitted_at, Solution.id)
        .options(joinedload(Solution.organization), joinedload(Solution.scenario))
    )
    return session.scalars(statement).all()


def solutions_of_firms(organization_ids: Iterable[uuid.UUID], status: SolutionStatus | None = None) -> Select[Solution]:
    """The statement for a person's firms' solutions, newest first."""
    statement = (
        select(Solution)
        .where(Solution.organization_id.in_(list(organization_ids)))
        .order_by(Solution.created_at.desc(), Solution.id)
        .options(joinedload(Solution.scenario).joinedload(Scenario.organization), joinedload(Solution.organization))
    )
    return statement if status is None else statement.where(Solution.status == status)


def counts_by_status(session: Session, organization_ids: Iterable[uuid.UUID]) -> dict[SolutionStatus, int]:
    """How many solutions the firms have in each state."""
    statement = (
        select(Solution.status, func.count()).where(Solution.organization_id.in_(list(organization_ids))).group_by(Solution.status)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def to_evaluate(actor: Actor, *, now: datetime) -> Select[Solution]:
    """The statement for solutions that this person may score: scenario under evaluation, not answered by the own firm."""
    closed = or_(
        Scenario.status == ScenarioStatus.EVALUATING, (Scenario.status == ScenarioStatus.OPEN) & (Scenario.closes_at <= now)
    )
    invited = exists().where(Invitation.scenario_id == Scenario.id, asks_to_evaluate(actor))
    firms = [organization_id for organization_id, affiliation in actor.affiliations.items() if affiliation.verified]
    own = select(Solution.scenario_id).where(Solution.organization_id.in_(list(actor.affiliations)), Solution.status.in_(ANSWERED))
    return (
        select(Solution)
        .join(Solution.scenario)
        .where(closed, or_(invited if policy.evaluates_if_invited(actor) else false(), Scenario.organization_id.in_(firms)))
        .where(Solution.status.in_(UNDECIDED), Solution.scenario_id.not_in(own))
        .order_by(Scenario.closes_at, Scenario.id, Solution.submitted_at, Solution.id)
        .options(joinedload(Solution.scenario), joinedload(Solution.organization))
    )


def evaluation_of(session: Session, solution_id: uuid.UUID, evaluator_id: uuid.UUID | None) -> Evaluation | None:
    """One person's evaluation of a solution, with its scores."""
    statement = select(Evaluation).where(Evaluation.solution_id == solution_id, Evaluation.evaluator_id == evaluator_id)
    return session.scalar(statement.options(selectinload(Evaluation.scores)))


def own_evaluations(
    session: Session, evaluator_id: uuid.UUID | None, solution_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, Evaluation]:
    """One person's evaluations of these solutions, by solution, without scores."""
    statement = select(Evaluation).where(Evaluation.evaluator_id == evaluator_id, Evaluation.solution_id.in_(list(solution_ids)))
    return {evaluation.solution_id: evaluation for evaluation in session.scalars(statement)}


def evaluations_of(session: Session, solution_ids: Iterable[uuid.UUID]) -> Sequence[Evaluation]:
    """All evaluations of these solutions with their scores, by time."""
    statement = select(Evaluation).where(Evaluation.solution_id.in_(list(solution_ids)))
    return session.scalars(
        statement.order_by(Evaluation.submitted_at, Evaluation.id).options(selectinload(Evaluation.scores))
    ).all()


def evaluators_of(session: Session, scenario_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Who was invited to evaluate the scenario's solutions and has not declined; those without an account left out."""
    statement = select(Invitation.user_id).where(
        Invitation.scenario_id == scenario_id,
        Invitation.kind == InvitationKind.EVALUATOR,
        Invitation.status != InvitationStatus.DECLINED,
        Invitation.user_id.is_not(None),
    )
    return [user_id for user_id in session.scalars(statement) if user_id is not None]
