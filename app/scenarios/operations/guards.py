"""What the operations share: a scenario locked for its firm or for a reviewer."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import Text, WrongState, require_allowed, require_visible
from app.scenarios import policy, queries
from app.scenarios.models import Scenario


def lock_for_firm(session: Session, scenario_id: uuid.UUID, actor: Actor) -> Scenario:
    """The scenario, locked, for a member of the firm that opens it. Raises NotFound or Forbidden for others."""
    scenario = queries.lock_scenario(session, scenario_id)
    require_visible(policy.can_see(session, actor, scenario))
    require_allowed(policy.can_edit(actor, scenario))
    return scenario


def lock_for_reviewer(session: Session, scenario_id: uuid.UUID, actor: Actor) -> Scenario:
    """The scenario, locked, for a reviewer who is not of the firm. Raises NotFound or Forbidden for others."""
    scenario = queries.lock_scenario(session, scenario_id)
    require_visible(policy.can_see(session, actor, scenario))
    message: Text | None = _l("You belong to this firm: somebody else reviews it.")
    require_allowed(policy.can_review(actor, scenario), message if actor.belongs_to(scenario.organization_id) else None)
    return scenario


def require_open(scenario: Scenario, now: datetime) -> None:
    """Raise WrongState unless the scenario is open and its closing time ahead, wherever the worker has got to."""
    if not scenario.accepts_solutions(now):
        raise WrongState
