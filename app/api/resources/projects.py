"""Projects: contract, milestones with their evidence, and acceptance."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from app.accounts.models import Scope
from app.api.frame import Listing, Resource, page_of, page_of_rows
from app.api.schemas.projects import (
    Acceptance,
    ContractPatch,
    Evidence,
    MilestoneBody,
    MilestonePatch,
    MilestoneSchema,
    ProjectQuery,
    ProjectSchema,
)
from app.api.schemas.scenarios import Reason
from app.api.showing import Shown, each, only
from app.attachments.queries import by_owner
from app.clock import shanghai_day
from app.errors import Invalid, NotFound, require_visible
from app.programme import queries as figures
from app.projects import operations, policy, queries
from app.projects.models import Milestone, Project
from app.web import current_actor, database, new_id, now, record_or_404

resource = Resource("projects", "Projects, and their milestones")
MINIMUM = (
    "id", "status", "number", "match_id", "title", "domain_code", "area_code", "anchor_id", "firm_id", "programme", "approved_on",
    "accepted_on", "local_new", "local_new_accepted",
)  # fmt: skip


def _project(project_id: uuid.UUID) -> Project:
    database().flush()
    return record_or_404(queries.get(database(), project_id))


def shown(project_id: uuid.UUID) -> Any:
    """The project as this person sees it. Raises NotFound."""
    return _each([_project(project_id)])[0]


def _each(projects: Sequence[Project]) -> list[Any]:
    read = [project for project in projects if policy.can_read(current_actor(), project)]
    planned = _milestones([milestone for project in read for milestone in project.milestones])
    of_project = {project.id: [row for row in planned if row.project_id == project.id] for project in read}
    return [
        Shown(project, milestones=of_project[project.id]) if project.id in of_project else only(project, MINIMUM)
        for project in projects
    ]


def _milestones(milestones: Sequence[Milestone]) -> list[Shown]:
    files = by_owner(database(), "milestone_id", [milestone.id for milestone in milestones])
    today = shanghai_day(now())
    return [
        Shown(milestone, overdue=milestone.is_overdue(today), attachments=files.get(milestone.id, ())) for milestone in milestones
    ]


@resource.lists("/projects", ProjectSchema, query=ProjectQuery)
def list_projects(query: dict[str, Any]) -> Listing:
    """Projects, each as far as one may see it, the latest first."""
    statement = _behind_figure(queries.listed(status=query.get("status")), query)
    if query["mine"]:
        statement = queries.of_firms(statement, current_actor())
    if "match_id" in query:
        statement = statement.where(Project.match_id == query["match_id"])
    return each(page_of(statement.options(selectinload(Project.milestones)), query), _each)


def _behind_figure(statement: Select[Project], query: dict[str, Any]) -> Select[Project]:
    if "programme" not in query:
        return statement
    cut = figures.Cut(query.get("domain"), query.get("area"), query.get("anchor"), query.get("quarter"))
    try:
        return figures.narrowed(statement, figures.by_code(database(), query["programme"]), query["figure"], cut)
    except NotFound:
        raise Invalid({"programme": [_("There is no such programme.")]}) from None


@resource.reads("/projects/<uuid:project_id>", ProjectSchema)
def show_project(_query: dict[str, Any], project_id: uuid.UUID) -> Any:
    """A project, or its public minimum."""
    return shown(project_id)


@resource.replaces("/projects/<uuid:project_id>", ProjectSchema, takes=ContractPatch, current=shown)
def save_contract(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Keep the contract's number and note; what is left out stays as it is."""
    project, actor = _project(project_id), current_actor()
    number = body.get("contract_number", project.contract_number)
    note = body.get("contract_note", project.contract_note)
    version = project.version
    operations.save_contract(database(), project, number=number, note=note, version=version, actor=actor, now=now())
    return shown(project_id)


