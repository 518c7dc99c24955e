"""How good a ranking or a set of verdicts is, with intervals: the figures that `make bench` prints and that tuning goes by.

Everything is seeded: the same values give the same interval.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES = 10_000
SEED = 20_221_025


@dataclass(frozen=True)
class Interval:
    """A mean, and between which bounds it lies with the confidence that was asked for."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision: how many of those said were right. Recall: how many of those right were said. 1.0 where there was nothing."""

    precision: Interval
    recall: Interval


def dcg(grades: Sequence[float], k: int = 10) -> float:
    """Discounted cumulative gain of grades in ranked order: Σ over the first k of (2^grade − 1) / log2(rank + 1), rank from 1.

    Source: Burges et al., Learning to Rank using Gradient Descent (ICML 2005), the form with exponential gain.
    """
    first = np.asarray(grades[:k], dtype=np.float64)
    return float(((2.0**first - 1.0) / np.log2(np.arange(2, first.size + 2))).sum())


def ndcg(ranked_grades: Sequence[float], all_grades: Iterable[float] | None = None, k: int = 10) -> float:
    """DCG divided by that of the best order possible, 0 to 1.

    `ranked_grades`: the grades of what was ranked, best first, 0 for what nobody judged. `all_grades`: the grades of everything
    that could have been found (default: of what was ranked), so that what was missed counts. 0.0 where nothing was worth finding.
    """
    ideal = dcg(sorted(ranked_grades if all_grades is None else all_grades, reverse=True), k)
    return dcg(ranked_grades, k) / ideal if ideal > 0 else 0.0


def recall(ranked_grades: Sequence[float], all_grades: Iterable[float], k: int = 20, least: float = 1) -> float:
    """Which part of everything graded `least` or better stands among the first k. 0.0 where there was nothing to find."""
    wanted = sum(grade >= least for grade in all_grades)
    return sum(grade >= least for grade in ranked_grades[:k]) / wanted if wanted else 0.0


def precision_recall(said: Sequence[str], right: Sequence[str], *verdicts: str) -> PrecisionRecall:
    """How far these verdicts can be trusted: both sequences hold a verdict for each case, in the same order.

    The intervals are over the cases where one of the verdicts was said, or was right. Raises ValueError when the sequences differ
    in length.
    """
    pairs = list(zip(said, right, strict=True))
    claimed = [float(a == b) for a, b in pairs if a in verdicts] or [1.0]
    true = [float(a == b) for a, b in pairs if b in verdicts] or [1.0]
    return PrecisionRecall(bootstrap_interval(claimed), bootstrap_interval(true))


def bootstrap_interval(
    values: Sequence[float], *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean of one value per requirement (or query), with its percentile bootstrap interval over requirements.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Raises ValueError when there is no value.
    """
    sample: Floats = np.asarray(values, dtype=np.float64)
    if not sample.size:
        raise ValueError("no values")
    draws = np.random.default_rng(seed).integers(0, sample.size, size=(resamples, sample.size))
    low, high = np.quantile(sample[draws].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(sample.mean()), float(low), float(high))


def paired_difference(
    a: Sequence[float], b: Sequence[float], *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """How much better `a` is than `b` on the same requirements: the mean of the differences, with its bootstrap interval.

    An interval that lies above zero says that `a` is better. Raises ValueError when they differ in length or are empty.
    """
    differences = [x - y for x, y in zip(a, b, strict=True)]
    return bootstrap_interval(differences, confidence=confidence, resamples=resamples, seed=seed)
