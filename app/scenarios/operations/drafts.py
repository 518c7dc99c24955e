"""Writing a scenario: draft, submission, and the round after one that ended without a project."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.queries import attachments_of
from app.audit import operations as audit
from app.clock import shanghai_day
from app.errors import WrongState, collecting, require_allowed, require_fresh, require_visible
from app.outbox import operations as outbox
from app.scenarios import content, facts, policy, queries
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.operations.guards import lock_for_firm
from app.scenarios.transitions import SCENARIO
from app.taxonomy.operations import next_number


def create_draft(
    session: Session, scenario_id: uuid.UUID, *, organization_id: uuid.UUID | None, title: str, actor: Actor, now: datetime
) -> Scenario:
    """Begin a scenario of a verified anchor firm with nothing but a title. Where the id is that of one's own scenario: that one.

    Raises Forbidden, and Invalid for a title that is missing or too long.
    """
    require_allowed(policy.can_create(actor, organization_id))
    present = queries.get(session, scenario_id)
    if present is not None:
        require_visible(present.created_by == actor.user_id)
        return present
    with collecting() as problems:
        content.check_texts(problems, {"title": title})
    scenario = _new(scenario_id, organization_id, title, actor, now)
    session.add(scenario)
    session.flush()
    audit.record(session, "scenario.created", scenario, actor=actor, now=now, after={"title": title})
    _announce(session, scenario, now)
    return scenario


def _new(scenario_id: uuid.UUID, organization_id: uuid.UUID | None, title: str, actor: Actor, now: datetime) -> Scenario:
    return Scenario(
        id=scenario_id,
        organization_id=organization_id,
        title=title,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
        status=SCENARIO.initial,
        tracks=[],
        requirements=[],
        criteria=[],
    )


def save_draft(
    session: Session, scenario: Scenario, values: Mapping[str, Any], *, actor: Actor, now: datetime, version: int | None = None
) -> Scenario:
    """Write what is named in `values` (see `content`) into a draft; `version` is the one that the editor read.

    Saving a draft is no change of state, and autosave does it every few seconds: the audit log gets the whole content at
    submission instead. Raises Stale, and Invalid for what not even a draft may hold.
    """
    scenario = lock_for_firm(session, scenario.id, actor)
    if scenario.status is not ScenarioStatus.DRAFT:
        raise WrongState
    require_fresh(scenario.version, version)
    with collecting() as problems:
        content.check(session, problems, content.content_of(scenario) | dict(values))
    content.put(session, scenario, values)
    scenario.updated_at = now
    _announce(session, scenario, now)
    return scenario


def _announce(session: Session, scenario: Scenario, now: datetime) -> None:
    """Promise that what follows a draft's content learns of the change."""
    session.flush()
    outbox.emit(session, "scenario.changed", f"{scenario.id}:{scenario.version}", now=now, scenario_id=scenario.id)


def submit(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """Hand a complete draft to the reviewers; it gets its number then. Raises Invalid with all that is missing."""
    scenario = lock_for_firm(session, scenario.id, actor)
    SCENARIO.require(scenario, "submit")
    says = content.content_of(scenario)
    with collecting() as problems:
        content.check(session, problems, says)
        content.check_complete(problems, says, now)
    if scenario.number is None:
        scenario.number = next_number(session, "S", shanghai_day(now))
    scenario.submitted_at, scenario.submitted_by = now, actor.user_id
    scenario.return_reason = ""
    SCENARIO.move(scenario, "submit")
    audit.record(session, "scenario.submitted", scenario, actor=actor, now=now, after=content.as_json(says))
    outbox.emit(session, "scenario.submitted", f"{scenario.id}:{scenario.version}", now=now, scenario_id=scenario.id)
    return scenario


def take_back(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """Make a submitted scenario a draft again, before a reviewer has decided."""
    scenario = lock_for_firm(session, scenario.id, actor)
    SCENARIO.move(scenario, "take_back")
    scenario.updated_at = now
    audit.record(session, "scenario.taken_back", scenario, actor=actor, now=now)
    _announce(session, scenario, now)
    return scenario


def delete_draft(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> None:
    """Delete a draft with its files, also one that was returned or taken back: its number is not given again.

    What follows from its former submission finds nothing to tell of. Raises NotFound, Forbidden, WrongState.
    """
    scenario = lock_for_firm(session, scenario.id, actor)
    if scenario.status is not ScenarioStatus.DRAFT:
        raise WrongState
    before = {"title": scenario.title, "number": scenario.number}
    audit.record(session, "scenario.deleted", scenario, actor=actor, now=now, before=before)
    outbox.emit(session, "scenario.deleted", str(scenario.id), now=now, scenario_id=scenario.id)
    session.delete(scenario)
    session.flush()


def new_round(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> Scenario:
    """A draft that copies an unfilled or cancelled scenario, or one with a terminated project: all but its dates, files included.

    A scenario has one next round: asked for again, it is returned. Raises WrongState where the scenario has not ended that way.
    """
    scenario = lock_for_firm(session, scenario.id, actor)
    following = queries.next_round_of(session, scenario.id)
    if following is not None:
        return following
    if not can_have_new_round(session, scenario):
        raise WrongState
    following = _new(uuid.uuid4(), scenario.organization_id, scenario.title, actor, now)
    says = content.content_of(scenario) | dict.fromkeys(content.TIMES)
    content.put(session, following, says)
    following.round, following.previous_id = scenario.round + 1, scenario.id
    session.add(following)
    session.flush()
    for attachment in attachments_of(session, scenario_id=scenario.id):
        attachments.copy(session, attachment, owner={"scenario_id": following.id})
    audit.record(session, "scenario.new_round", following, actor=actor, now=now, after={"previous_id": scenario.id})
    _announce(session, following, now)
    return following


def can_have_new_round(session: Session, scenario: Scenario) -> bool:
    """Whether the scenario ended in a way that allows another round."""
    if scenario.status in {ScenarioStatus.UNFILLED, ScenarioStatus.CANCELLED}:
        return True
    ended = {ScenarioStatus.MATCHED, ScenarioStatus.CLOSED}
    return scenario.status in ended and facts.has_terminated_project(session, scenario.id)