@resource.acts("/projects/<uuid:project_id>/request-acceptance", ProjectSchema)
def request_acceptance(_body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Ask for acceptance."""
    operations.request_acceptance(database(), _project(project_id), actor=current_actor(), now=now())
    return shown(project_id)


@resource.acts("/projects/<uuid:project_id>/accept", ProjectSchema, takes=Acceptance, scopes=[Scope.APPROVE])
def accept_project(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Accept a project, and confirm or not that what was delivered is local and new."""
    operations.accept(database(), _project(project_id), actor=current_actor(), now=now(), **body)
    return shown(project_id)


@resource.acts("/projects/<uuid:project_id>/return", ProjectSchema, takes=Reason, scopes=[Scope.APPROVE])
def return_acceptance(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Return a request for acceptance, with a reason."""
    operations.return_acceptance(database(), _project(project_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(project_id)


@resource.acts("/projects/<uuid:project_id>/revoke", ProjectSchema, takes=Reason, scopes=[Scope.APPROVE])
def revoke_acceptance(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Take an acceptance back, while the programme runs."""
    operations.revoke_acceptance(database(), _project(project_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(project_id)


@resource.acts("/projects/<uuid:project_id>/terminate", ProjectSchema, takes=Reason, scopes=[Scope.WRITE, Scope.APPROVE])
def terminate_project(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """End a project without acceptance; its place stays taken."""
    operations.terminate(database(), _project(project_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(project_id)


@resource.lists("/projects/<uuid:project_id>/milestones", MilestoneSchema, public=False)
def list_milestones(query: dict[str, Any], project_id: uuid.UUID) -> Listing:
    """The milestones of a project, by their days."""
    project = _project(project_id)
    require_visible(policy.can_read(current_actor(), project))
    return page_of_rows(_milestones(project.milestones), query)


@resource.creates("/projects/<uuid:project_id>/milestones", MilestoneSchema, takes=MilestoneBody)
def add_milestone(body: dict[str, Any], project_id: uuid.UUID) -> Shown:
    """Plan a milestone."""
    actor = current_actor()
    milestone = operations.add_milestone(database(), _project(project_id), new_id(), actor=actor, now=now(), **body)
    return _milestones([milestone])[0]


def _milestone(milestone_id: uuid.UUID) -> Milestone:
    """The milestone, for those who read its project in whole. Raises NotFound."""
    project = _project(queries.project_of_milestone(database(), milestone_id))
    require_visible(policy.can_read(current_actor(), project))
    return next(row for row in project.milestones if row.id == milestone_id)


def shown_milestone(milestone_id: uuid.UUID) -> Shown:
    """The milestone with its files. Raises NotFound."""
    return _milestones([_milestone(milestone_id)])[0]


@resource.reads("/milestones/<uuid:milestone_id>", MilestoneSchema, public=False)
def show_milestone(_query: dict[str, Any], milestone_id: uuid.UUID) -> Shown:
    """A milestone."""
    return shown_milestone(milestone_id)


@resource.replaces("/milestones/<uuid:milestone_id>", MilestoneSchema, takes=MilestonePatch, current=shown_milestone)
def edit_milestone(body: dict[str, Any], milestone_id: uuid.UUID) -> Shown:
    """Change the plan of a milestone that is not submitted yet; what is left out stays as it is."""
    milestone = _milestone(milestone_id)
    plan = {"name": milestone.name, "due_on": milestone.due_on, **body}
    operations.edit_milestone(database(), milestone, version=milestone.version, actor=current_actor(), now=now(), **plan)
    return shown_milestone(milestone_id)


@resource.removes("/milestones/<uuid:milestone_id>", MilestoneSchema, current=shown_milestone)
def remove_milestone(milestone_id: uuid.UUID) -> None:
    """Take a milestone that is not submitted yet out of the plan."""
    operations.remove_milestone(database(), _milestone(milestone_id), actor=current_actor(), now=now())


@resource.acts("/milestones/<uuid:milestone_id>/submit", MilestoneSchema, takes=Evidence)
def submit_milestone(body: dict[str, Any], milestone_id: uuid.UUID) -> Shown:
    """Report a milestone as reached, with what shows it."""
    operations.submit_milestone(database(), _milestone(milestone_id), actor=current_actor(), now=now(), **body)
    return shown_milestone(milestone_id)


@resource.acts("/milestones/<uuid:milestone_id>/accept", MilestoneSchema)
def accept_milestone(_body: dict[str, Any], milestone_id: uuid.UUID) -> Shown:
    """Accept a milestone."""
    operations.accept_milestone(database(), _milestone(milestone_id), actor=current_actor(), now=now())
    return shown_milestone(milestone_id)


@resource.acts("/milestones/<uuid:milestone_id>/return", MilestoneSchema, takes=Reason)
def return_milestone(body: dict[str, Any], milestone_id: uuid.UUID) -> Shown:
    """Return a milestone, with a reason."""
    operations.return_milestone(database(), _milestone(milestone_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown_milestone(milestone_id)
