"""Solutions: what chip firms answer, and how it is judged."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, cast

from app.accounts.queries import names_of
from app.api.frame import Listing, Resource, page_of, page_of_rows
from app.api.resources.matches import shown_match
from app.api.schemas.matches import MatchSchema
from app.api.schemas.scenarios import Reason
from app.api.schemas.solutions import (
    AnsweredLineSchema,
    EvaluationBody,
    EvaluationSchema,
    SolutionBody,
    SolutionPatch,
    SolutionQuery,
    SolutionSchema,
    VersionSchema,
    WholeVersionSchema,
)
from app.api.showing import Shown, each, page_of_window, window_of
from app.attachments.queries import by_owner
from app.errors import require_allowed, require_visible
from app.matching import operations as matching
from app.scenarios import queries as scenarios
from app.solutions import operations, policy, queries
from app.solutions.comparison import rows_of
from app.solutions.labels import reason_text
from app.solutions.models import Evaluation, Solution, SolutionVersion
from app.solutions.operations import Answer, Score
from app.solutions.policy import Standing
from app.solutions.ranking import Place, total
from app.web import current_actor, database, new_id, now, record_or_404

resource = Resource("solutions", "Solutions of the chip firms, and their evaluations")


def seen(solution_id: uuid.UUID) -> tuple[Solution, Standing]:
    """The solution, if it exists for this person, and how the person stands to it. Raises NotFound."""
    database().flush()
    solution = record_or_404(queries.get_solution(database(), solution_id))
    standing = policy.standing_of(database(), current_actor(), solution.scenario_id)
    require_visible(policy.can_see(current_actor(), solution, standing, now=now()))
    return solution, standing


def shown(solution_id: uuid.UUID) -> Shown:
    """The solution as this person sees it. Raises NotFound."""
    return _each([seen(solution_id)[0]])[0]


def _each(solutions: Sequence[Solution], places: Iterable[Place | None] = ()) -> list[Shown]:
    """Solutions with what counts of them and, for their own firm, what is being written."""
    counting = queries.current_versions(database(), [solution.id for solution in solutions])
    own = [solution.id for solution in solutions if current_actor().belongs_to(solution.organization_id)]
    versions = counting | queries.working_versions(database(), own)
    files = by_owner(database(), "solution_version_id", [version.id for version in versions.values()])
    ranked = dict(zip((solution.id for solution in solutions), places, strict=False))
    return [
        Shown(
            solution,
            version=versions[solution.id],
            counting=counting.get(solution.id),
            attachments=files.get(versions[solution.id].id, ()),
            decline_reason=str(reason_text(solution.decline_reason)),
            **_place(ranked.get(solution.id)),
        )
        for solution in solutions
    ]


def _place(place: Place | None) -> dict[str, Any]:
    return {} if place is None else {"score": place.score, "rank": place.rank}


@resource.lists("/scenarios/<uuid:scenario_id>/solutions", SolutionSchema, public=False)
def list_solutions(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """The solutions of a scenario: to those who judge, after closing and the best first; to a chip firm its own."""
    scenario, _sight = scenarios.visible(database(), current_actor(), scenario_id)
    standing = policy.standing_of(database(), current_actor(), scenario.id)
    if policy.can_list(current_actor(), scenario, standing, now=now()):
        rows, count = rows_of(database(), current_actor(), scenario, standing, now=now(), window=window_of(query))
        items = _each([row.solution for row in rows], [row.place for row in rows])
        return page_of_window(items, query, total=count)
    firms = [firm for firm, affiliation in current_actor().affiliations.items() if affiliation.chip]
    require_visible(bool(firms))
    return each(page_of(queries.solutions_of_firms(firms).where(Solution.scenario_id == scenario.id), query), _each)


@resource.lists("/solutions", SolutionSchema, query=SolutionQuery, public=False)
def list_own_solutions(query: dict[str, Any]) -> Listing:
    """The solutions of one's firms, the latest first."""
    return each(page_of(queries.solutions_of_firms(current_actor().affiliations, query.get("status")), query), _each)


@resource.lists("/solutions/to-evaluate", SolutionSchema, public=False)
def list_solutions_to_evaluate(query: dict[str, Any]) -> Listing:
    """What waits for one's scores, the first to have closed first."""
    return each(page_of(queries.to_evaluate(current_actor(), now=now()), query), _each)


