"""The page of a scenario, its questions, and the buttons of its firm and of the reviewers."""

import uuid
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts.queries import names_of
from app.attachments.models import Visibility
from app.attachments.queries import attachments_of
from app.errors import require_allowed
from app.matching import policy as matching_policy
from app.page_cache import same_for_visitors
from app.scenarios import operations, policy, queries
from app.scenarios.forms import AnswerForm, QuestionForm
from app.scenarios.models import Question, Scenario, ScenarioStatus
from app.scenarios.operations.drafts import can_have_new_round
from app.scenarios.steps import steps_of
from app.scenarios.views.base import blueprint, press, press_with_reason, seen
from app.solutions import policy as solutions_policy
from app.solutions import queries as solutions
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


@blueprint.get("/scenarios/<uuid:scenario_id>")
@same_for_visitors
def show(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """The scenario as far as this person sees it, and what can be done with it now."""
    scenario, sight = queries.visible(database(), current_actor(), scenario_id)
    if sight is policy.Sight.MINIMUM:
        return page("scenarios/minimum.html", scenario=scenario, steps=steps_of(scenario, now()))
    return page("scenarios/show.html", **context_of(scenario))


def context_of(scenario: Scenario) -> dict[str, Any]:
    """All that the page shows: a fixed number of statements."""
    session, actor = database(), current_actor()
    amendments = queries.amendments_of(session, scenario, unapplied=policy.sees_all_amendments(actor, scenario))
    files = attachments_of(session, scenario_id=scenario.id)
    whole, may = policy.reads_restricted(session, actor, scenario), _may(scenario)
    shown = [file for file in files if whole or file.visibility is Visibility.PUBLIC]
    return {
        "scenario": scenario,
        "steps": steps_of(scenario, now()),
        "questions": queries.questions_of(session, actor, scenario),
        "amendments": amendments,
        "names": names_of(session, [a.proposed_by for a in amendments]),
        "files": shown,
        "hidden_files": len(shown) < len(files),
        "may": may,
        "own_solution": solutions.live_solution(session, scenario.id, actor.organization_id),
        "next_round": queries.next_round_of(session, scenario.id) if may["edit"] else None,
    }


def _may(scenario: Scenario) -> dict[str, bool]:
    """Which buttons stand on the page; the operations check again."""
    session, actor, moment = database(), current_actor(), now()
    edits, standing = policy.can_edit(actor, scenario), solutions_policy.standing_of(session, actor, scenario.id)
    return {
        "edit": edits,
        "review": policy.can_review(actor, scenario),
        "ask": scenario.accepts_questions(moment) and policy.can_ask(session, actor, scenario),
        "invitations": policy.can_see_invitations(actor, scenario, moment),
        "start": scenario.accepts_solutions(moment) and solutions_policy.can_start(actor, scenario, actor.organization_id),
        "solutions": solutions_policy.past_closing(scenario, moment)
        and solutions_policy.can_list(actor, scenario, standing, now=moment),
        "propose": scenario.status in {ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED}
        and matching_policy.can_propose(session, actor, scenario),
        "end_selection": scenario.status is ScenarioStatus.EVALUATING and matching_policy.can_end_selection(actor, scenario),
        "new_round": edits and can_have_new_round(session, scenario),
    }


@blueprint.route("/scenarios/<uuid:scenario_id>/ask", methods=["GET", "POST"])
@login_required
def ask(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Ask something about an open scenario."""
    scenario, form = seen(scenario_id), QuestionForm()
    require_allowed(policy.can_ask(database(), current_actor(), scenario))
    asked = attempt(
        form,
        lambda: operations.ask(database(), form.new_id, scenario, text=form.text.data or "", actor=current_actor(), now=now()),
    )
    if asked is not None:
        return redirect(url_for("scenarios.show", scenario_id=scenario_id, _anchor="questions"))
    return page("scenarios/ask.html", form=form, scenario=seen(scenario_id))


@blueprint.route("/questions/<uuid:question_id>/answer", methods=["GET", "POST"])
@login_required
def answer(question_id: uuid.UUID) -> ResponseReturnValue:
    """Answer a question."""
    question = record_or_404(database().get(Question, question_id))
    scenario, form, text = seen(question.scenario_id), AnswerForm(), question.text
    require_allowed(policy.can_edit(current_actor(), scenario))
    answered = attempt(
        form,
        lambda: operations.answer(database(), question, text=form.text.data or "", actor=current_actor(), now=now()),
    )
    if answered is not None:
        return redirect(url_for("scenarios.show", scenario_id=scenario.id, _anchor="questions"))
    return page("scenarios/answer.html", form=form, scenario=seen(scenario.id), question_id=question_id, text=text)


@blueprint.post("/scenarios/<uuid:scenario_id>/take-back")
def take_back(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Make a submitted scenario a draft again."""
    scenario = seen(scenario_id)
    return press(
        lambda: operations.take_back(database(), scenario, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The scenario is a draft again."),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/approve")
def approve(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Open a submitted scenario."""
    scenario = seen(scenario_id)
    return press(
        lambda: operations.approve(database(), scenario, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The scenario is open."),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/return")
def return_to_draft(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Give a submitted scenario back to its firm."""
    scenario = seen(scenario_id)
    return press_with_reason(
        lambda reason: operations.return_to_draft(database(), scenario, reason=reason, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The scenario has been returned to the firm."),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/cancel")
def cancel(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw an open scenario."""
    scenario = seen(scenario_id)
    return press_with_reason(
        lambda reason: operations.cancel(database(), scenario, reason=reason, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The scenario has been withdrawn."),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/new-round")
def new_round(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Start a draft that copies a scenario which ended without a project."""
    started = operations.new_round(database(), seen(scenario_id), actor=current_actor(), now=now())
    flash(_("A new round has been started as a draft. Set its dates and submit it."), "success")
    return redirect(url_for("scenarios.edit", scenario_id=started.id, step="terms"))
