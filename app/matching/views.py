"""Pages of matches: the public notices, a firm's matches, and what each side and each duty does with them."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.errors import require_allowed
from app.forms import ConfirmForm, ReasonForm
from app.matching import operations, policy, queries
from app.matching.fits import queries as fit_queries
from app.matching.fits.models import Fit
from app.matching.fits.showing import shown_fits
from app.matching.forms import ConfirmMatchForm, DecisionForm, ObjectionForm, ProposalForm, ReviewForm
from app.matching.labels import MATCH_KIND, MATCH_STATUS
from app.matching.models import Match, MatchStatus, Objection
from app.matching.pages import match_context
from app.products.models import Product
from app.projects.queries import of_match
from app.scenarios import queries as scenario_queries
from app.scenarios.models import Scenario
from app.scenarios.policy import can_read
from app.solutions.models import Solution
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404, run

blueprint = Blueprint("matching", __name__)


@blueprint.get("/matches")
def index() -> ResponseReturnValue:
    """The matches that one may see; `status` narrows (under notice, unless asked otherwise), `mine` to one's firms, `q` words."""
    wanted = request.args.get("status", "" if "mine" in request.args else MatchStatus.NOTICED.value)
    status = MatchStatus(wanted) if wanted in list(MatchStatus) else None
    mine = "mine" in request.args and bool(current_actor().affiliations)
    words = request.args.get("q", "")[:200]
    matches = paginate(queries.listed(current_actor(), status=status, mine=mine, words=words))
    states = (
        MATCH_STATUS if mine or policy.sees_every_state(current_actor()) else {each: MATCH_STATUS[each] for each in policy.PUBLIC}
    )
    shown = {"status": status, "mine": mine, "words": words, "states": states}
    return page("matching/index.html", matches=matches, labels=MATCH_STATUS, kinds=MATCH_KIND, **shown)


@blueprint.get("/matches/<uuid:match_id>")
def show(match_id: uuid.UUID) -> ResponseReturnValue:
    """One match: all of it for its firms and the staff, the public minimum for others."""
    match, _sight = queries.visible(database(), current_actor(), match_id)
    context = match_context(database(), current_actor(), match, now())
    readable = can_read(database(), current_actor(), match.scenario)
    return page("matching/show.html", scenario_readable=readable, project=of_match(database(), match_id), **context)


@blueprint.post("/solutions/<uuid:solution_id>/select")
@login_required
def select(solution_id: uuid.UUID) -> ResponseReturnValue:
    """Select a shortlisted solution."""
    solution = record_or_404(database().get(Solution, solution_id))
    match = operations.select_solution(database(), solution, actor=current_actor(), now=now())
    flash(_("The solution is selected. The firm is asked to confirm."))
    return redirect(url_for(".show", match_id=match.id))


