"""Reading: one's firms' solutions, one solution, its receipt."""

import uuid
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.accounts.queries import names_of
from app.attachments.queries import attachments_of
from app.errors import require_visible
from app.solutions import policy, queries
from app.solutions.content import digest
from app.solutions.forms import ReceiptForm
from app.solutions.models import Solution, SolutionStatus, SolutionVersion
from app.solutions.policy import Standing
from app.solutions.ranking import rank, total
from app.solutions.views.base import blueprint, seen
from app.web import current_actor, database, login_required, now, page, paginate, record_or_404


@blueprint.get("/solutions/mine")
@login_required
def mine() -> ResponseReturnValue:
    """The solutions of one's firms, by state."""
    wanted = request.args.get("status")
    status = SolutionStatus(wanted) if wanted in set(SolutionStatus) else None
    firms = list(current_actor().affiliations)
    solutions = paginate(queries.solutions_of_firms(firms, status))
    return page("solutions/mine.html", solutions=solutions, counts=queries.counts_by_status(database(), firms), status=status)


def _version(solution: Solution) -> SolutionVersion | None:
    """The submitted version that the address asks for, else the one that counts. Raises NotFound."""
    wanted = request.args.get("version", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 7):
        return queries.submitted_version(database(), solution.id)
    version = record_or_404(queries.version_of(database(), solution.id, int(wanted)))
    current = queries.submitted_version(database(), solution.id)
    allowed = policy.can_read_history(current_actor(), solution) or (current is not None and version.id == current.id)
    require_visible(allowed and version.submitted_at is not None)
    return version


@blueprint.get("/solutions/<uuid:solution_id>")
@login_required
def show(solution_id: uuid.UUID) -> ResponseReturnValue:
    """A solution: to its firm with its versions, to those who judge with scores and decisions."""
    solution, standing = seen(solution_id)
    version = _version(solution)
    history = queries.history_of(database(), solution.id) if policy.can_read_history(current_actor(), solution) else []
    context = {
        "solution": solution,
        "scenario": solution.scenario,
        "version": version,
        "answers": queries.lines_by_requirement(version),
        "outdated": queries.outdated_lines(database(), solution.scenario_id, [version]).get(version.id) if version else None,
        "requirements": queries.requirements_of(database(), solution.scenario_id),
        "files": attachments_of(database(), solution_version_id=version.id) if version else [],
        "history": history,
        "working": next((row for row in history if row.submitted_at is None), None),
    }
    return page("solutions/show.html", **context, **_judgement(solution, standing), may=_may(solution, standing))


def _may(solution: Solution, standing: Standing) -> dict[str, bool]:
    """What this person can do with the solution now."""
    actor, scenario = current_actor(), solution.scenario
    writing = policy.can_edit(actor, solution) and scenario.accepts_solutions(now())
    judged = policy.under_evaluation(scenario, now())
    decides = judged and policy.can_decide(actor, scenario, standing)
    undecided = solution.status in {SolutionStatus.SUBMITTED, SolutionStatus.SHORTLISTED}
    return {
        "write": writing,
        "discard": policy.can_edit(actor, solution),
        "withdraw": writing and solution.status is SolutionStatus.SUBMITTED,
        "shortlist": decides and solution.status is SolutionStatus.SUBMITTED,
        "decline": decides and undecided,
        "select": decides and solution.status is SolutionStatus.SHORTLISTED,
        "evaluate": judged and undecided and policy.can_evaluate(actor, scenario, standing),
    }


def _judgement(solution: Solution, standing: Standing) -> dict[str, Any]:
    """The scores, as far as this person may see them."""
    actor, session = current_actor(), database()
    own = queries.evaluation_of(session, solution.id, actor.user_id)
    if not policy.can_see_evaluations(actor, solution, standing, own, now=now()):
        return {"own": own, "evaluations": None}
    evaluations = queries.evaluations_of(session, [solution.id])
    criteria = queries.criteria_of(session, solution.scenario_id)
    return {
        "own": own,
        "evaluations": evaluations,
        "criteria": criteria,
        "place": rank({solution.id: evaluations}, criteria)[solution.id],
        "totals": {evaluation.id: total(evaluation, criteria) for evaluation in evaluations},
        "names": names_of(session, [evaluation.evaluator_id for evaluation in evaluations]),
    }


@blueprint.get("/solutions/<uuid:solution_id>/receipt")
@login_required
def receipt(solution_id: uuid.UUID) -> ResponseReturnValue:
    """The receipt of a version: time, hash, and a check of a hash against what is stored."""
    solution, _standing = seen(solution_id)
    version = record_or_404(_version(solution))
    form = ReceiptForm(request.args)
    typed = "".join((form.sha256.data or "").split()).lower()
    computed = digest(version.content or "")
    names = names_of(database(), [version.submitted_by])
    return page(
        "solutions/receipt.html", solution=solution, version=version, check=form, typed=typed, computed=computed, names=names
    )


@blueprint.get("/solutions/<uuid:solution_id>/content")
@login_required
def content(solution_id: uuid.UUID) -> ResponseReturnValue:
    """The canonical content of a version, byte for byte what its hash is over."""
    solution, _standing = seen(solution_id)
    version = record_or_404(_version(solution))
    response = Response(version.content, mimetype="application/json")
    response.headers["Content-Disposition"] = f"attachment; filename=solution-{version.number}.json"
    return response
