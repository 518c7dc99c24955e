"""A project with its milestones, and its acceptance."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.clock import shanghai_day
from app.errors import require_allowed, require_visible
from app.forms import ConfirmForm, ReasonForm
from app.projects import operations, policy, queries
from app.projects.forms import AcceptanceForm, ContractForm, EditMilestoneForm, EvidenceForm, MilestoneForm
from app.projects.models import Milestone, Project
from app.projects.pages import project_context
from app.web import (
    attempt,
    current_actor,
    database,
    login_required,
    now,
    page,
    record_or_404,
    run,
    upload_store,
)

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects/<uuid:project_id>")
def show(project_id: uuid.UUID) -> ResponseReturnValue:
    """One project: all of it for its firms and the staff, the public minimum for others."""
    context = project_context(database(), current_actor(), _project(project_id))
    return page("projects/show.html", today=shanghai_day(now()), **context)


@blueprint.post("/projects/<uuid:project_id>/contract")
@login_required
def save_contract(project_id: uuid.UUID) -> ResponseReturnValue:
    """Keep the contract's data."""
    form = ContractForm()
    return _act(
        project_id,
        form,
        lambda project: operations.save_contract(
            database(), project, number=form.contract_number.data or "", note=form.contract_note.data or "",
            version=form.version.data, actor=current_actor(), now=now(),
        ),
        _("Saved."),
        current=lambda: ContractForm.of(_project(project_id)),
    )  # fmt: skip


@blueprint.post("/projects/<uuid:project_id>/milestones")
@login_required
def add_milestone(project_id: uuid.UUID) -> ResponseReturnValue:
    """Plan a milestone."""
    form = MilestoneForm()
    return _act(
        project_id,
        form,
        lambda project: operations.add_milestone(
            database(), project, form.new_id, name=form.name.data, due_on=form.due_on.data, actor=current_actor(), now=now()
        ),
        _("The milestone is planned."),
    )


@blueprint.route("/milestones/<uuid:milestone_id>/edit", methods=["GET", "POST"])
@login_required
def edit_milestone(milestone_id: uuid.UUID) -> ResponseReturnValue:
    """Change the plan of a milestone."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    project = _project(milestone.project_id)
    require_visible(policy.can_read(current_actor(), project))
    require_allowed(policy.can_plan(current_actor(), project))
    form = EditMilestoneForm() if request.method == "POST" else EditMilestoneForm.of(milestone)
    saved = attempt(form, lambda: _save_plan(milestone, form), current=lambda: _saved_plan(milestone_id))
    if saved is not None:
        flash(_("Saved."))
        return redirect(url_for(".show", project_id=saved.project_id))
    return page("projects/milestone.html", form=form, project=_project(project.id))


def _save_plan(milestone: Milestone, form: EditMilestoneForm) -> Milestone:
    values = {"name": form.name.data, "due_on": form.due_on.data, "version": form.version.data}
    return operations.edit_milestone(database(), milestone, **values, actor=current_actor(), now=now())


def _saved_plan(milestone_id: uuid.UUID) -> EditMilestoneForm:
    return EditMilestoneForm.of(database().get_one(Milestone, milestone_id))


@blueprint.post("/milestones/<uuid:milestone_id>/remove")
@login_required
def remove_milestone(milestone_id: uuid.UUID) -> ResponseReturnValue:
    """Take a milestone out of the plan."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    project = operations.remove_milestone(database(), milestone, actor=current_actor(), now=now())
    flash(_("The milestone is removed."))
    return redirect(url_for(".show", project_id=project.id))


