"""Writing an answer: five steps with autosave, files, submission, revision and withdrawal."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.attachments.queries import attachments_of
from app.errors import NotFound, WrongState, require_allowed
from app.forms import ConfirmForm, NewRecordForm, UploadForm, choices
from app.matching.fits import queries as fits
from app.scenarios.models import RequirementLine, Scenario
from app.scenarios.views.base import seen as seen_scenario
from app.solutions import operations, policy, prefill, queries
from app.solutions.forms import STEP_LABEL, STEPS, StepForm
from app.solutions.missing import missing, unanswered
from app.solutions.models import Solution, SolutionVersion
from app.solutions.views.base import blueprint, press, seen
from app.web import attempt, current_actor, database, login_required, now, page, run, upload_store


@blueprint.route("/scenarios/<uuid:scenario_id>/solutions/start", methods=["GET", "POST"])
@login_required
def start(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Begin an answer, or go to the one that the firm has."""
    scenario, actor, form = seen_scenario(scenario_id), current_actor(), NewRecordForm()
    require_allowed(policy.can_start(actor, scenario, actor.organization_id), _("Verified chip firms answer scenarios of others."))
    live = queries.live_solution(database(), scenario.id, actor.organization_id)
    if live is not None:
        return redirect(url_for(".show", solution_id=live.id))
    started = attempt(form, lambda: _start(scenario, form))
    if started is not None:
        return redirect(url_for(".edit", solution_id=started.id, step="products"))
    return page("solutions/start.html", form=form, scenario=scenario)


def _start(scenario: Scenario, form: NewRecordForm) -> Solution:
    actor = current_actor()
    return operations.start_solution(
        database(), scenario, solution_id=form.new_id, organization_id=actor.organization_id, actor=actor, now=now()
    )


def _written(solution_id: uuid.UUID) -> tuple[Solution, SolutionVersion]:
    """The solution and the version that its firm is writing. Raises WrongState where nothing is being written."""
    solution, _standing = seen(solution_id)
    require_allowed(policy.can_edit(current_actor(), solution))
    working = queries.working_version(database(), solution.id)
    if working is None or not solution.scenario.accepts_solutions(now()):
        raise WrongState
    return solution, working


def _form(solution: Solution, working: SolutionVersion, step: str, *, sent: bool = True) -> StepForm:
    """The form of a step, filled with what is saved, and (if `sent`) with what the request carries."""
    if step not in STEPS:
        raise NotFound
    form = STEPS[step](data=_saved(solution, working, step), **({} if sent else {"formdata": None}))
    if step == "products":
        offered = queries.products_of(database(), solution.organization_id, keep=[p.id for p in working.products])
        form.products.choices = choices(
            (p.id, f"{p.model} {p.name}" if p.model and p.model not in p.name else p.name) for p in offered
        )
    return form


def _saved(solution: Solution, working: SolutionVersion, step: str) -> dict[str, Any]:
    names = ("version", "summary", "approach", "team", "price", "schedule", "local_new")
    data: dict[str, Any] = {name: getattr(working, name) for name in names}
    if step == "products":
        data["products"] = [str(product.id) for product in working.products] or _suggested(solution, working)
    if step == "compliance":
        data["compliance"] = _saved_lines(working, queries.requirements_of(database(), solution.scenario_id))
    return data


def _suggested(solution: Solution, working: SolutionVersion) -> list[str]:
    """In an answer that nobody has written into yet the firm’s best product is ticked if it meets any line; saving chooses it."""
    if working.version > 1 or working.number > 1:
        return []
    best = fits.of_firm(database(), solution.organization_id, solution.scenario_id)[:1]
    return [str(fit.product_id) for fit in best if fit.met]


def _saved_lines(working: SolutionVersion, requirements: Sequence[RequirementLine]) -> list[dict[str, Any]]:
    """The rows of the table; a line that came later than the choice of products shows what they say of it."""
    lines, derived = queries.lines_by_requirement(working), prefill.derive(requirements, working.products)
    rows = []
    for requirement in requirements:
        line = lines.get(requirement.id)
        given = (line.status, line.value, line.evidence) if line else derived.get(requirement.id, prefill.NOTHING).answer
        rows.append({"requirement_id": requirement.id, "status": given[0] or "", "value": given[1], "evidence": given[2]})
    return rows