@resource.reads("/solutions/<uuid:solution_id>", SolutionSchema, public=False)
def show_solution(_query: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """A solution."""
    return shown(solution_id)


@resource.lists("/solutions/<uuid:solution_id>/compliance", AnsweredLineSchema, public=False)
def list_compliance(query: dict[str, Any], solution_id: uuid.UUID) -> Listing:
    """The requirement lines in force, each with what the firm says of it."""
    solution = shown(solution_id)
    answers = queries.lines_by_requirement(solution.version)
    lines = [
        Shown(
            answers.get(line.id) or Answer(line.id), name=line.name, operator=line.operator.value, required=line.value,
            unit=line.unit, must=line.must,
        )
        for line in queries.requirements_of(database(), solution.scenario_id)
    ]  # fmt: skip
    return page_of_rows(lines, query)


@resource.creates("/scenarios/<uuid:scenario_id>/solutions", SolutionSchema, takes=SolutionBody)
def create_solution(body: dict[str, Any], scenario_id: uuid.UUID) -> Shown:
    """Begin an answer."""
    scenario, _sight = scenarios.visible(database(), current_actor(), scenario_id)
    actor, firm = current_actor(), body.pop("organization_id", current_actor().organization_id)
    solution = operations.start_solution(database(), scenario, solution_id=new_id(), organization_id=firm, actor=actor, now=now())
    operations.save_draft(database(), solution, _changes(body), actor=actor, now=now())
    return shown(solution.id)


@resource.replaces("/solutions/<uuid:solution_id>", SolutionSchema, takes=SolutionPatch, current=shown)
def save_solution(body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Change what is being written; what is left out stays as it is. After a submission, begin a new version first."""
    solution = shown(solution_id)
    version = solution.version.version
    operations.save_draft(database(), seen(solution_id)[0], _changes(body), actor=current_actor(), now=now(), version=version)
    return shown(solution_id)


def _changes(body: dict[str, Any]) -> operations.Changes:
    changes = dict(body)
    if "compliance" in body:
        changes["compliance"] = [Answer(**line) for line in body["compliance"]]
    return cast(operations.Changes, changes)


@resource.acts("/solutions/<uuid:solution_id>/submit", SolutionSchema)
def submit_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Submit what is written: from then on that version is fixed, and has its receipt."""
    operations.submit_solution(database(), seen(solution_id)[0], actor=current_actor(), now=now())
    return shown(solution_id)


@resource.acts("/solutions/<uuid:solution_id>/revise", SolutionSchema)
def revise_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Begin a new version; the submitted one counts until the new one is submitted."""
    operations.begin_revision(database(), seen(solution_id)[0], actor=current_actor(), now=now())
    return shown(solution_id)


@resource.acts("/solutions/<uuid:solution_id>/discard", None)
def discard_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> None:
    """Throw away what is being written; a version that was submitted stays."""
    operations.discard_draft(database(), seen(solution_id)[0], actor=current_actor(), now=now())


@resource.acts("/solutions/<uuid:solution_id>/withdraw", SolutionSchema)
def withdraw_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Take a submitted answer back, before the closing time."""
    operations.withdraw(database(), seen(solution_id)[0], actor=current_actor(), now=now())
    return shown(solution_id)


@resource.lists("/solutions/<uuid:solution_id>/versions", VersionSchema, public=False)
def list_versions(query: dict[str, Any], solution_id: uuid.UUID) -> Listing:
    """The versions, the latest first: the firm reads all, the auditor those submitted, others the one that counts."""
    return each(page_of(queries.versions_read_by(current_actor(), seen(solution_id)[0]), query), _versions)


@resource.reads("/solutions/<uuid:solution_id>/versions/<int(max=9999):number>", WholeVersionSchema, public=False)
def show_version(_query: dict[str, Any], solution_id: uuid.UUID, number: int) -> Shown:
    """One version, with the text over which its hash was taken."""
    statement = queries.versions_read_by(current_actor(), seen(solution_id)[0])
    return _versions([record_or_404(database().scalar(statement.where(SolutionVersion.number == number)))])[0]


def _versions(versions: Sequence[SolutionVersion]) -> list[Shown]:
    files = by_owner(database(), "solution_version_id", [version.id for version in versions])
    status = {True: "submitted", False: "draft"}
    return [
        Shown(
            version,
            version=version,
            status=status[version.submitted_at is not None],
            attachments=files.get(version.id, ()),
        )
        for version in versions
    ]


@resource.lists("/solutions/<uuid:solution_id>/evaluations", EvaluationSchema, public=False)
def list_evaluations(query: dict[str, Any], solution_id: uuid.UUID) -> Listing:
    """The evaluations that one may see: one's own, and the others' once that is in."""
    solution, standing = seen(solution_id)
    own = queries.evaluation_of(database(), solution.id, current_actor().user_id)
    if policy.can_see_evaluations(current_actor(), solution, standing, own, now=now()):
        return page_of_rows(_judged(queries.evaluations_of(database(), [solution.id]), solution), query)
    require_allowed(policy.can_evaluate(current_actor(), solution.scenario, standing))
    return page_of_rows(_judged([own] if own is not None else [], solution), query)


@resource.creates("/solutions/<uuid:solution_id>/evaluations", EvaluationSchema, takes=EvaluationBody)
def evaluate_solution(body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Give one's scores, or declare a conflict; sent again until the decision, it changes what one has said."""
    solution, _standing = seen(solution_id)
    scores = [Score(**row) for row in body.pop("scores")]
    evaluation = operations.evaluate(database(), solution, scores=scores, actor=current_actor(), now=now(), **body)
    return _judged([evaluation], solution)[0]


def _judged(evaluations: Sequence[Evaluation], solution: Solution) -> list[Shown]:
    names = names_of(database(), [evaluation.evaluator_id for evaluation in evaluations])
    criteria = queries.criteria_of(database(), solution.scenario_id)
    return [
        Shown(
            evaluation,
            status="barred" if evaluation.conflict else "scored",
            evaluator=names.get(evaluation.evaluator_id, ""),
            total=None if evaluation.conflict else total(evaluation, criteria),
        )
        for evaluation in evaluations
    ]


@resource.acts("/solutions/<uuid:solution_id>/shortlist", SolutionSchema)
def shortlist_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Put a solution on the short list."""
    operations.shortlist(database(), seen(solution_id)[0], actor=current_actor(), now=now())
    return shown(solution_id)


@resource.acts("/solutions/<uuid:solution_id>/decline", SolutionSchema, takes=Reason)
def decline_solution(body: dict[str, Any], solution_id: uuid.UUID) -> Shown:
    """Decline a solution, with a reason that its firm reads."""
    operations.decline(database(), seen(solution_id)[0], reason=body["reason"], actor=current_actor(), now=now())
    return shown(solution_id)


@resource.creates("/solutions/<uuid:solution_id>/select", MatchSchema)
def select_solution(_body: dict[str, Any], solution_id: uuid.UUID) -> Any:
    """Select a shortlisted solution: its match is proposed, and answered."""
    match = matching.select_solution(database(), seen(solution_id)[0], actor=current_actor(), now=now())
    return shown_match(match.id)