@blueprint.post("/milestones/<uuid:milestone_id>/submit")
@login_required
def submit_milestone(milestone_id: uuid.UUID) -> ResponseReturnValue:
    """Report a milestone as reached, with its evidence."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    form = EvidenceForm()
    return _act(
        milestone.project_id,
        form,
        lambda _project: _submit(milestone, form),
        _("The milestone is submitted."),
    )


def _submit(milestone: Milestone, form: EvidenceForm) -> Milestone:
    if form.file.data:
        operations.attach_evidence(database(), milestone, form.file.data, into=upload_store(), actor=current_actor(), now=now())
    return operations.submit_milestone(database(), milestone, evidence=form.evidence.data, actor=current_actor(), now=now())


@blueprint.post("/milestones/<uuid:milestone_id>/accept")
@login_required
def accept_milestone(milestone_id: uuid.UUID) -> ResponseReturnValue:
    """Accept a milestone."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    operations.accept_milestone(database(), milestone, actor=current_actor(), now=now())
    flash(_("The milestone is accepted."))
    return redirect(url_for(".show", project_id=milestone.project_id))


@blueprint.post("/milestones/<uuid:milestone_id>/return")
@login_required
def return_milestone(milestone_id: uuid.UUID) -> ResponseReturnValue:
    """Return a milestone, with a reason."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    return _with_reason(
        milestone.project_id,
        lambda _project, reason: operations.return_milestone(
            database(), milestone, reason=reason, actor=current_actor(), now=now()
        ),
        _("The milestone is returned."),
    )


@blueprint.post("/projects/<uuid:project_id>/request-acceptance")
@login_required
def request_acceptance(project_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for acceptance."""
    return _act(
        project_id,
        ConfirmForm(),
        lambda project: operations.request_acceptance(database(), project, actor=current_actor(), now=now()),
        _("Acceptance is requested."),
    )


@blueprint.post("/projects/<uuid:project_id>/accept")
@login_required
def accept(project_id: uuid.UUID) -> ResponseReturnValue:
    """Accept a project."""
    form = AcceptanceForm()
    confirmed = form.local_new.data == "yes"
    return _act(
        project_id,
        form,
        lambda project: operations.accept(database(), project, local_new=confirmed, actor=current_actor(), now=now()),
        _("The project is accepted."),
    )


@blueprint.post("/projects/<uuid:project_id>/return")
@login_required
def return_acceptance(project_id: uuid.UUID) -> ResponseReturnValue:
    """Return a request for acceptance."""
    return _with_reason(
        project_id,
        lambda project, reason: operations.return_acceptance(database(), project, reason=reason, actor=current_actor(), now=now()),
        _("The request is returned."),
    )


@blueprint.post("/projects/<uuid:project_id>/revoke")
@login_required
def revoke(project_id: uuid.UUID) -> ResponseReturnValue:
    """Take an acceptance back."""
    return _with_reason(
        project_id,
        lambda project, reason: operations.revoke_acceptance(database(), project, reason=reason, actor=current_actor(), now=now()),
        _("The acceptance is revoked."),
    )


@blueprint.post("/projects/<uuid:project_id>/terminate")
@login_required
def terminate(project_id: uuid.UUID) -> ResponseReturnValue:
    """End a project without acceptance."""
    return _with_reason(
        project_id,
        lambda project, reason: operations.terminate(database(), project, reason=reason, actor=current_actor(), now=now()),
        _("The project is terminated."),
    )


def _with_reason(project_id: uuid.UUID, operation: Callable[[Project, str], Any], message: str) -> ResponseReturnValue:
    form = ReasonForm()
    return _act(project_id, form, lambda project: operation(project, form.reason.data), message)


def _act(
    project_id: uuid.UUID,
    form: FlaskForm,
    operation: Callable[[Project], Any],
    message: str,
    *,
    current: Callable[[], FlaskForm] | None = None,
) -> ResponseReturnValue:
    """Run an operation on a project, from a form that leads back to its page."""
    project = _project(project_id)
    return run(form, lambda: operation(project), done=message, to=url_for(".show", project_id=project_id), current=current)


def _project(project_id: uuid.UUID) -> Project:
    return record_or_404(queries.get(database(), project_id))
