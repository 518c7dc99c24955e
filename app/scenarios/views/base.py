"""What the pages share: the blueprint, the scenario of an address, and buttons that run one operation."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound, Text, WrongState, require_allowed
from app.forms import ConfirmForm, ReasonForm
from app.scenarios import labels, policy, queries
from app.scenarios.diff import changed_rows
from app.scenarios.models import Scenario, ScenarioStatus
from app.web import current_actor, database, run

blueprint = Blueprint("scenarios", __name__)
blueprint.add_app_template_filter(changed_rows)
blueprint.app_context_processor(lambda: {"scenario_labels": labels})


def seen(scenario_id: uuid.UUID) -> Scenario:
    """The scenario of an address, if this person sees it in whole. Raises NotFound."""
    scenario, sight = queries.visible(database(), current_actor(), scenario_id)
    if sight is not policy.Sight.ALL:
        raise NotFound
    return scenario


def own_draft(scenario_id: uuid.UUID) -> Scenario:
    """The draft of an address, for a member of its firm. Raises NotFound, Forbidden, WrongState."""
    scenario = seen(scenario_id)
    require_allowed(policy.can_edit(current_actor(), scenario))
    if scenario.status is not ScenarioStatus.DRAFT:
        raise WrongState
    return scenario


def press(operation: Callable[[], Any], scenario_id: uuid.UUID, *, done: Text) -> ResponseReturnValue:
    """A button without a text, which leads back to the scenario."""
    return run(ConfirmForm(), operation, done=done, to=url_for("scenarios.show", scenario_id=scenario_id))


def press_with_reason(operation: Callable[[str], Any], scenario_id: uuid.UUID, *, done: Text) -> ResponseReturnValue:
    """A button with a reason, which leads back to the scenario."""
    form = ReasonForm()
    target = url_for("scenarios.show", scenario_id=scenario_id)
    return run(form, lambda: operation(form.reason.data or ""), done=done, to=target)
