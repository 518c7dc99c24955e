"""My desk: what waits for a person, with its deadline, and how many of their firms' records are in which state.

Each source is one statement and shows its most urgent rows; whoever has no part in it is not asked about.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.actor import Actor
from app.clock import end_of_day, shanghai_day
from app.errors import Text
from app.locales import localized
from app.matching import queries as matching
from app.matching.models import Match, MatchStatus
from app.matching.policy import party_to
from app.organizations.models import Organization, OrganizationStatus
from app.projects.models import Milestone, MilestoneStatus, Project, ProjectStatus
from app.scenarios.models import (
    Amendment,
    AmendmentStatus,
    Invitation,
    InvitationKind,
    InvitationStatus,
    Question,
    Scenario,
    ScenarioStatus,
)
from app.scenarios.policy import reaches
from app.solutions.models import Evaluation, Solution, SolutionStatus
from app.solutions.queries import to_evaluate

MOST_ROWS = 20
SOON = timedelta(days=14)
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Todo:
    """Something that waits for a person: what it is, of which record, where it is done, and until when (None: no deadline)."""

    what: Text
    title: str
    endpoint: str
    until: datetime | None = None
    values: dict[str, Any] = field(default_factory=dict)


def todos(session: Session, actor: Actor, now: datetime) -> list[Todo]:
    """All that waits for this person as a member of firms and as an evaluator, the most urgent first."""
    firms = [firm for firm, affiliation in actor.affiliations.items() if affiliation.verified]
    found: list[Todo] = [*_invitations(session, actor, now), *_evaluations(session, actor, now), *_refused(session, actor)]
    if firms:
        found += [todo for source in SOURCES for todo in source(session, firms, now)]
        found += [
            Todo(_l("Match to confirm"), match.scenario.title, "matching.show", match.confirm_by, {"match_id": match.id})
            for match in matching.waiting_for(session, actor)[:MOST_ROWS]
        ]
    return sorted(found, key=lambda todo: (todo.until is None, todo.until))


def _open(now: datetime) -> Any:
    return and_(Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at > now)


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterable[Any]:
    return session.execute(statement.limit(MOST_ROWS))


def _invitations(session: Session, actor: Actor, now: datetime) -> Iterable[Todo]:
    """Invitations that nobody has answered: to answer an open scenario, or to evaluate one that has not ended."""
    going_on = or_(_open(now), and_(Invitation.kind == InvitationKind.EVALUATOR, Scenario.status == ScenarioStatus.EVALUATING))
    statement = select(Invitation.kind, Scenario.title, Scenario.closes_at).join(Scenario, Scenario.id == Invitation.scenario_id)
    statement = statement.where(reaches(actor), Invitation.status == InvitationStatus.PENDING, going_on).order_by(
        Scenario.closes_at
    )
    names = {InvitationKind.FIRM: _l("Invitation to answer"), InvitationKind.EVALUATOR: _l("Invitation to evaluate")}
    for kind, title, closes_at in _rows(session, statement):
        until = closes_at if kind is InvitationKind.FIRM else None
        yield Todo(names[kind], title, "scenarios.my_invitations", until)


def _evaluations(session: Session, actor: Actor, now: datetime) -> Iterable[Todo]:
    """Scenarios with solutions that this person has not scored."""
    own = exists().where(Evaluation.solution_id == Solution.id, Evaluation.evaluator_id == actor.user_id)
    waiting = to_evaluate(actor, now=now).where(~own).order_by(None).options()
    statement = waiting.with_only_columns(Scenario.id, Scenario.title, func.count()).group_by(Scenario.id, Scenario.title)
    for scenario_id, title, count in _rows(session, statement.order_by(Scenario.title)):
        what = _l("Solutions to evaluate: %(count)s", count=count)
        yield Todo(what, title, "solutions.of_scenario", None, {"scenario_id": scenario_id})


def _refused(session: Session, actor: Actor) -> Iterable[Todo]:
    """Firms of this person that a reviewer has refused."""
    owned = [firm for firm, affiliation in actor.affiliations.items() if affiliation.owner and not affiliation.verified]
    if owned:
        refused = Organization.status == OrganizationStatus.REFUSED
        for firm in session.scalars(select(Organization).where(Organization.id.in_(owned), refused)):
            yield Todo(_l("Firm refused"), localized(firm), "organizations.show", None, {"organization_id": firm.id})


def _questions(session: Session, firms: list[uuid.UUID], now: datetime) -> Iterable[Todo]:
    statement = select(Question.id, Scenario.title, Scenario.closes_at).join(Scenario, Scenario.id == Question.scenario_id)
    statement = statement.where(Scenario.organization_id.in_(firms), Question.answered_at.is_(None), _open(now))
    for question_id, title, closes_at in _rows(session, statement.order_by(Scenario.closes_at, Question.asked_at)):
        yield Todo(_l("Question to answer"), title, "scenarios.answer", closes_at, {"question_id": question_id})


def _answers(session: Session, firms: list[uuid.UUID], now: datetime) -> Iterable[Todo]:
    statement = select(Scenario.id, Scenario.title, Scenario.closes_at).join(Question, Question.scenario_id == Scenario.id)
    statement = statement.where(Question.organization_id.in_(firms), Question.answered_at > now - RECENT, _open(now)).distinct()
    for scenario_id, title, closes_at in _rows(session, statement.order_by(Scenario.closes_at)):
        values = {"scenario_id": scenario_id, "_anchor": "questions"}
        yield Todo(_l("Question answered"), title, "scenarios.show", closes_at, values)


def _scenario_drafts(session: Session, firms: list[uuid.UUID], _now: datetime) -> Iterable[Todo]:
    statement = select(Scenario.id, Scenario.title, Scenario.return_reason)
    statement = statement.where(Scenario.organization_id.in_(firms), Scenario.status == ScenarioStatus.DRAFT)
    for scenario_id, title, reason in _rows(session, statement.order_by(Scenario.updated_at.desc())):
        what = _l("Scenario returned") if reason else _l("Scenario to finish")
        yield Todo(what, title, "scenarios.show", None, {"scenario_id": scenario_id})


def _returned_changes(session: Session, firms: list[uuid.UUID], now: datetime) -> Iterable[Todo]:
    statement = select(Scenario.id, Scenario.title, Scenario.closes_at).join(Amendment, Amendment.scenario_id == Scenario.id)
    returned = and_(Amendment.status == AmendmentStatus.RETURNED, Amendment.decided_at > now - RECENT)
    statement = statement.where(Scenario.organization_id.in_(firms), returned, _open(now)).distinct()
    for scenario_id, title, closes_at in _rows(session, statement.order_by(Scenario.closes_at)):
        values = {"scenario_id": scenario_id, "_anchor": "amendments"}
        yield Todo(_l("Change returned"), title, "scenarios.show", closes_at, values)


def _solution_drafts(session: Session, firms: list[uuid.UUID], now: datetime) -> Iterable[Todo]:
    """Drafts, and submitted solutions that changed requirements have outdated."""
    statement = select(Solution).join(Solution.scenario).options(joinedload(Solution.scenario))
    outdated = and_(Solution.status == SolutionStatus.SUBMITTED, Solution.outdated_since.is_not(None))
    unfinished = or_(Solution.status == SolutionStatus.DRAFT, outdated)
    statement = statement.where(Solution.organization_id.in_(firms), unfinished, _open(now)).order_by(Scenario.closes_at)
    for solution in session.scalars(statement.limit(MOST_ROWS)):
        what = _l("Solution outdated by a change") if solution.outdated_since else _l("Solution to submit")
        scenario = solution.scenario
        yield Todo(what, scenario.title, "solutions.show", scenario.closes_at, {"solution_id": solution.id})


def _milestones(session: Session, firms: list[uuid.UUID], now: datetime) -> Iterable[Todo]:
    """Submitted ones for the anchor firm; for the chip firm those that are returned, or due within two weeks."""
    states = MilestoneStatus
    due = and_(Milestone.status == states.PLANNED, Milestone.due_on <= shanghai_day(now + SOON))
    mine = or_(
        and_(Project.anchor_id.in_(firms), Milestone.status == states.SUBMITTED),
        and_(Project.firm_id.in_(firms), or_(due, Milestone.status == states.RETURNED)),
    )
    statement = select(Milestone.status, Milestone.name, Milestone.due_on, Project.id).join(Milestone.project)
    names = {
        states.SUBMITTED: _l("Milestone to accept"),
        states.PLANNED: _l("Milestone due"),
        states.RETURNED: _l("Milestone returned"),
    }
    statement = statement.where(mine, Project.status == ProjectStatus.ACTIVE).order_by(Milestone.due_on)
    for status, name, due_on, project_id in _rows(session, statement):
        yield Todo(names[status], name, "projects.show", end_of_day(due_on), {"project_id": project_id})


def _returned_projects(session: Session, firms: list[uuid.UUID], _now: datetime) -> Iterable[Todo]:
    statement = select(Project.id, Project.title).where(Project.firm_id.in_(firms), Project.status == ProjectStatus.ACTIVE)
    for project_id, title in _rows(session, statement.where(Project.return_reason != "").order_by(Project.number)):
        yield Todo(_l("Acceptance returned"), title, "projects.show", None, {"project_id": project_id})


SOURCES: tuple[Callable[[Session, list[uuid.UUID], datetime], Iterable[Todo]], ...] = (
    _questions, _answers, _scenario_drafts, _returned_changes, _solution_drafts, _milestones, _returned_projects,
)  # fmt: skip


def match_counts(session: Session, actor: Actor) -> dict[MatchStatus, int]:
    """How many matches of this person's firms are in which state."""
    statement = select(Match.status, func.count()).join(Match.scenario).where(party_to(actor)).group_by(Match.status)
    return {row[0]: row[1] for row in session.execute(statement)}


def project_counts(session: Session, actor: Actor) -> dict[ProjectStatus, int]:
    """How many projects of this person's firms are in which state."""
    firms = list(actor.affiliations)
    statement = select(Project.status, func.count()).where(or_(Project.anchor_id.in_(firms), Project.firm_id.in_(firms)))
    return {row[0]: row[1] for row in session.execute(statement.group_by(Project.status))}
