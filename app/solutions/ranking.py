"""The weighted ranking of a scenario's solutions: exact arithmetic, no rounding before the page.

An evaluator's total is Σ weight · score / 100 over the criteria (weights add up to 100), so from 0 to 100. A solution's
score is the mean of the totals of those who declared no conflict. Equal scores share a rank.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.scenarios.models import Criterion
from app.solutions.models import Evaluation

PERCENT = 100


@dataclass(frozen=True)
class Place:
    """A solution's place: its score (None without an evaluation that counts), how many counted, and its rank among those scored."""

    score: Fraction | None
    evaluations: int
    rank: int | None


def total(evaluation: Evaluation, criteria: Iterable[Criterion]) -> Fraction:
    """One evaluator's total, 0 to 100. Needs the evaluation's scores."""
    weights = {criterion.id: criterion.weight for criterion in criteria}
    return Fraction(sum(weights.get(score.criterion_id, 0) * score.score for score in evaluation.scores), PERCENT)


def rank(evaluations: Mapping[uuid.UUID, Iterable[Evaluation]], criteria: Iterable[Criterion]) -> dict[uuid.UUID, Place]:
    """The ranking: solution ids with their standings, best first; those without a score come last, in the order given."""
    criteria = list(criteria)
    totals = {
        solution_id: [total(evaluation, criteria) for evaluation in rows if not evaluation.conflict]
        for solution_id, rows in evaluations.items()
    }
    means = {solution_id: Fraction(sum(rows), len(rows)) if rows else None for solution_id, rows in totals.items()}
    scores = [mean for mean in means.values() if mean is not None]
    standings = {
        solution_id: Place(mean, len(totals[solution_id]), None if mean is None else 1 + sum(s > mean for s in scores))
        for solution_id, mean in means.items()
    }
    return dict(sorted(standings.items(), key=lambda item: (item[1].score is None, -(item[1].score or 0))))
