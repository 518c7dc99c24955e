"""What the pages share: the blueprint, the solution of an address, and buttons that run one operation."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from app.errors import Text, require_visible
from app.forms import ConfirmForm
from app.scenarios.labels import OPERATOR
from app.solutions import labels, policy, queries
from app.solutions.models import Solution
from app.solutions.policy import Standing
from app.web import current_actor, database, now, record_or_404, run

blueprint = Blueprint("solutions", __name__)
blueprint.app_context_processor(lambda: {"solution_labels": labels, "operators": OPERATOR})


def seen(solution_id: uuid.UUID) -> tuple[Solution, Standing]:
    """The solution of an address, if it exists for this person, and how the person stands to it. Raises NotFound."""
    solution = record_or_404(queries.get_solution(database(), solution_id))
    standing = policy.standing_of(database(), current_actor(), solution.scenario_id)
    require_visible(policy.can_see(current_actor(), solution, standing, now=now()))
    return solution, standing


def press(operation: Callable[[], Any], solution_id: uuid.UUID, *, done: Text, to: str = "solutions.show") -> ResponseReturnValue:
    """A button without a text, which leads to a page of the solution."""
    return run(ConfirmForm(), operation, done=done, to=url_for(to, solution_id=solution_id))
