"""Files of a draft."""

from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.models import Attachment, Visibility
from app.errors import WrongState, require_visible
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.operations.guards import lock_for_firm


def attach(
    session: Session,
    scenario: Scenario,
    upload: FileStorage,
    *,
    visibility: Visibility,
    into: attachments.Store,
    actor: Actor,
    now: datetime,
) -> Attachment:
    """Add a file to a draft, for everyone or for verified firms only. Raises Invalid for one that is not taken, or one too many."""
    scenario = _lock_draft(session, scenario, actor)
    owner = {"scenario_id": scenario.id}
    return attachments.store(session, upload, owner=owner, into=into, actor=actor, now=now, visibility=visibility)


def detach(session: Session, scenario: Scenario, attachment: Attachment, *, actor: Actor, now: datetime) -> None:
    """Take a file away from a draft."""
    scenario = _lock_draft(session, scenario, actor)
    require_visible(attachment.scenario_id == scenario.id)
    attachments.remove(session, attachment, actor=actor, now=now)


def _lock_draft(session: Session, scenario: Scenario, actor: Actor) -> Scenario:
    scenario = lock_for_firm(session, scenario.id, actor)
    if scenario.status is not ScenarioStatus.DRAFT:
        raise WrongState
    return scenario
