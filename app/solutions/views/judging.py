"""Judging: the solutions of a scenario, side by side, evaluations, short list and declines."""

import uuid
from contextlib import suppress
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import names_of
from app.attachments.queries import attachments_of
from app.errors import WrongState, require_allowed, require_visible
from app.forms import ReasonForm
from app.scenarios import queries as scenarios
from app.scenarios.models import Scenario
from app.solutions import operations, policy, queries
from app.solutions.comparison import rows_of
from app.solutions.forms import EvaluationForm
from app.solutions.models import Evaluation, Solution
from app.solutions.policy import Standing
from app.solutions.ranking import total as weighted
from app.solutions.transitions import UNDECIDED
from app.solutions.views.base import blueprint, seen
from app.web import (
    PER_PAGE,
    Page,
    attempt,
    current_actor,
    database,
    local_target,
    login_required,
    now,
    page,
    page_number,
    paginate,
    record_or_404,
    run,
)

SIDE_BY_SIDE = 4


def _listed(scenario_id: uuid.UUID) -> tuple[Scenario, Standing]:
    """A scenario whose solutions this person may list. Raises NotFound."""
    scenario = record_or_404(scenarios.get(database(), scenario_id))
    standing = policy.standing_of(database(), current_actor(), scenario.id)
    require_visible(policy.can_list(current_actor(), scenario, standing, now=now()))
    return scenario, standing


def _compared(template: str, scenario_id: uuid.UUID, per_page: int) -> ResponseReturnValue:
    scenario, standing = _listed(scenario_id)
    number = page_number()
    window = slice((number - 1) * per_page, number * per_page)
    rows, total = rows_of(database(), current_actor(), scenario, standing, now=now(), window=window, picked=_picked())
    judged = policy.under_evaluation(scenario, now())
    evaluations = [evaluation for row in rows for evaluation in row.evaluations or ()]
    return page(
        template,
        scenario=scenario,
        rows=Page(rows, total, number, per_page),
        totals={evaluation.id: weighted(evaluation, scenario.criteria) for evaluation in evaluations},
        names=names_of(database(), [evaluation.evaluator_id for evaluation in evaluations]),
        decides=judged and policy.can_decide(current_actor(), scenario, standing),
        evaluates=judged and policy.can_evaluate(current_actor(), scenario, standing),
    )


def _picked() -> set[uuid.UUID]:
    """The solutions that the address names; whatever else stands there is passed over."""
    named = set()
    for text in request.args.getlist("pick"):
        with suppress(ValueError):
            named.add(uuid.UUID(text))
    return named


@blueprint.get("/scenarios/<uuid:scenario_id>/solutions")
@login_required
def of_scenario(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """The solutions of a scenario, ranked."""
    return _compared("solutions/of_scenario.html", scenario_id, PER_PAGE)


@blueprint.get("/scenarios/<uuid:scenario_id>/solutions/compare")
@login_required
def compare(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """The solutions of a scenario side by side, some at a time: those that were picked from the list, or the best first."""
    return _compared("solutions/compare.html", scenario_id, SIDE_BY_SIDE)


def _back(solution: Solution) -> str:
    """Where a decision leads: the page that it was made on."""
    return local_target(request.args.get("next"), url_for("solutions.show", solution_id=solution.id))


@blueprint.post("/solutions/<uuid:solution_id>/shortlist")
@login_required
def shortlist(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Put a solution on the short list."""
    solution, actor = seen(solution_id)[0], current_actor()
    operations.shortlist(database(), solution, actor=actor, now=now())
    flash(_("The solution is on the short list."))
    return redirect(_back(solution))


@blueprint.post("/solutions/<uuid:solution_id>/decline")
@login_required
def decline(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Decline a solution with a reason."""
    solution, actor, form = seen(solution_id)[0], current_actor(), ReasonForm()
    return run(
        form,
        lambda: operations.decline(database(), solution, reason=form.reason.data or "", actor=actor, now=now()),
        done=_("The solution is declined; its firm reads the reason."),
        to=_back(solution),
    )


@blueprint.get("/solutions/evaluations")
@login_required
def evaluations() -> ResponseReturnValue:
    """What waits for one's scores."""
    solutions = paginate(queries.to_evaluate(current_actor(), now=now()))
    own = queries.own_evaluations(database(), current_actor().user_id, [solution.id for solution in solutions.items])
    return page("solutions/evaluations.html", solutions=solutions, own=own)


@blueprint.route("/solutions/<uuid:solution_id>/evaluate", methods=["GET", "POST"])
@login_required
def evaluate(solution_id: uuid.UUID) -> ResponseReturnValue:
    """One's own evaluation of a solution."""
    solution, standing = seen(solution_id)
    require_allowed(policy.can_evaluate(current_actor(), solution.scenario, standing))
    if solution.status not in UNDECIDED or not policy.under_evaluation(solution.scenario, now()):
        raise WrongState
    form = _evaluation_form(solution)
    saved = attempt(form, lambda: _judge(solution, form), current=lambda: _evaluation_form(seen(solution_id)[0], sent=False))
    if saved is not None:
        flash(_("Your evaluation is in. You can change it until the solution is selected or declined."))
        return redirect(url_for(".of_scenario", scenario_id=solution.scenario_id))
    return _evaluation_page(solution_id, form)


def _evaluation_page(solution_id: uuid.UUID, form: EvaluationForm) -> ResponseReturnValue:
    solution, _standing = seen(solution_id)
    version = record_or_404(queries.submitted_version(database(), solution.id))
    return page(
        "solutions/evaluate.html",
        form=form,
        solution=solution,
        scenario=solution.scenario,
        version=version,
        answers=queries.lines_by_requirement(version),
        outdated=queries.outdated_lines(database(), solution.scenario_id, [version])[version.id],
        requirements=queries.requirements_of(database(), solution.scenario_id),
        criteria={str(criterion.id): criterion for criterion in queries.criteria_of(database(), solution.scenario_id)},
        files=attachments_of(database(), solution_version_id=version.id),
    )


def _evaluation_form(solution: Solution, *, sent: bool = True) -> EvaluationForm:
    own = queries.evaluation_of(database(), solution.id, current_actor().user_id)
    given = {score.criterion_id: score for score in own.scores} if own else {}
    scores = [
        {"criterion_id": criterion.id, "score": row.score if row else None, "comment": row.comment if row else ""}
        for criterion in queries.criteria_of(database(), solution.scenario_id)
        for row in [given.get(criterion.id)]
    ]
    saved: dict[str, Any] = {"scores": scores}
    if own is not None:
        saved |= {"version": own.version, "conflict": "yes" if own.conflict else "no", "conflict_note": own.conflict_note}
    return EvaluationForm(data=saved, **({} if sent else {"formdata": None}))


def _judge(solution: Solution, form: EvaluationForm) -> Evaluation:
    return operations.evaluate(
        database(),
        solution,
        conflict=form.conflict.data == "yes",
        conflict_note=form.conflict_note.data or "",
        scores=form.rows(),
        version=form.version.data,
        actor=current_actor(),
        now=now(),
    )
