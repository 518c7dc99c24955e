"""Submitting a version for good, taking the answer back, and what an amendment does to answers that are in."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import SYSTEM, Actor
from app.attachments.queries import attachments_of
from app.audit import operations as audit
from app.errors import WrongState, collecting, require_fresh
from app.outbox import operations as outbox
from app.scenarios.models import Scenario
from app.scenarios.queries import lock_scenario
from app.solutions import queries
from app.solutions.content import content_of, digest
from app.solutions.missing import missing
from app.solutions.models import Solution, SolutionStatus, SolutionVersion
from app.solutions.operations.access import lock_for_firm, seal_of
from app.solutions.transitions import SOLUTION


def submit_solution(session: Session, solution: Solution, *, actor: Actor, now: datetime, version: int | None = None) -> Solution:
    """Submit the working version: accepted if and only if `now` is before the closing time, under the scenario's lock.

    The version gets its receipt: the time, and the SHA-256 of its canonical content; it never changes again. Sent twice, the second
    one changes nothing. Raises WrongState when it is too late, Invalid with all that is missing, Stale.
    """
    solution = lock_for_firm(session, solution, actor, now)
    scenario = solution.scenario
    SOLUTION.require(solution, "submit")
    if not scenario.accepts_solutions(now):
        raise WrongState
    working = queries.working_version(session, solution.id)
    if working is None:
        return solution
    require_fresh(working.version, version)
    with collecting() as problems:
        for field, reason in missing(working, scenario.requirements):
            problems.add(field, reason)
    _write_receipt(session, solution, working, scenario, actor, now)
    before = solution.status
    SOLUTION.move(solution, "submit")
    solution.submitted_at, solution.outdated_since = now, None
    session.flush()
    receipt = {"status": solution.status, "version": working.number, "sha256": working.sha256}
    seal = seal_of(scenario, now)
    audit.record(session, "solutions.submit", solution, actor=actor, now=now, before={"status": before}, after=receipt, seal=seal)
    outbox.emit(session, "solution.submitted", str(working.id), now=now, solution_id=solution.id, version=working.number)
    return solution


def _write_receipt(
    session: Session, solution: Solution, working: SolutionVersion, scenario: Scenario, actor: Actor, now: datetime
) -> None:
    answers = queries.lines_by_requirement(working)
    attachments = attachments_of(session, solution_version_id=working.id)
    working.content = content_of(solution, working, scenario.requirements, answers, attachments, submitted_at=now)
    working.sha256 = digest(working.content)
    working.submitted_at, working.submitted_by, working.updated_at = now, actor.user_id, now


def withdraw(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Solution:
    """Take a submitted answer back, before the closing time; the firm may start anew. Raises WrongState when it is too late."""
    solution = lock_for_firm(session, solution, actor, now)
    SOLUTION.require(solution, "withdraw")
    if not solution.scenario.accepts_solutions(now):
        raise WrongState
    working = queries.working_version(session, solution.id)
    if working is not None:
        session.delete(working)
    SOLUTION.move(solution, "withdraw")
    session.flush()
    seal = seal_of(solution.scenario, now)
    audit.record(session, "solutions.withdraw", solution, actor=actor, now=now, after={"status": solution.status}, seal=seal)
    outbox.emit(session, "solution.withdrawn", str(solution.id), now=now, solution_id=solution.id)
    return solution


def flag_outdated(session: Session, scenario_id: uuid.UUID, *, changed_at: datetime, now: datetime) -> Sequence[Solution]:
    """Mark what was submitted before the requirement lines changed, and return it; a new version clears the mark.

    The system's own step: it follows, some time later, an amendment that a reviewer approved. What was submitted in between has
    answered the lines as they are.
    """
    scenario = lock_scenario(session, scenario_id)
    statement = select(Solution).where(
        Solution.scenario_id == scenario_id, Solution.status == SolutionStatus.SUBMITTED, Solution.submitted_at <= changed_at
    )
    solutions = session.scalars(statement.with_for_update().execution_options(populate_existing=True)).all()
    for solution in solutions:
        solution.outdated_since = changed_at
        audit.record(session, "solutions.outdate", solution, actor=SYSTEM, now=now, seal=seal_of(scenario, now))
    return solutions
