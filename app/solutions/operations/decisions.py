"""What the anchor firm decides after the closing time, and what matching does to a selected solution."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.errors import WrongState, check_reason, require_allowed
from app.outbox import operations as outbox
from app.solutions import policy, queries
from app.solutions.labels import SELECTION_ENDED
from app.solutions.models import Solution
from app.solutions.operations.access import lock_visible
from app.solutions.transitions import SOLUTION, UNDECIDED


def shortlist(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Solution:
    """Put a submitted solution on the short list. Raises WrongState outside of the evaluation."""
    solution = _lock_for_anchor(session, solution, "shortlist", actor, now)
    _move(session, solution, "shortlist", "solution.shortlisted", actor, now)
    solution.shortlisted_at = now
    return solution


def decline(session: Session, solution: Solution, *, reason: str, actor: Actor, now: datetime) -> Solution:
    """Say no to a solution, with a reason that its firm reads. Raises WrongState outside of the evaluation, Invalid."""
    solution = _lock_for_anchor(session, solution, "decline", actor, now)
    check_reason(reason)
    solution.decline_reason = reason
    _move(session, solution, "decline", "solution.declined", actor, now, reason=reason)
    return solution


def pass_over_rest(session: Session, scenario_id: uuid.UUID, *, actor: Actor, now: datetime) -> int:
    """Decline what is still undecided when a selection has ended; returns how many. Matching calls it, having checked who may."""
    statement = select(Solution.id).where(Solution.scenario_id == scenario_id, Solution.status.in_(UNDECIDED))
    ids = session.scalars(statement.order_by(Solution.id)).all()
    for solution_id in ids:
        solution = queries.lock_solution(session, solution_id)
        solution.decline_reason = SELECTION_ENDED
        _move(session, solution, "pass_over", "solution.passed_over", actor, now)
    return len(ids)


def mark_selected(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Solution:
    """Select a shortlisted solution. Matching calls it in the transaction that proposes the match."""
    solution = _lock_for_anchor(session, solution, "select", actor, now)
    _move(session, solution, "select", "solution.selected", actor, now)
    return solution


def return_to_shortlist(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Solution:
    """Put a selected solution back, its match having ended without approval. Matching calls it, having checked who may end it."""
    solution = queries.lock_solution(session, solution.id)
    _move(session, solution, "return_to_shortlist", "solution.returned", actor, now)
    return solution


def _lock_for_anchor(session: Session, solution: Solution, action: str, actor: Actor, now: datetime) -> Solution:
    solution, standing = lock_visible(session, solution, actor, now)
    require_allowed(policy.can_decide(actor, solution.scenario, standing))
    SOLUTION.require(solution, action)
    if not policy.under_evaluation(solution.scenario, now):
        raise WrongState
    return solution


def _move(session: Session, solution: Solution, action: str, event: str, actor: Actor, now: datetime, **details: str) -> None:
    before = {"status": solution.status}
    SOLUTION.move(solution, action)
    session.flush()
    after = {"status": solution.status, **details}
    audit.record(session, f"solutions.{action}", solution, actor=actor, now=now, before=before, after=after)
    outbox.emit(session, event, f"{solution.id}:{solution.version}", now=now, solution_id=solution.id)
