"""What the pages show of a project: the project's own page and the review desk, which shares its parts."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.actor import Actor
from app.attachments.queries import by_owner
from app.clock import shanghai_day
from app.projects import policy
from app.projects.forms import AcceptanceForm, ContractForm, EvidenceForm, MilestoneForm
from app.projects.labels import MILESTONE_KIND, MILESTONE_STATUS, PROJECT_KIND, PROJECT_STATUS
from app.projects.models import Project, ProjectStatus


def project_context(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    """Everything that `projects/show.html` and `projects/_review.html` ask for."""
    whole = policy.can_read(actor, project)
    return {
        "project": project,
        "whole": whole,
        "actions": policy.actions(actor, project),
        "milestone_actions": {row.id: policy.milestone_actions(actor, project, row) for row in project.milestones},
        "files": by_owner(session, "milestone_id", [row.id for row in project.milestones]) if whole else {},
        "steps_of": steps_of(project),
        "labels": PROJECT_STATUS,
        "kinds": PROJECT_KIND,
        "milestone_labels": MILESTONE_STATUS,
        "milestone_kinds": MILESTONE_KIND,
        "acceptance_form": AcceptanceForm(formdata=None),
        "contract_form": ContractForm.of(project),
        "milestone_form": MilestoneForm(formdata=None),
        "evidence_form": EvidenceForm(formdata=None),
    }


def steps_of(project: Project) -> list[dict[str, str]]:
    """The steps of a project as the page draws them; a terminated one ends with that."""
    reached = {ProjectStatus.ACTIVE: 1, ProjectStatus.ACCEPTANCE_REQUESTED: 2, ProjectStatus.ACCEPTED: 4}.get(project.status, 1)
    days = [project.approved_on.isoformat(), "", "", project.accepted_on.isoformat() if project.accepted_on else ""]
    labels = [_("Establishment"), _("In progress"), _("Waiting for acceptance"), _("Accepted")]
    if project.terminated_at is not None:
        reached, labels[1:], days[1:] = 1, [str(PROJECT_STATUS[project.status])], [shanghai_day(project.terminated_at).isoformat()]
    states = ["done" if at < reached else "now" if at == reached else "" for at in range(len(labels))]
    return [{"label": label, "small": day, "state": state} for label, day, state in zip(labels, days, states, strict=True)]
