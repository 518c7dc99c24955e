"""The wizard: five short steps with autosave, the check of what is missing, and the submission."""

import uuid
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.attachments.models import Attachment
from app.attachments.queries import attachments_of
from app.errors import Invalid, NotFound, Stale, require_allowed
from app.forms import ConfirmForm, choices
from app.locales import localized
from app.organizations.models import Organization
from app.scenarios import content, operations, policy
from app.scenarios.forms import STEP_LABEL, STEPS, FileForm, NewForm, RequirementsForm, StepForm, mark_lines_without_figures
from app.scenarios.models import Scenario
from app.scenarios.preview import as_opened
from app.scenarios.steps import steps_of
from app.scenarios.views.base import blueprint, own_draft
from app.taxonomy.models import Area, Domain, Track
from app.taxonomy.queries import terms
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404, run, upload_store


@blueprint.route("/scenarios/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Begin a scenario with its title."""
    actor, form = current_actor(), NewForm()
    firms = [firm for firm in actor.affiliations if policy.can_create(actor, firm)]
    require_allowed(bool(firms), _l("Only members of a verified anchor firm post scenarios."))
    names = {firm: localized(database().get_one(Organization, firm)) for firm in firms}
    form.organization_id.choices = choices(names)
    created = attempt(form, lambda: _create(form))
    if created is None:
        return page("scenarios/new.html", form=form)
    return redirect(url_for("scenarios.edit", scenario_id=created.id, step="basics"))


def _create(form: NewForm) -> Scenario:
    firm, title = uuid.UUID(form.organization_id.data), form.title.data or ""
    return operations.create_draft(database(), form.new_id, organization_id=firm, title=title, actor=current_actor(), now=now())


def _form(scenario: Scenario, step: str, *, sent: bool = True) -> StepForm:
    """The form of a step, filled with what is saved, and (if `sent`) with what the request carries."""
    if step not in STEPS:
        raise NotFound
    options = {} if sent else {"formdata": None}
    saved = content.content_of(scenario)
    form = STEPS[step](data={**saved, "version": scenario.version}, **options)
    form.offer(_terms(saved))
    return form


def _terms(saved: dict[str, Any]) -> dict[str, dict[str, str]]:
    kinds: dict[str, tuple[Any, list[str | None]]] = {
        "domain_code": (Domain, [saved["domain_code"]]),
        "area_code": (Area, [saved["area_code"]]),
        "tracks": (Track, saved["tracks"]),
    }
    return {
        name: {term.code: localized(term) for term in terms(database(), kind, keep=keep)} for name, (kind, keep) in kinds.items()
    }


@blueprint.route("/scenarios/<uuid:scenario_id>/edit/<step>", methods=["GET", "POST"])
@login_required
def edit(scenario_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """A step of the wizard; sent, it is saved and leads to the next one."""
    scenario = own_draft(scenario_id)
    if step == "check":
        return check_page(scenario, ConfirmForm(formdata=None))
    form = _form(scenario, step)
    if isinstance(form, RequirementsForm) and "read" in request.form:
        form.read()
    elif attempt(form, lambda: _save(scenario, form), current=lambda: _form(own_draft(scenario_id), step, sent=False)) is not None:
        return redirect(url_for("scenarios.edit", scenario_id=scenario_id, step=_after(step)))
    if isinstance(form, RequirementsForm):
        mark_lines_without_figures(form.requirements)
    return page("scenarios/edit.html", form=form, scenario=own_draft(scenario_id), step=step, labels=STEP_LABEL)


def _after(step: str) -> str:
    steps = list(STEP_LABEL)
    return steps[steps.index(step) + 1]


def _save(scenario: Scenario, form: StepForm) -> Scenario:
    values = form.values()
    return operations.save_draft(database(), scenario, values, actor=current_actor(), now=now(), version=form.version.data)


@blueprint.post("/scenarios/<uuid:scenario_id>/autosave/<step>")
@login_required
def autosave(scenario_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Save what is valid of a step, without leaving it; answers `{version, saved_at, unsaved}`, the last the fields left out."""
    scenario = own_draft(scenario_id)
    form = _form(scenario, step)
    form.validate()
    unsaved = set(form.errors)
    values = form.values(valid_only=True)
    try:
        saved = _save_what_can_be(scenario, values, form.version.data, unsaved)
    except Stale as stale:
        database().rollback()
        return jsonify(message=str(stale)), stale.status
    return jsonify(version=saved.version, saved_at=now().isoformat(), unsaved=sorted(unsaved))


def _save_what_can_be(scenario: Scenario, values: dict[str, Any], version: int, unsaved: set[str]) -> Scenario:
    """Save, leaving out whatever does not go together with the rest: a half-typed budget must not cost the other fields."""
    actor = current_actor()
    while True:
        try:
            return operations.save_draft(database(), scenario, values, actor=actor, now=now(), version=version)
        except Invalid as invalid:
            if not values:
                raise
            wrong = content.bound_to(invalid.fields) & set(values) or set(values)
            unsaved |= wrong
            values = {name: value for name, value in values.items() if name not in wrong}


def check_page(scenario: Scenario, form: ConfirmForm) -> ResponseReturnValue:
    """The last step: files, what is missing, what the reviewer will check, and the scenario as it will stand."""
    problems = content.missing(content.content_of(scenario), now())
    opened = as_opened(scenario, now())
    return page(
        "scenarios/check.html",
        form=form,
        file_form=FileForm(formdata=None),
        scenario=scenario,
        step="check",
        labels=STEP_LABEL,
        missing=[(name, STEP_OF[name], reasons) for name, reasons in problems.items()],
        files=attachments_of(database(), scenario_id=scenario.id),
        opened=opened,
        steps=steps_of(opened, now()),
    )


STEP_OF = {name: step for step, form in STEPS.items() for name in dir(form) if name in (*content.FIELDS, *content.TABLES)}


@blueprint.post("/scenarios/<uuid:scenario_id>/submit")
@login_required
def submit(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Hand the draft to the reviewers, or show what is missing."""
    scenario, form = own_draft(scenario_id), ConfirmForm()
    submitted = attempt(form, lambda: operations.submit(database(), scenario, actor=current_actor(), now=now()))
    if submitted is None:
        return check_page(own_draft(scenario_id), form)
    flash(_("Submitted. A reviewer will look at it."), "success")
    return redirect(url_for("scenarios.show", scenario_id=scenario_id))


@blueprint.post("/scenarios/<uuid:scenario_id>/delete")
@login_required
def delete(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a draft."""
    scenario = own_draft(scenario_id)
    return run(
        ConfirmForm(),
        lambda: operations.delete_draft(database(), scenario, actor=current_actor(), now=now()),
        done=_l("The draft is deleted."),
        to=url_for("scenarios.mine"),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/files")
@login_required
def attach(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Add a file to a draft."""
    scenario, form, into = own_draft(scenario_id), FileForm(), upload_store()
    return run(
        form,
        lambda: operations.attach(
            database(), scenario, form.file.data, visibility=form.visibility.data, into=into, actor=current_actor(), now=now()
        ),
        done=_l("The file is stored."),
        to=url_for("scenarios.edit", scenario_id=scenario_id, step="check", _anchor="files"),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/files/<uuid:attachment_id>/remove")
@login_required
def detach(scenario_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file away from a draft."""
    scenario = own_draft(scenario_id)
    attachment = record_or_404(database().get(Attachment, attachment_id))
    target = url_for("scenarios.edit", scenario_id=scenario_id, step="check", _anchor="files")
    return run(
        ConfirmForm(),
        lambda: operations.detach(database(), scenario, attachment, actor=current_actor(), now=now()),
        done=_l("The file has been removed."),
        to=target,
    )
