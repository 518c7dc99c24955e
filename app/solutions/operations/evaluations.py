"""Judging a solution: conflict declared first, then a score and a comment per criterion."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.actor import Actor
from app.audit import operations as audit
from app.errors import Problems, WrongState, collecting, require_allowed, require_fresh
from app.outbox import operations as outbox
from app.scenarios.content import TEXT_LENGTH
from app.solutions import policy, queries
from app.solutions.models import Evaluation, EvaluationScore, Solution
from app.solutions.operations.access import lock_visible
from app.solutions.transitions import UNDECIDED

SCORES = range(101)


@dataclass(frozen=True)
class Score:
    """A score from 0 to 100 and a comment on one criterion."""

    criterion_id: uuid.UUID
    score: int
    comment: str = ""


def evaluate(
    session: Session,
    solution: Solution,
    *,
    conflict: bool,
    scores: Iterable[Score] = (),
    conflict_note: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Evaluation:
    """Write one's own evaluation, or change it until the solution is selected or declined. A conflict drops all scores.

    `version` is that of the evaluation that was read. Raises WrongState outside of the evaluation, Stale, and Invalid where
    a criterion has no score or one outside of 0 to 100.
    """
    solution, standing = lock_visible(session, solution, actor, now)
    require_allowed(policy.can_evaluate(actor, solution.scenario, standing))
    if solution.status not in UNDECIDED or not policy.under_evaluation(solution.scenario, now):
        raise WrongState
    evaluation = queries.evaluation_of(session, solution.id, actor.user_id)
    if evaluation is not None:
        require_fresh(evaluation.version, version)
    rows = [] if conflict else list(scores)
    with collecting() as problems:
        problems.limit("conflict_note", conflict_note, TEXT_LENGTH)
        if not conflict:
            _check(problems, rows, {criterion.id for criterion in solution.scenario.criteria})
    if evaluation is None:
        evaluation = Evaluation(solution_id=solution.id, evaluator_id=actor.user_id, scores=[])
        session.add(evaluation)
    evaluation.conflict, evaluation.conflict_note = conflict, conflict_note if conflict else ""
    evaluation.submitted_at = now
    flag_modified(evaluation, "submitted_at")  # a change of scores alone is a new version too
    _put(evaluation, rows)
    session.flush()
    after = {"solution": solution.id, "conflict": conflict, "scores": [asdict(row) for row in rows]}
    audit.record(session, "solutions.evaluate", evaluation, actor=actor, now=now, after=after)
    outbox.emit(session, "solution.evaluated", f"{evaluation.id}:{evaluation.version}", now=now, solution_id=solution.id)
    return evaluation


def _check(problems: Problems, rows: list[Score], criteria: set[uuid.UUID]) -> None:
    named = [row.criterion_id for row in rows]
    if set(named) != criteria or len(named) != len(criteria):
        problems.add("scores", _l("Each criterion needs one score."))
    if any(row.score not in SCORES for row in rows):
        problems.add("scores", _l("Scores are whole numbers from 0 to 100."))
    if any(len(row.comment) > TEXT_LENGTH for row in rows):
        problems.add("scores", _l("At most %(count)s characters.", count=TEXT_LENGTH))


def _put(evaluation: Evaluation, rows: list[Score]) -> None:
    present = {score.criterion_id: score for score in evaluation.scores}
    evaluation.scores = [present.get(row.criterion_id, EvaluationScore(criterion_id=row.criterion_id)) for row in rows]
    for score, row in zip(evaluation.scores, rows, strict=True):
        score.score, score.comment = row.score, row.comment
