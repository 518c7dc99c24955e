"""What reviewers decide about a scenario, and its withdrawal by the firm."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.errors import Conflict, check_reason
from app.outbox import operations as outbox
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.operations.amendments import end_pending
from app.scenarios.operations.guards import lock_for_firm, lock_for_reviewer, require_open
from app.scenarios.transitions import SCENARIO


def approve(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """Open a submitted scenario. What is written of its solutions is sealed from here on where it asks for that.

    Raises Conflict when the closing time or the end of questions has passed while it waited: it has to go back to the firm.
    """
    scenario = lock_for_reviewer(session, scenario.id, actor)
    SCENARIO.require(scenario, "approve")
    if scenario.closes_at is None or scenario.closes_at <= now:
        raise Conflict(_l("The closing time has passed while the scenario waited. Return it, so that the firm sets a new one."))
    if scenario.questions_close_at is None or scenario.questions_close_at <= now:
        raise Conflict(_l("The end of questions has passed while the scenario waited. Return it, so that the firm sets a new one."))
    SCENARIO.move(scenario, "approve")
    scenario.opened_at, scenario.reviewed_by = now, actor.user_id
    if scenario.sealed:
        audit.create_seal(session, scenario.id)
    audit.record(session, "scenario.approved", scenario, actor=actor, now=now)
    outbox.emit(session, "scenario.approved", str(scenario.id), now=now, scenario_id=scenario.id)
    return scenario


def return_to_draft(session: Session, scenario: Scenario, *, reason: str, actor: Actor, now: datetime) -> Scenario:
    """Give a submitted scenario back to the firm with a reason."""
    scenario = lock_for_reviewer(session, scenario.id, actor)
    SCENARIO.require(scenario, "return")
    check_reason(reason)
    SCENARIO.move(scenario, "return")
    scenario.return_reason, scenario.reviewed_by, scenario.updated_at = reason, actor.user_id, now
    audit.record(session, "scenario.returned", scenario, actor=actor, now=now, after={"reason": reason})
    outbox.emit(session, "scenario.returned", f"{scenario.id}:{scenario.version}", now=now, scenario_id=scenario.id)
    return scenario


def cancel(session: Session, scenario: Scenario, *, reason: str, actor: Actor, now: datetime) -> Scenario:
    """Withdraw an open scenario before its closing time, with a reason that everybody reads. It stays sealed if it was.

    Raises WrongState once the closing time has come, whether or not the worker has moved the state yet.
    """
    scenario = lock_for_firm(session, scenario.id, actor)
    SCENARIO.require(scenario, "cancel")
    require_open(scenario, now)
    check_reason(reason)
    SCENARIO.move(scenario, "cancel")
    scenario.cancel_reason, scenario.cancelled_at, scenario.updated_at = reason, now, now
    end_pending(session, scenario, because=ScenarioStatus.CANCELLED, now=now)
    audit.record(session, "scenario.cancelled", scenario, actor=actor, now=now, after={"reason": reason})
    outbox.emit(session, "scenario.cancelled", str(scenario.id), now=now, scenario_id=scenario.id)
    return scenario
