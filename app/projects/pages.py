"""What the pages show of a project: the project's own page and the review desk, which shares its parts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.accounts.trail import Trail, trail_of
from app.actor import Actor, Role
from app.attachments.models import Attachment
from app.attachments.queries import by_owner
from app.clock import shanghai_day
from app.projects import policy
from app.projects.forms import AcceptanceForm, ContractForm, EvidenceForm, MilestoneForm
from app.projects.labels import MILESTONE_KIND, MILESTONE_STATUS, PROJECT_KIND, PROJECT_STATUS
from app.projects.models import MilestoneStatus, Project, ProjectStatus
from app.projects.transitions import UNDER_WAY


def project_context(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    """Everything that `projects/show.html` and `projects/_review.html` ask for."""
    whole = policy.can_read(actor, project)
    files = by_owner(session, "milestone_id", [row.id for row in project.milestones]) if whole else {}
    return {
        "project": project,
        "whole": whole,
        "actions": policy.actions(actor, project),
        "milestone_actions": {row.id: policy.milestone_actions(actor, project, row) for row in project.milestones},
        "files": files,
        "steps_of": steps_of(project),
        "checks": checks_of(project, files) if whole and project.status in UNDER_WAY else [],
        "trail_of": _trail(session, actor, project) if whole else [],
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


@dataclass(frozen=True)
class Check:
    """One thing to be looked at before the acceptance; `done` is None where a person has to judge it."""

    text: str
    detail: str
    done: bool | None


def checks_of(project: Project, files: Mapping[uuid.UUID, Sequence[Attachment]]) -> list[Check]:
    """What is checked before the acceptance, and how far each stands."""
    milestones = project.milestones
    accepted = [row for row in milestones if row.status is MilestoneStatus.ACCEPTED]
    proved = [row for row in milestones if row.evidence]
    filed = sum(len(files.get(row.id, ())) for row in milestones)
    return [
        Check(
            _("All milestones are accepted by the anchor firm."),
            _("%(done)s of %(all)s", done=len(accepted), all=len(milestones)) if milestones else _("none planned"),
            bool(milestones) and len(accepted) == len(milestones),
        ),
        Check(
            _("Each milestone has its evidence."),
            _("%(done)s of %(all)s", done=len(proved), all=len(milestones))
            + " · "
            + ngettext("%(num)s file", "%(num)s files", filed),
            bool(milestones) and len(proved) == len(milestones),
        ),
        Check(_("The contract’s number is recorded."), project.contract_number, bool(project.contract_number)),
        Check(
            _("The claim of a local new product is verified in the review."),
            "" if project.local_new else _("Without it the project does not count toward the target."),
            project.local_new,
        ),
        Check(
            _("What was delivered is what the solution promised, line by line."),
            _("The match holds the response to each line."),
            None,
        ),
    ]


def _trail(session: Session, actor: Actor, project: Project) -> Trail:
    names = {row.id: row.name for row in project.milestones}
    named = actor.is_administrator or actor.has(Role.AUDITOR)
    return trail_of(session, {"projects": [project.id], "milestones": names}, parts=names, named=named)
