"""Milestones: planned by either firm, submitted with evidence by the chip firm, judged by the anchor firm."""

import uuid
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.models import Attachment
from app.audit import operations as audit
from app.errors import Problems, WrongState, check_reason, collecting, require_allowed, require_fresh, require_visible
from app.outbox import operations as outbox
from app.projects import policy, queries
from app.projects.models import Milestone, MilestoneStatus, Project, ProjectStatus
from app.projects.transitions import MILESTONE, UNDER_WAY
from app.scenarios.content import LINE_LENGTH, TEXT_LENGTH

MOST_MILESTONES = 50


def add_milestone(
    session: Session, project: Project, milestone_id: uuid.UUID, *, name: str, due_on: date | None, actor: Actor, now: datetime
) -> Milestone:
    """Plan a milestone of an active project. Where the id is that of one of its milestones: that one.

    Everybody sees that the project is there. Raises Forbidden, WrongState, Invalid.
    """
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_plan(actor, project))
    present = next((milestone for milestone in project.milestones if milestone.id == milestone_id), None)
    if present is not None:
        return present
    _require_active(project)
    with collecting() as problems:
        _check_plan(problems, name, due_on)
        if len(project.milestones) >= MOST_MILESTONES:
            problems.add("", _l("At most %(count)s milestones.", count=MOST_MILESTONES))
    milestone = Milestone(id=milestone_id, project_id=project.id, name=name.strip(), due_on=due_on, status=MILESTONE.initial)
    milestone.project = project
    session.add(milestone)
    session.flush()
    after = {"project": project.id, "name": milestone.name, "due_on": due_on}
    audit.record(session, "projects.add_milestone", milestone, actor=actor, now=now, after=after)
    return milestone


def edit_milestone(
    session: Session, milestone: Milestone, *, name: str, due_on: date | None, version: int | None, actor: Actor, now: datetime
) -> Milestone:
    """Change the plan of a milestone that is not submitted yet. Raises NotFound, Forbidden, WrongState, Stale, Invalid."""
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_plan(actor, project))
    _require_active(project)
    if milestone.status is not MilestoneStatus.PLANNED:
        raise WrongState
    require_fresh(milestone.version, version)
    with collecting() as problems:
        _check_plan(problems, name, due_on)
    before = {"name": milestone.name, "due_on": milestone.due_on}
    milestone.name = name.strip()
    if due_on is not None:
        milestone.due_on = due_on
    after = {"name": milestone.name, "due_on": milestone.due_on}
    audit.record(session, "projects.edit_milestone", milestone, actor=actor, now=now, before=before, after=after)
    return milestone


def remove_milestone(session: Session, milestone: Milestone, *, actor: Actor, now: datetime) -> Project:
    """Take a milestone that is not submitted yet out of the plan. Raises NotFound, Forbidden, WrongState."""
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_plan(actor, project))
    _require_active(project)
    if milestone.status is not MilestoneStatus.PLANNED:
        raise WrongState
    before = {"project": project.id, "name": milestone.name, "due_on": milestone.due_on}
    audit.record(session, "projects.remove_milestone", milestone, actor=actor, now=now, before=before)
    project.milestones.remove(milestone)
    session.delete(milestone)
    session.flush()
    return project


def submit_milestone(session: Session, milestone: Milestone, *, evidence: str, actor: Actor, now: datetime) -> Milestone:
    """The chip firm reports a milestone as reached, with its evidence (files are stored beside, by the caller).

    Raises NotFound, Forbidden, WrongState, Invalid.
    """
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_report(actor, project))
    _require_active(project)
    MILESTONE.require(milestone, "submit")
    with collecting() as problems:
        if not evidence.strip():
            problems.add("evidence", _l("Say what shows that the milestone was reached."))
        problems.limit("evidence", evidence, TEXT_LENGTH)
    milestone.evidence, milestone.submitted_at = evidence.strip(), now
    return _move(session, milestone, "submit", "milestone.submitted", actor, now, evidence=milestone.evidence)


def attach_evidence(
    session: Session, milestone: Milestone, upload: FileStorage, *, into: attachments.Store, actor: Actor, now: datetime
) -> Attachment:
    """Keep a file with a milestone that the chip firm is about to submit. Raises NotFound, Forbidden, WrongState, Invalid."""
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_report(actor, project))
    _require_active(project)
    MILESTONE.require(milestone, "submit")
    return attachments.store(session, upload, owner={"milestone_id": milestone.id}, into=into, actor=actor, now=now)


def accept_milestone(session: Session, milestone: Milestone, *, actor: Actor, now: datetime) -> Milestone:
    """The anchor firm accepts a submitted milestone. Raises NotFound, Forbidden, WrongState."""
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_judge_milestones(actor, project))
    _require_under_way(project)
    MILESTONE.require(milestone, "accept")
    milestone.accepted_at = now
    return _move(session, milestone, "accept", "milestone.accepted", actor, now)


def return_milestone(session: Session, milestone: Milestone, *, reason: str, actor: Actor, now: datetime) -> Milestone:
    """The anchor firm returns a submitted milestone with a reason. Raises NotFound, Forbidden, WrongState, Invalid."""
    project, milestone = _lock(session, milestone, actor)
    require_allowed(policy.can_judge_milestones(actor, project))
    _require_under_way(project)
    MILESTONE.require(milestone, "return")
    check_reason(reason)
    milestone.return_reason = reason.strip()
    return _move(session, milestone, "return", "milestone.returned", actor, now, reason=milestone.return_reason)


def _lock(session: Session, milestone: Milestone, actor: Actor) -> tuple[Project, Milestone]:
    """The project, locked, and its milestone as it stands now; milestones are under their project's lock."""
    project = queries.lock_project(session, queries.project_of_milestone(session, milestone.id))
    require_visible(policy.can_read(actor, project))
    return project, next(row for row in project.milestones if row.id == milestone.id)


def _require_active(project: Project) -> None:
    if project.status is not ProjectStatus.ACTIVE:
        raise WrongState


def _require_under_way(project: Project) -> None:
    if project.status not in UNDER_WAY:
        raise WrongState


def _check_plan(problems: Problems, name: str, due_on: date | None) -> None:
    if not name.strip():
        problems.add("name", _l("Give the milestone a name."))
    problems.limit("name", name, LINE_LENGTH)
    if due_on is None:
        problems.add("due_on", _l("Give the day on which it is due."))


def _move(
    session: Session, milestone: Milestone, action: str, event: str, actor: Actor, now: datetime, **details: str
) -> Milestone:
    before = {"status": milestone.status}
    MILESTONE.move(milestone, action)
    session.flush()
    after = {"status": milestone.status, **details}
    audit.record(session, f"projects.{action}_milestone", milestone, actor=actor, now=now, before=before, after=after)
    key = f"{milestone.id}:{milestone.version}"
    outbox.emit(session, event, key, now=now, milestone_id=milestone.id, project_id=milestone.project_id)
    return milestone