@blueprint.route("/solutions/<uuid:solution_id>/edit/<step>", methods=["GET", "POST"])
@login_required
def edit(solution_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """A step of the answer; sent, it is saved and leads to the next one."""
    form = _form(*_written(solution_id), step)
    if step == "review":
        return _page(solution_id, step, form)
    saved = attempt(form, lambda: _save(solution_id, form), current=lambda: _form(*_written(solution_id), step, sent=False))
    if saved is not None:
        steps = list(STEPS)
        return redirect(url_for(".edit", solution_id=solution_id, step=steps[steps.index(step) + 1]))
    return _page(solution_id, step, form)


def _page(solution_id: uuid.UUID, step: str, form: StepForm) -> ResponseReturnValue:
    solution, working = _written(solution_id)
    requirements = queries.requirements_of(database(), solution.scenario_id)
    answers = queries.lines_by_requirement(working)
    context = {
        "solution": solution,
        "scenario": solution.scenario,
        "version": working,
        "answers": answers,
        "newer": prefill.newer(requirements, working.products, answers),
        "requirements": requirements,
        "unanswered": unanswered(working, requirements),
        "missing": missing(working, requirements),
        "files": attachments_of(database(), solution_version_id=working.id),
    }
    return page("solutions/edit.html", form=form, upload_form=UploadForm(formdata=None), step=step, labels=STEP_LABEL, **context)


def _save(solution_id: uuid.UUID, form: StepForm) -> SolutionVersion:
    solution, changes, read = seen(solution_id)[0], form.changes(), form.version.data
    return operations.save_draft(database(), solution, changes, actor=current_actor(), now=now(), version=read)


@blueprint.post("/solutions/<uuid:solution_id>/autosave/<step>")
@login_required
def autosave(solution_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Save a step without leaving it; answers `{version, saved_at}`, or 422 with the fields that do not pass."""
    form = _form(*_written(solution_id), step)
    if not form.validate_on_submit():
        return jsonify(unsaved=sorted(name or "" for name in form.errors)), 422
    saved = _save(solution_id, form)
    return jsonify(version=saved.version, saved_at=now().isoformat())


@blueprint.post("/solutions/<uuid:solution_id>/submit")
@login_required
def submit(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Submit what was written; what is missing stands on the page that comes back."""
    solution, form = seen(solution_id)[0], STEPS["review"]()
    read = form.version.data
    submitted = attempt(
        form, lambda: operations.submit_solution(database(), solution, actor=current_actor(), now=now(), version=read)
    )
    if submitted is None:
        return _page(solution_id, "review", form)
    flash(_("Submitted. This is your receipt."))
    return redirect(url_for(".receipt", solution_id=solution_id))


@blueprint.post("/solutions/<uuid:solution_id>/revise")
@login_required
def revise(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Begin a new version beside the submitted one."""
    solution = seen(solution_id)[0]
    return run(
        ConfirmForm(),
        lambda: operations.begin_revision(database(), solution, actor=current_actor(), now=now()),
        done=_("The submitted version counts until you submit this one."),
        to=url_for(".edit", solution_id=solution_id, step="products"),
    )


@blueprint.post("/solutions/<uuid:solution_id>/discard")
@login_required
def discard(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Throw away what is being written."""
    solution = seen(solution_id)[0]
    return run(
        ConfirmForm(),
        lambda: operations.discard_draft(database(), solution, actor=current_actor(), now=now()),
        done=_("The draft is discarded."),
        to=url_for(".mine"),
    )


@blueprint.post("/solutions/<uuid:solution_id>/withdraw")
@login_required
def withdraw(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Take the answer back."""
    solution, actor = seen(solution_id)[0], current_actor()
    return press(
        lambda: operations.withdraw(database(), solution, actor=actor, now=now()), solution_id, done=_("The solution is withdrawn.")
    )


@blueprint.post("/solutions/<uuid:solution_id>/files")
@login_required
def attach(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Add a file to what is being written."""
    solution, form, into = seen(solution_id)[0], UploadForm(), upload_store()
    return run(
        form,
        lambda: operations.attach_file(database(), solution, form.file.data, into=into, actor=current_actor(), now=now()),
        done=_("The file is stored."),
        to=url_for(".edit", solution_id=solution_id, step="approach", _anchor="files"),
    )


@blueprint.post("/solutions/<uuid:solution_id>/files/<uuid:attachment_id>/remove")
@login_required
def remove_file(solution_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file away from what is being written."""
    solution, actor = seen(solution_id)[0], current_actor()
    return run(
        ConfirmForm(),
        lambda: operations.remove_file(database(), solution, attachment_id, actor=actor, now=now()),
        done=_("The file is removed."),
        to=url_for(".edit", solution_id=solution_id, step="approach", _anchor="files"),
    )
