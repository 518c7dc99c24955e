"""The review queue, and how the outbox is doing."""

import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.actor import Actor, Role
from app.administration.policy import HIDDEN_EVENTS
from app.clock import shanghai_day
from app.discovery.index import is_available
from app.locales import localized
from app.matching import policy as matching_policy
from app.matching import queries as matching
from app.matching.fits.models import Generation
from app.matching.models import Match
from app.organizations import policy as organizations_policy
from app.organizations import queries as organizations
from app.organizations.models import Organization
from app.outbox import queries as outbox
from app.outbox.models import OutboxEvent
from app.projects import policy as projects_policy
from app.projects import queries as projects
from app.projects.models import Project
from app.scenarios import policy as scenarios_policy
from app.scenarios import queries as scenarios
from app.scenarios.models import Scenario
from app.taxonomy.queries import deadlines, setting
from app.taxonomy.settings import APPROVAL_WORKING_DAYS, REVIEW_WORKING_DAYS, WholeNumber
from search_index.engine import Engine

# a worker that runs takes an event within seconds
LONGEST_LAG = timedelta(minutes=5)


class Kind(enum.StrEnum):
    """What stands in the queue: the first four for reviewers, the others for approvers."""

    ORGANIZATION = "organization"
    SCENARIO = "scenario"
    AMENDMENT = "amendment"
    MATCH = "match"
    OBJECTION = "objection"
    APPROVAL = "approval"
    PROJECT = "project"


@dataclass(frozen=True)
class QueueItem:
    """Something to decide: since when it waits, and by which Shanghai day it should be decided."""

    kind: Kind
    id: uuid.UUID
    number: str
    title: str
    waiting_since: datetime
    due_on: date


Found = tuple[Kind, uuid.UUID, str, str, datetime]


def queue(session: Session, actor: Actor, now: datetime) -> list[QueueItem]:
    """What waits for this person as reviewer and approver, the most urgent first: a fixed number of statements for the staff.

    What they may not decide (of their own firm, proposed or reviewed by themselves), and a match whose notice runs, is not in it.
    The auditor reads what waits for anybody.
    """
    watches = actor.has(Role.AUDITOR)
    reviewing = list(_to_review(session, actor, watches)) if watches or actor.has(Role.REVIEWER) else []
    deciding = [row for row in _to_decide(session, actor, watches) if row[4] <= now] if watches or actor.has(Role.APPROVER) else []
    items = [*_items(session, reviewing, REVIEW_WORKING_DAYS), *_items(session, deciding, APPROVAL_WORKING_DAYS)]
    return sorted(items, key=lambda item: (item.due_on, item.waiting_since, item.number))


def _items(session: Session, found: list[Found], within: WholeNumber) -> list[QueueItem]:
    if not found:
        return []
    due = deadlines(session, (shanghai_day(row[4]) for row in found), setting(session, within))
    return [QueueItem(*row, due[shanghai_day(row[4])]) for row in found]


def _to_review(session: Session, actor: Actor, watches: bool) -> Iterator[Found]:
    for firm in organizations.pending(session):
        if watches or organizations_policy.can_verify(actor, firm):
            yield Kind.ORGANIZATION, firm.id, firm.credit_code, localized(firm), firm.applied_at
    for scenario in scenarios.in_review(session):
        if watches or scenarios_policy.can_review(actor, scenario):
            yield Kind.SCENARIO, scenario.id, scenario.number or "", scenario.title, scenario.submitted_at or scenario.updated_at
    for amendment in scenarios.pending_amendments(session):
        if watches or scenarios_policy.can_review(actor, amendment.scenario):
            yield Kind.AMENDMENT, amendment.id, amendment.number, amendment.scenario.title, amendment.proposed_at
    confirmed_matches = matching.to_review(session)
    neutral = matching_policy.neutral_among(session, actor, confirmed_matches)
    for match in confirmed_matches:
        if watches or (match.id in neutral and matching_policy.reviews(actor, match)):
            confirmed = max(at for at in (match.anchor_confirmed_at, match.firm_confirmed_at, match.proposed_at) if at)
            yield Kind.MATCH, match.id, match.number, title_of(match), confirmed


def _to_decide(session: Session, actor: Actor, watches: bool) -> Iterator[Found]:
    noticed = matching.under_notice(session)
    neutral = matching_policy.neutral_among(session, actor, noticed)
    for match in (match for match in noticed if match.id in neutral):
        waiting = [row for row in match.objections if row.decided_at is None]
        if waiting:
            mine = [row for row in waiting if watches or matching_policy.decides_objection(actor, row)]
            if mine:
                yield Kind.OBJECTION, match.id, match.number, title_of(match), mine[0].raised_at
        elif watches or matching_policy.decides(actor, match):
            yield Kind.APPROVAL, match.id, match.number, title_of(match), match.notice_ends_at or match.proposed_at
    for project in projects.to_accept(session):
        if watches or projects_policy.can_decide(actor, project):
            yield Kind.PROJECT, project.id, project.number, project.title, project.acceptance_requested_at or project.established_at


def title_of(match: Match) -> str:
    """A match in one line: the scenario and the firm."""
    return f"{match.scenario.title} × {localized(match.firm, 'short') or localized(match.firm)}"


def _shown() -> ColumnElement[bool]:
    return ~OutboxEvent.kind.startswith(HIDDEN_EVENTS)


def failing_events() -> Select[OutboxEvent]:
    """Events that failed and wait for another try, the oldest first: a statement to be paged."""
    statement = select(OutboxEvent).where(OutboxEvent.done_at.is_(None), OutboxEvent.attempts > 0, _shown())
    return statement.order_by(OutboxEvent.id)


def waiting_events(session: Session) -> tuple[int, datetime | None]:
    """How many events are not carried out yet, and when the oldest of them was due."""
    statement = select(func.count(), func.min(OutboxEvent.available_at)).where(OutboxEvent.done_at.is_(None), _shown())
    count, oldest = session.execute(statement).one()
    return count, oldest


def degraded(session: Session, now: datetime, *, index: Engine) -> list[str]:
    """The parts that do not keep up, by name.

    `index`: the search index is missing or torn. `outbox`: a due event has waited for more than five minutes, or events fail.
    `encoder`: it does not answer, so that what is new is matched by words alone.
    """
    oldest = outbox.oldest_due(session, now)
    late = oldest is not None and now - oldest > LONGEST_LAG
    failing = select(OutboxEvent.id).where(OutboxEvent.done_at.is_(None), OutboxEvent.attempts > 0).limit(1)
    silent = select(Generation.number).where(Generation.encoder_failed_at.is_not(None)).limit(1)
    troubles = {
        "index": not is_available(index),
        "outbox": late or session.scalar(failing) is not None,
        "encoder": session.scalar(silent) is not None,
    }
    return [part for part, trouble in troubles.items() if trouble]


def record_counts(session: Session) -> list[tuple[str, str, int]]:
    """How many scenarios, matches, projects and firms there are in each state, as (kind, state, number)."""
    states: dict[str, Any] = {
        "scenario": Scenario.status,
        "match": Match.status,
        "project": Project.status,
        "organization": Organization.status,
    }
    found = []
    for kind, state in states.items():
        rows = session.execute(select(state, func.count()).group_by(state).order_by(state))
        found += [(kind, str(status), count) for status, count in rows]
    return found
