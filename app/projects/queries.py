"""Reading programmes and projects. Statements name their eager loads and row locks."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from app.actor import Actor
from app.errors import NotFound
from app.projects.models import Milestone, Programme, Project, ProjectStatus
from app.projects.transitions import ENDED
from app.scenarios import facts
from app.scenarios.queries import lock_scenario

HEAD: tuple[ORMOption, ...] = (
    joinedload(Project.anchor), joinedload(Project.firm), joinedload(Project.domain), joinedload(Project.area),
    joinedload(Project.programme),
)  # fmt: skip


@facts.has_terminated_project.answered_by
def has_terminated_project(session: Session, scenario_id: uuid.UUID) -> bool:
    """Whether a project of the scenario was terminated, so that a new round may begin."""
    terminated = exists().where(Project.scenario_id == scenario_id, Project.status == ProjectStatus.TERMINATED)
    return bool(session.scalar(select(terminated)))


def programme_for(session: Session, day: date, *, demo: bool) -> Programme | None:
    """The running programme that holds this Shanghai day: for demo projects the demo's, else the real one."""
    statement = select(Programme).where(
        Programme.demo == demo, ~Programme.closed, Programme.starts_on <= day, Programme.ends_on >= day
    )
    return session.scalar(statement.order_by(Programme.starts_on.desc(), Programme.code).limit(1))


def lock_project(session: Session, project_id: uuid.UUID) -> Project:
    """Lock a project's scenario, then the project, and read both anew, with programme and milestones. Raises NotFound."""
    scenario_id = session.scalar(select(Project.scenario_id).where(Project.id == project_id))
    if scenario_id is None:
        raise NotFound
    scenario = lock_scenario(session, scenario_id)
    statement = select(Project).where(Project.id == project_id)
    statement = statement.options(selectinload(Project.programme), selectinload(Project.milestones))
    project = session.scalars(statement.with_for_update().execution_options(populate_existing=True)).one()
    set_committed_value(project, "scenario", scenario)
    return project


def project_of_milestone(session: Session, milestone_id: uuid.UUID) -> uuid.UUID:
    """To which project a milestone belongs. Raises NotFound."""
    project_id = session.scalar(select(Milestone.project_id).where(Milestone.id == milestone_id))
    if project_id is None:
        raise NotFound
    return project_id


def is_over(session: Session, scenario_id: uuid.UUID) -> bool:
    """Whether all projects of a scenario have ended."""
    return not session.scalar(select(exists().where(Project.scenario_id == scenario_id, Project.status.not_in(ENDED))))


def get(session: Session, project_id: uuid.UUID) -> Project | None:
    """The project with what its page shows: firms, domain, area, programme, scenario, milestones."""
    statement = select(Project).where(Project.id == project_id)
    return session.scalar(statement.options(*HEAD, joinedload(Project.scenario), selectinload(Project.milestones)))


def of_match(session: Session, match_id: uuid.UUID) -> Project | None:
    """The project that the approval of a match has made."""
    return session.scalar(select(Project).where(Project.match_id == match_id))


def listed(*, status: ProjectStatus | None = None) -> Select[Project]:
    """All projects, by their public minimum, the latest first: a statement to be narrowed and paged."""
    statement = select(Project)
    if status is not None:
        statement = statement.where(Project.status == status)
    return statement.order_by(Project.approved_on.desc(), Project.number.desc()).options(*HEAD)


def of_firms(statement: Select[Project], actor: Actor) -> Select[Project]:
    """A list narrowed to the projects of this person's firms."""
    firms = list(actor.affiliations)
    return statement.where(or_(Project.anchor_id.in_(firms), Project.firm_id.in_(firms)))


def to_accept(session: Session) -> Sequence[Project]:
    """Projects whose acceptance was asked for, the oldest request first: the approvers' queue."""
    statement = select(Project).where(Project.status == ProjectStatus.ACCEPTANCE_REQUESTED)
    options = (*HEAD, joinedload(Project.scenario), selectinload(Project.milestones))
    return session.scalars(statement.order_by(Project.acceptance_requested_at, Project.id).options(*options)).all()
