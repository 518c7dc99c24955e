"""A history of changes leaves what a new index of the same records holds."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from search_index import matching_index, matching_side
from search_index.matching import Line, Offered, Wanted
from search_index.matching_index import MatchIndex, Sizes
from search_index.parameters import Parameter, Requirement, prepare, prepare_requirement
from search_index.similarity import TextModel
from search_index.similarity_space import UNIT, Space

WIDTH = 4
MODEL = TextModel.shipped("test", space=Space(np.zeros((3, WIDTH), np.float32), np.zeros((0, WIDTH), np.float32)))
SMALL = Sizes(row=2, judged_products=2, judged_scenarios=2, buffer=1)
WORDS = ("碳化硅", "功率模块", "传感器", "毫米波雷达", "封装", "SoC")
FIRMS = ("anchor", "chip", "chip", "both")


titles = st.lists(st.sampled_from(WORDS), max_size=3).map("".join)
directions = st.lists(st.integers(-3, 3), min_size=WIDTH, max_size=WIDTH).filter(any)
places = st.none() | directions.map(lambda v: np.rint(UNIT * np.array(v) / np.linalg.norm(v)).astype(np.int16))
tracks = st.sampled_from(("design", "wbg", "mems"))
lines = st.lists(
    st.builds(
        Line,
        st.just("line"),
        st.builds(Requirement, st.sampled_from(("功耗", "电压")), st.just("="), st.sampled_from(("1 W", "2 V"))).map(
            prepare_requirement
        ),
        st.booleans(),
        st.integers(0, 100),
    ),
    max_size=2,
).map(tuple)


def wanted(identity):
    return st.builds(
        lambda title, **others: Wanted(identity, terms=MODEL.asked(title), **others),
        titles,
        firm=st.sampled_from(FIRMS),
        place=places,
        domain=st.sampled_from(("", "ai", "iov")),
        tracks=st.frozensets(tracks, max_size=2),
        technologies=st.frozensets(st.sampled_from(("sip", "eda")), max_size=2),
        area=st.sampled_from(("", "jinji")),
        months=st.none() | st.integers(0, 30),
        lines=lines,
    )


def offered(identity):
    return st.builds(
        lambda title, **others: Offered(identity, terms=MODEL.offered(title), **others),
        titles,
        firm=st.sampled_from(FIRMS),
        place=places,
        track=tracks,
        technologies=st.frozensets(st.sampled_from(("sip", "eda")), max_size=2),
        domains=st.frozensets(st.sampled_from(("ai", "iov")), max_size=2),
        area=st.sampled_from(("", "jinji")),
        maturity=st.sampled_from(("research", "sample", "small_batch", "volume")),
        accepted=st.integers(0, 3),
        active=st.integers(0, 3),
        parameters=st.lists(
            st.builds(Parameter, st.sampled_from(("功耗", "电压")), st.sampled_from(("1 W", "2 V", "3 V"))), max_size=2
        ).map(prepare),
    )


scenario_ids, product_ids = [f"s{n}" for n in range(6)], [f"p{n}" for n in range(9)]
some_scenario = st.sampled_from(scenario_ids).flatmap(wanted)
some_product = st.sampled_from(product_ids).flatmap(offered)


class Histories(RuleBasedStateMachine):
    """Changes of any kind in any order."""

    def __init__(self):
        super().__init__()
        self.index = MatchIndex(MODEL, SMALL)
        self.scenarios, self.products = {}, {}
        self.before = ({}, {})

    @rule(scenario=some_scenario)
    def update_scenario(self, scenario):
        self.scenarios[scenario.id] = scenario
        self.notice(self.index.update_scenario(scenario))

    @rule(product=some_product)
    def update_product(self, product):
        self.products[product.id] = product
        self.notice(self.index.update_product(product))

    @precondition(lambda self: self.scenarios)
    @rule(data=st.data())
    def remove_scenario(self, data):
        identity = data.draw(st.sampled_from(sorted(self.scenarios)))
        del self.scenarios[identity]
        self.before[0].pop(identity, None)
        self.notice(self.index.remove_scenario(identity))

    @precondition(lambda self: self.products)
    @rule(data=st.data())
    def remove_product(self, data):
        identity = data.draw(st.sampled_from(sorted(self.products)))
        del self.products[identity]
        self.before[1].pop(identity, None)
        self.notice(self.index.remove_product(identity))

    @initialize(scenarios=st.tuples(*map(wanted, scenario_ids)), products=st.tuples(*map(offered, product_ids)))
    def full_pass(self, scenarios, products):
        self.scenarios, self.products = {each.id: each for each in scenarios}, {each.id: each for each in products}
        self.index = MatchIndex(MODEL, SMALL)
        self.index.fill(list(self.scenarios.values()), list(self.products.values()))
        self.index.full_pass()
        self.before = self.rows(self.index)

    def rows(self, index):
        return (
            {each: index.scenario_row(each) for each in self.scenarios},
            {each: index.product_row(each) for each in self.products},
        )

    def notice(self, touched):
        """Every row that is not what it was must have been named."""
        after = self.rows(self.index)
        for old, new, named in zip(self.before, after, (touched.scenarios, touched.products), strict=True):
            assert {identity for identity in new if old.get(identity) != new[identity]} <= named
        self.before = after

    @invariant()
    def equals_a_full_pass_in_another_order_and_in_stretches(self):
        fresh = MatchIndex(MODEL, SMALL)
        fresh.fill(list(self.scenarios.values())[::-1], list(self.products.values())[::-1])
        with patch.object(matching_index, "STRETCH", 3), patch.object(matching_side, "OFTEN", 0.4):
            fresh.full_pass()
        assert self.rows(self.index) == self.rows(fresh)
        for identity in self.scenarios:
            assert self.index.products_for(identity) == fresh.products_for(identity)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@given(st.lists(some_scenario, min_size=1, max_size=6), st.lists(some_product, min_size=1, max_size=9))
@settings(deadline=None)
def test_rows_hold_the_best_of_all_pairs(scenarios, products):
    scenarios, products = {each.id: each for each in scenarios}, {each.id: each for each in products}
    whole = Sizes(row=3, judged_products=20, judged_scenarios=20, buffer=1)
    index = MatchIndex(MODEL, whole)
    index.fill(list(scenarios.values()), list(products.values()))
    index.full_pass()
    for scenario in scenarios.values():
        every = [index.score(scenario.id, product.id) for product in products.values() if product.firm != scenario.firm]
        expected = sorted(every, key=lambda each: (-each.hundredths, each.product))[:3]
        assert index.scenario_row(scenario.id) == expected


@given(some_scenario, some_product)
@settings(deadline=None)
def test_stage_one_is_the_score_without_its_verdicts(scenario, product):
    index = MatchIndex(MODEL, SMALL)
    index.fill([scenario], [product])
    index.full_pass()
    found = index.products_for(scenario.id)
    if scenario.firm == product.firm:
        assert found == []
        return
    parts = index.score(scenario.id, product.id).parts
    without = sum(part.hundredths for part in parts if part.name not in {"requirements", "unmet_must"})
    assert found == [(product.id, without / 100)]
    assert index.scenarios_for(product.id) == [(scenario.id, without / 100)]


def test_what_is_not_for_somebody_is_left_out():
    index = MatchIndex(MODEL)
    products = [Offered(f"p{n}", "chip", MODEL.offered("功率模块")) for n in range(3)]
    index.fill([Wanted("s", "anchor", MODEL.asked("功率模块"))], products)
    index.full_pass()
    assert [each.product for each in index.scenario_row("s", without={"p1"})] == ["p0", "p2"]  # equals by their ids
    assert index.product_row("p1", without={"s"}) == []


def test_who_is_not_there_is_a_key_error():
    index = MatchIndex(MODEL)
    for call in (index.scenario_row, index.product_row, index.remove_product, index.remove_scenario):
        with pytest.raises(KeyError):
            call("nobody")
    with pytest.raises(KeyError):
        index.score("nobody", "nobody")


def test_many_changes_are_compiled_into_the_matrix():
    index = MatchIndex(MODEL)
    index.update_scenario(Wanted("s", "anchor", MODEL.asked("毫米波雷达")))
    for number in range(1100):
        index.update_product(Offered(f"p{number}", "chip", MODEL.offered("毫米波雷达" if number == 7 else "功率模块")))
    assert index.scenario_row("s")[0].product == "p7"
