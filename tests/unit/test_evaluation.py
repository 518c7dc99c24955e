import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.evaluation import Interval, bootstrap_interval, dcg, ndcg, paired_difference, precision_recall, recall

GRADES = st.lists(st.integers(0, 3), min_size=1, max_size=30)


def test_dcg_by_hand():
    assert dcg([3, 0, 1]) == pytest.approx(7 / 1 + 0 + 1 / math.log2(4))
    assert dcg([0, 0, 3], k=2) == 0
    assert dcg([]) == 0


def test_ndcg_by_hand():
    assert ndcg([1, 3]) == pytest.approx((1 + 7 / math.log2(3)) / (7 + 1 / math.log2(3)))


def test_ndcg_counts_what_was_missed():
    assert ndcg([3], [3, 3]) == pytest.approx(7 / (7 + 7 / math.log2(3)))
    assert ndcg([], [3]) == 0


def test_ndcg_where_nothing_is_worth_finding():
    assert ndcg([0, 0]) == 0
    assert ndcg([], []) == 0


@given(GRADES)
def test_the_best_order_is_one_and_no_order_is_better(grades):
    best = sorted(grades, reverse=True)
    assert 0 <= ndcg(grades) <= 1 + 1e-12
    if any(grades):
        assert ndcg(best) == pytest.approx(1)


def test_recall():
    assert recall([2, 0, 1], [2, 0, 1, 3], k=2) == pytest.approx(1 / 3)
    assert recall([2, 0, 1], [2, 0, 1, 3], k=3, least=2) == pytest.approx(1 / 2)
    assert recall([0], [0]) == 0


SAID = ["met", "met", "unknown", "unmet"]
RIGHT = ["met", "unmet", "met", "unmet"]


def test_precision_and_recall_of_one_verdict_and_of_several():
    met = precision_recall(SAID, RIGHT, "met")
    assert (met.precision.mean, met.recall.mean) == (0.5, 0.5)
    proved = precision_recall(SAID, RIGHT, "met", "unmet")
    assert (proved.precision.mean, proved.recall.mean) == (pytest.approx(2 / 3), 0.5)
    assert proved.precision.low < proved.precision.mean < proved.precision.high


def test_precision_and_recall_of_a_verdict_that_nobody_gave_are_whole():
    nothing = precision_recall(["unknown"], ["unknown"], "met")
    assert nothing.precision == nothing.recall == Interval(1, 1, 1)


def test_precision_and_recall_want_a_verdict_for_each_case():
    with pytest.raises(ValueError, match="shorter"):
        precision_recall(SAID, RIGHT[:3], "met")


def test_bootstrap_interval_holds_the_mean_and_repeats_itself():
    values = [0.2, 0.5, 0.9, 0.4, 0.6]
    interval = bootstrap_interval(values)
    assert interval.low < interval.mean < interval.high
    assert interval.mean == pytest.approx(0.52)
    assert interval == bootstrap_interval(values)
    wider = bootstrap_interval(values, confidence=0.99)
    assert wider.low <= interval.low <= interval.high <= wider.high


def test_bootstrap_interval_is_about_two_standard_errors_wide():
    values = [float(i % 2) for i in range(400)]
    interval = bootstrap_interval(values)
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


def test_no_values_have_no_interval():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])


def test_paired_difference_sees_a_steady_gain_in_noise():
    b = [0.1, 0.9, 0.3, 0.7, 0.5, 0.2]
    a = [value + 0.05 for value in b]
    difference = paired_difference(a, b)
    assert difference.low == pytest.approx(0.05)
    assert difference.high == pytest.approx(0.05)
    with pytest.raises(ValueError, match="shorter"):
        paired_difference(a, b[1:])