@blueprint.post("/scenarios/<uuid:scenario_id>/end-selection")
@login_required
def end_selection(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """End the selection of a scenario."""
    scenario = record_or_404(scenario_queries.get(database(), scenario_id))
    operations.end_selection(database(), scenario, actor=current_actor(), now=now())
    flash(_("The selection has ended."))
    return redirect(url_for("scenarios.show", scenario_id=scenario_id))


@blueprint.route("/scenarios/<uuid:scenario_id>/propose", methods=["GET", "POST"])
@login_required
def propose(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """A reviewer chooses a product for a direct match."""
    scenario, _sight = scenario_queries.visible(database(), current_actor(), scenario_id)
    require_allowed(policy.can_propose(database(), current_actor(), scenario))
    form = ProposalForm()
    match = attempt(form, lambda: _propose(scenario_id, form))
    if match is not None:
        flash(_("The match is proposed. Both firms are asked to confirm."))
        return redirect(url_for(".show", match_id=match.id))
    return page("matching/propose.html", form=form, scenario=scenario, **_offered(scenario))


def _offered(scenario: Scenario) -> dict[str, Any]:
    """What the reviewer chooses from: the products that fit or, where none does or the address asks for them, the others, too."""
    words = request.args.get("q", "")[:200]
    if not words and "all" not in request.args:
        fits = paginate(fit_queries.for_scenario(current_actor(), scenario).where(Fit.of_scenario))
        if fits.total:
            return {"fits": fits, "fit_rows": shown_fits(database(), fits.items), "products": None}
    return {"products": paginate(queries.products_for(scenario, words))}


def _propose(scenario_id: uuid.UUID, form: ProposalForm) -> Match:
    scenario = record_or_404(scenario_queries.get(database(), scenario_id))
    product = record_or_404(database().get(Product, form.product) if form.product else None)
    return operations.propose_direct(database(), scenario, product, actor=current_actor(), now=now(), match_id=form.new_id)


@blueprint.post("/matches/<uuid:match_id>/confirm")
@login_required
def confirm(match_id: uuid.UUID) -> ResponseReturnValue:
    """Say yes; the chip firm of a direct match declares with it whether the product is local and new."""
    form = ConfirmMatchForm()
    return _act(
        match_id,
        form,
        lambda match: operations.confirm(database(), match, actor=current_actor(), now=now(), local_new=form.declaration),
        _("Your firm has confirmed the match."),
    )


@blueprint.post("/matches/<uuid:match_id>/decline")
@login_required
def decline(match_id: uuid.UUID) -> ResponseReturnValue:
    """Say no, with a reason."""
    form = ReasonForm()
    return _act(
        match_id,
        form,
        lambda match: operations.decline(database(), match, reason=form.reason.data, actor=current_actor(), now=now()),
        _("The match is declined."),
    )


@blueprint.post("/matches/<uuid:match_id>/review")
@login_required
def review(match_id: uuid.UUID) -> ResponseReturnValue:
    """Pass a confirmed match to the public notice."""
    form = ReviewForm()
    verified = form.local_new.data == "yes"
    comment = form.comment.data or ""
    return _act(
        match_id,
        form,
        lambda match: operations.review(database(), match, local_new=verified, comment=comment, actor=current_actor(), now=now()),
        _("The match is in the public notice."),
    )


@blueprint.post("/matches/<uuid:match_id>/reject")
@login_required
def reject(match_id: uuid.UUID) -> ResponseReturnValue:
    """Reject a match, with a reason."""
    form = ReasonForm()
    return _act(
        match_id,
        form,
        lambda match: operations.reject(database(), match, reason=form.reason.data, actor=current_actor(), now=now()),
        _("The match is rejected."),
    )


@blueprint.post("/matches/<uuid:match_id>/approve")
@login_required
def approve(match_id: uuid.UUID) -> ResponseReturnValue:
    """Approve a match after its notice."""
    return _act(
        match_id,
        ConfirmForm(),
        lambda match: operations.approve(database(), match, actor=current_actor(), now=now()),
        _("The match is approved, and its project established."),
    )


@blueprint.post("/matches/<uuid:match_id>/objections")
@login_required
def raise_objection(match_id: uuid.UUID) -> ResponseReturnValue:
    """Object to a match under notice."""
    form = ObjectionForm()
    return _act(
        match_id,
        form,
        lambda match: operations.raise_objection(
            database(), match, form.new_id, text=form.text.data, actor=current_actor(), now=now()
        ),
        _("Your objection is recorded. An approver decides it, and you are told."),
    )


@blueprint.post("/objections/<uuid:objection_id>/decide")
@login_required
def decide_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Decide an objection."""
    objection = record_or_404(database().get(Objection, objection_id))
    form = DecisionForm()
    upheld = form.upheld.data == "yes"
    return _act(
        objection.match_id,
        form,
        lambda _match: operations.decide_objection(
            database(), objection, upheld=upheld, reason=form.reason.data, actor=current_actor(), now=now()
        ),
        _("The objection is decided."),
    )


def _act(match_id: uuid.UUID, form: FlaskForm, operation: Callable[[Match], Any], message: str) -> ResponseReturnValue:
    """Run an operation on a match that this person sees, from a form that leads back to its page."""
    match, _sight = queries.visible(database(), current_actor(), match_id)
    return run(form, lambda: operation(match), done=message, to=url_for(".show", match_id=match_id))
