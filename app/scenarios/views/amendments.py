"""Pages that change an open scenario, and the reviewers' buttons for changed requirements."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.errors import Text, WrongState, require_allowed
from app.forms import VersionedForm
from app.scenarios import content, operations, policy
from app.scenarios.forms import AmendRequirementsForm, ClarifyForm, ExtendForm, mark_lines_without_figures
from app.scenarios.models import Amendment, Scenario
from app.scenarios.operations.amendments import notice_end
from app.scenarios.views.base import blueprint, press, press_with_reason, seen
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


def _own_open(scenario_id: uuid.UUID) -> Scenario:
    scenario = seen(scenario_id)
    require_allowed(policy.can_edit(current_actor(), scenario))
    if not scenario.accepts_solutions(now()):
        raise WrongState
    return scenario


def _form(kind: type[VersionedForm], scenario: Scenario, **options: Any) -> Any:
    return kind(data={**content.content_of(scenario), "version": scenario.version}, **options)


def _amend(
    scenario_id: uuid.UUID, kind: type[VersionedForm], operation: Callable[[Scenario, Any], Amendment], template: str, done: Text
) -> ResponseReturnValue:
    """The page of one kind of amendment: the form filled with what holds now; sent, it is carried out."""
    scenario = _own_open(scenario_id)
    form = _form(kind, scenario)
    amended = attempt(form, lambda: operation(scenario, form), current=lambda: _form(kind, _own_open(scenario_id), formdata=None))
    if amended is None:
        if "requirements" in form:
            mark_lines_without_figures(form["requirements"])
        return page(template, form=form, scenario=_own_open(scenario_id), notice_end=notice_end(database(), now()))
    flash(str(done), "success")
    return redirect(url_for("scenarios.show", scenario_id=scenario_id, _anchor="amendments"))


@blueprint.route("/scenarios/<uuid:scenario_id>/clarify", methods=["GET", "POST"])
@login_required
def clarify(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Make the wording clearer."""

    def carry_out(scenario: Scenario, form: ClarifyForm) -> Amendment:
        texts = {name: form[name].data or "" for name in content.TEXTS}
        reason, version = form.reason.data, form.version.data
        return operations.clarify(
            database(), scenario, texts=texts, reason=reason, actor=current_actor(), now=now(), version=version
        )

    return _amend(scenario_id, ClarifyForm, carry_out, "scenarios/clarify.html", _l("The clarification is in force."))


@blueprint.route("/scenarios/<uuid:scenario_id>/extend", methods=["GET", "POST"])
@login_required
def extend(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Move the deadline to a later time."""

    def carry_out(scenario: Scenario, form: ExtendForm) -> Amendment:
        dates: dict[str, Any] = {"closes_at": form.closes_at.moment, "questions_close_at": form.questions_close_at.moment}
        return operations.extend(
            database(),
            scenario,
            **dates,
            delivery_by=form.delivery_by.data,
            reason=form.reason.data,
            actor=current_actor(),
            now=now(),
            version=form.version.data,
        )

    return _amend(scenario_id, ExtendForm, carry_out, "scenarios/extend.html", _l("The new dates are in force."))


@blueprint.route("/scenarios/<uuid:scenario_id>/requirements", methods=["GET", "POST"])
@login_required
def amend_requirements(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for changed requirement lines."""

    def carry_out(scenario: Scenario, form: AmendRequirementsForm) -> Amendment:
        reason, version = form.reason.data, form.version.data
        return operations.propose_requirements(
            database(), scenario, rows=form.rows, reason=reason, actor=current_actor(), now=now(), version=version
        )

    return _amend(
        scenario_id,
        AmendRequirementsForm,
        carry_out,
        "scenarios/amend_requirements.html",
        _l("The change waits for a reviewer. Until then the scenario stays as it is."),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/close-early")
def close_early(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Bring the closing time forward."""
    scenario = seen(scenario_id)
    return press_with_reason(
        lambda reason: operations.close_early(database(), scenario, reason=reason, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The closing time has been brought forward."),
    )


@blueprint.post("/amendments/<uuid:amendment_id>/approve")
def approve_amendment(amendment_id: uuid.UUID) -> ResponseReturnValue:
    """Put changed requirements in force."""
    amendment = record_or_404(database().get(Amendment, amendment_id))
    return press(
        lambda: operations.approve_amendment(database(), amendment, actor=current_actor(), now=now()),
        amendment.scenario_id,
        done=_l("The changed requirements are in force."),
    )


@blueprint.post("/amendments/<uuid:amendment_id>/return")
def return_amendment(amendment_id: uuid.UUID) -> ResponseReturnValue:
    """Refuse changed requirements."""
    amendment = record_or_404(database().get(Amendment, amendment_id))
    return press_with_reason(
        lambda reason: operations.return_amendment(database(), amendment, reason=reason, actor=current_actor(), now=now()),
        amendment.scenario_id,
        done=_l("The change has been returned to the firm."),
    )
