"""The solutions of a scenario side by side, as far as one person may see them."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.scenarios.models import Scenario
from app.solutions import policy, queries
from app.solutions.models import ComplianceLine, Evaluation, Solution, SolutionVersion
from app.solutions.policy import Standing
from app.solutions.ranking import Place, rank


@dataclass(frozen=True)
class Row:
    """One solution: its submitted version, its answers by requirement line, and of its scores what this person may see.

    `outdated` are the lines that ask for something else since the version was submitted.

    `evaluations` and `place` are None while the scores are hidden.
    """

    solution: Solution
    version: SolutionVersion
    answers: dict[uuid.UUID, ComplianceLine]
    own: Evaluation | None
    evaluations: list[Evaluation] | None
    place: Place | None
    outdated: set[uuid.UUID]


def rows_of(
    session: Session,
    actor: Actor,
    scenario: Scenario,
    standing: Standing,
    *,
    now: datetime,
    window: slice = slice(None),
    picked: Collection[uuid.UUID] = (),
) -> tuple[list[Row], int]:
    """The submitted solutions within the window (all, or those picked), and how many there are: best first.

    Those whose scores are hidden come last, in the order of submission. A fixed number of statements; what the solutions say is
    read within the window only. Who may see the list at all is `policy.can_list`'s question.
    """
    solutions = {solution.id: solution for solution in queries.answered_solutions(session, scenario.id)}
    given: dict[uuid.UUID, list[Evaluation]] = defaultdict(list)
    for evaluation in queries.evaluations_of(session, solutions):
        given[evaluation.solution_id].append(evaluation)
    own = {id_: next((e for e in given[id_] if e.evaluator_id == actor.user_id), None) for id_ in solutions}
    shown = {
        id_: given[id_]
        for id_, solution in solutions.items()
        if policy.can_see_evaluations(actor, solution, standing, own[id_], now=now)
    }
    places = rank(shown, queries.criteria_of(session, scenario.id))
    order = [*places, *(id_ for id_ in solutions if id_ not in places)]
    wanted = [id_ for id_ in order if id_ in picked] or order
    versions = queries.current_versions(session, wanted[window])
    outdated = queries.outdated_lines(session, scenario.id, versions.values())
    rows = [
        Row(
            solutions[id_],
            versions[id_],
            queries.lines_by_requirement(versions[id_]),
            own[id_],
            shown.get(id_),
            places.get(id_),
            outdated[versions[id_].id],
        )
        for id_ in wanted[window]
    ]
    return rows, len(wanted)
