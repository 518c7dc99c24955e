"""How each operation begins: lock, then ask whether the solution exists for this person at all."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import require_allowed, require_visible
from app.scenarios.models import Scenario
from app.solutions import policy, queries
from app.solutions.models import Solution
from app.solutions.policy import Standing


def lock_visible(session: Session, solution: Solution, actor: Actor, now: datetime) -> tuple[Solution, Standing]:
    """The solution, locked after its scenario, and how the person stands to it. Raises NotFound where it may not be seen."""
    locked = queries.lock_solution(session, solution.id)
    standing = policy.standing_of(session, actor, locked.scenario_id)
    require_visible(policy.can_see(actor, locked, standing, now=now))
    return locked, standing


def lock_for_firm(session: Session, solution: Solution, actor: Actor, now: datetime) -> Solution:
    """The solution, locked, for a person who writes it. Raises NotFound or Forbidden."""
    locked, _standing = lock_visible(session, solution, actor, now)
    require_allowed(policy.can_edit(actor, locked))
    return locked


def seal_of(scenario: Scenario, now: datetime) -> uuid.UUID | None:
    """The seal under which something about a solution is written to the audit log."""
    return scenario.id if scenario.hides_solutions(now) else None
