"""Who is told what of a project."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.errors import Text
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify, settle
from app.organizations.queries import member_ids
from app.outbox.registry import Event, handles
from app.projects.models import Milestone, MilestoneStatus, Project

GROUP = _l("Projects")


def _kind(code: str, label: Text, title: Text, body: Text) -> Kind:
    return Kind(code, GROUP, label, title, body)


declare(
    _kind(
        "project.established",
        _l("My firm's project is established"),
        _l("Project established: %(title)s"),
        _l("The project %(number)s, “%(title)s”, is established. Please plan its milestones."),
    ),
    _kind(
        "milestone.submitted",
        _l("A milestone waits for my firm's acceptance"),
        _l("Milestone to accept: %(milestone)s"),
        _l("The milestone “%(milestone)s” of the project %(number)s, “%(title)s”, is submitted."),
    ),
    _kind(
        "milestone.accepted",
        _l("My firm's milestone was accepted"),
        _l("Milestone accepted: %(milestone)s"),
        _l("The milestone “%(milestone)s” of the project %(number)s, “%(title)s”, is accepted."),
    ),
    _kind(
        "milestone.returned",
        _l("My firm's milestone was returned"),
        _l("Milestone returned: %(milestone)s"),
        _l("The milestone “%(milestone)s” of the project %(number)s was returned: %(reason)s"),
    ),
    _kind(
        "project.acceptance_requested",
        _l("A project waits for acceptance"),
        _l("Acceptance requested: %(number)s"),
        _l("Acceptance of the project %(number)s, “%(title)s”, is requested."),
    ),
    _kind(
        "project.accepted",
        _l("My firm's project was accepted"),
        _l("Accepted: %(title)s"),
        _l("The project %(number)s, “%(title)s”, has passed acceptance."),
    ),
    _kind(
        "project.returned",
        _l("My firm's request for acceptance was returned"),
        _l("Acceptance returned: %(title)s"),
        _l("The request for acceptance of the project %(number)s, “%(title)s”, was returned: %(reason)s"),
    ),
    _kind(
        "project.acceptance_revoked",
        _l("The acceptance of my firm's project was revoked"),
        _l("Acceptance revoked: %(title)s"),
        _l("The acceptance of the project %(number)s, “%(title)s”, was revoked: %(reason)s"),
    ),
    _kind(
        "project.terminated",
        _l("My firm's project was terminated"),
        _l("Terminated: %(title)s"),
        _l("The project %(number)s, “%(title)s”, was terminated: %(reason)s"),
    ),
)


def _tell(session: Session, event: Event, now: datetime, people: Iterable[uuid.UUID], **params: Any) -> None:
    project = _project(session, event)
    known = {"number": project.number, "title": project.title, "reason": project.return_reason, **params}
    path = f"/projects/{project.id}"
    notify(session, people, kind=event.kind, event_key=event.key, params=known, path=path, at=event.created_at, now=now)


def _settle(session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID]) -> None:
    settle(session, people, kind=kind, path=f"/projects/{event.uuid('project_id')}", now=now)


def _project(session: Session, event: Event) -> Project:
    return session.get_one(Project, event.uuid("project_id"))


def _parties(session: Session, project: Project) -> set[uuid.UUID]:
    return {*member_ids(session, project.anchor_id), *member_ids(session, project.firm_id)}


@handles("project.established", "project.accepted", "project.returned", "project.acceptance_revoked")
def tell_parties(session: Session, event: Event, now: datetime) -> None:
    """Both firms learn where their project stands."""
    if event.kind != "project.established":
        _settle(session, event, now, "project.acceptance_requested", user_ids_with_role(session, Role.APPROVER))
    _tell(session, event, now, _parties(session, _project(session, event)))


@handles("project.terminated")
def tell_of_termination(session: Session, event: Event, now: datetime) -> None:
    """Both firms and the approvers learn that a project ended without acceptance, and why."""
    project = _project(session, event)
    people = {*_parties(session, project), *user_ids_with_role(session, Role.APPROVER)}
    _settle(session, event, now, "project.acceptance_requested", people)
    _settle(session, event, now, "milestone.submitted", people)
    _tell(session, event, now, people, reason=project.termination_reason)


@handles("project.acceptance_requested")
def tell_approvers(session: Session, event: Event, now: datetime) -> None:
    """Approvers have an acceptance to decide."""
    parties = _parties(session, _project(session, event))
    _tell(session, event, now, {*user_ids_with_role(session, Role.APPROVER)} - parties)


@handles("milestone.submitted", "milestone.accepted", "milestone.returned")
def tell_of_milestone(session: Session, event: Event, now: datetime) -> None:
    """The anchor firm has a milestone to judge, or the chip firm learns how it was judged."""
    project = _project(session, event)
    milestone = session.get_one(Milestone, event.uuid("milestone_id"))
    firm_id = project.anchor_id if event.kind == "milestone.submitted" else project.firm_id
    people = member_ids(session, firm_id)
    waits = exists().where(Milestone.project_id == project.id, Milestone.status == MilestoneStatus.SUBMITTED)
    if event.kind != "milestone.submitted" and not session.scalar(select(waits)):
        _settle(session, event, now, "milestone.submitted", member_ids(session, project.anchor_id))
    _tell(session, event, now, people, milestone=milestone.name, reason=milestone.return_reason)
