"""The end of a scenario: time closes it, selections fill it or leave it unfilled, the end of its projects finishes it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import SYSTEM, Actor
from app.audit import operations as audit
from app.outbox import operations as outbox
from app.scenarios import facts, queries
from app.scenarios.models import Scenario
from app.scenarios.operations.amendments import end_pending
from app.scenarios.transitions import SCENARIO


def close_due(session: Session, now: datetime) -> int:
    """Close one batch of scenarios whose time has come, and return how many. Commits nothing.

    Time has decided already (`accepts_solutions`); this moves the state after it: to evaluating when something was submitted,
    else to unfilled. What was sealed is open from here on.
    """
    due = queries.lock_due(session, now)
    for scenario in due:
        SCENARIO.move(scenario, "close" if facts.has_submissions(session, scenario.id) else "close_empty")
        scenario.updated_at = now
        end_pending(session, scenario, because=scenario.status, now=now)
        audit.open_seal(session, scenario.id, now=now)
        audit.record(session, "scenario.closed", scenario, actor=SYSTEM, now=now, after={"status": scenario.status})
        outbox.emit(session, "scenario.closed", str(scenario.id), now=now, scenario_id=scenario.id, status=scenario.status)
    return len(due)


def fill(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """End the selection with at least one approved match. Matching calls it, having checked who may, and counted the matches."""
    return _end_selection(session, scenario, "fill", "scenario.filled", actor, now)


def end_unfilled(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """End the selection with no match. Matching calls it, having checked who may, and that none is under way."""
    return _end_selection(session, scenario, "end_unfilled", "scenario.unfilled", actor, now)


def _end_selection(session: Session, scenario: Scenario, action: str, event: str, actor: Actor, now: datetime) -> Scenario:
    scenario = queries.lock_scenario(session, scenario.id)
    SCENARIO.move(scenario, action)
    scenario.selection_ended_at = scenario.updated_at = now
    audit.record(session, event, scenario, actor=actor, now=now, after={"status": scenario.status})
    outbox.emit(session, event, f"{scenario.id}:{scenario.version}", now=now, scenario_id=scenario.id)
    return scenario


def finish(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """Close a matched scenario for good, when all its projects have ended. Projects call it."""
    scenario = queries.lock_scenario(session, scenario.id)
    SCENARIO.move(scenario, "finish")
    scenario.closed_at = scenario.updated_at = now
    audit.record(session, "scenario.finished", scenario, actor=actor, now=now)
    outbox.emit(session, "scenario.finished", str(scenario.id), now=now, scenario_id=scenario.id)
    return scenario
