import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.matching import POINT, STATIC, Line, Offered, Part, Score, Wanted, gains, points, requirement_parts
from search_index.matching import score as score_of
from search_index.parameters import Parameter, Requirement, prepare, prepare_requirement
from search_index.similarity import TextModel
from search_index.similarity_space import UNIT

MODEL = TextModel.shipped("none")
TERMS = {"asked": MODEL.asked("碳化硅功率模块"), "offered": MODEL.offered("碳化硅功率模块")}
PLACE = np.array([UNIT, 0], np.int16)


def line(name="功耗", value="10", *, must=True, weight=10):
    return Line(name, prepare_requirement(Requirement(name, "<=", value, "W")), must, weight)


def wanted(**others):
    return Wanted("s", "anchor", **{"terms": TERMS["asked"]} | others)


def offered(*parameters, **others):
    return Offered("p", "chip", **{"terms": TERMS["offered"], "parameters": prepare(parameters)} | others)


def score(scenario, product):
    return score_of(MODEL, scenario, product, gains(scenario.terms, product.terms))


def value(name, scenario, product):
    return {part.name: part for part in score(scenario, product).parts}[name].value


def test_the_points_add_up_to_a_hundred():
    assert sum(points()[name] for name in ("text", "requirements", *STATIC)) == 100


def test_everything_that_fits_gives_almost_all():
    scenario = wanted(
        place=PLACE,
        domain="ai",
        tracks=frozenset({"wbg"}),
        technologies=frozenset({"sip"}),
        area="jinji",
        months=12.0,
        lines=(line(),),
    )
    product = offered(
        Parameter("功耗", "8 W"), place=PLACE, track="wbg", technologies=frozenset({"sip"}), domains=frozenset({"ai"}),
        area="jinji", maturity="volume", accepted=99,
    )  # fmt: skip
    found = score(scenario, product)
    values = {part.name: part.value for part in found.parts}
    assert all(each == pytest.approx(1, abs=0.001) for name, each in values.items() if name not in {"terms", "record"})
    assert 85 < found.total <= 100
    details = {part.name: part.detail for part in found.parts}
    assert details["track"] == ("wbg",)
    assert details["area"] == ("jinji",)
    assert "碳化硅" in details["terms"]


def test_nothing_that_fits_gives_almost_nothing():
    scenario = wanted(tracks=frozenset({"wbg"}), technologies=frozenset({"sip"}), months=0.0, lines=(line(),))
    found = score(scenario, offered(Parameter("功耗", "20 W"), terms={}, track="design", maturity="research", active=9))
    assert 0 <= found.total < 3


@pytest.mark.parametrize(("parameter", "expected"), [("8 W", 1.0), ("", 0.2), ("20 W", 0.0)])
def test_lines_count_by_their_verdict(parameter, expected):
    assert value("requirements", wanted(lines=(line(),)), offered(Parameter("功耗", parameter))) == pytest.approx(expected)


def test_without_lines_nothing_is_known():
    assert value("requirements", wanted(), offered()) == value("requirements", wanted(lines=(line(),)), offered())


def test_a_must_line_weighs_double_and_weights_count():
    must, should = line("功耗"), line("电流", must=False)
    met = Parameter("功耗", "8 W")
    assert value("requirements", wanted(lines=(must, should)), offered(met)) == pytest.approx((2 * 1 + 0.2) / 3)
    heavy = line("电流", must=False, weight=40)
    assert value("requirements", wanted(lines=(must, heavy)), offered(met)) == pytest.approx((2 * 1 + 4 * 0.2) / 6)


def test_an_unmet_must_line_sinks_the_row_and_an_unmet_should_line_does_not():
    product = offered(Parameter("功耗", "20 W"))
    sunk, dry = (score(wanted(lines=(line(must=must),)), product) for must in (True, False))
    assert [part.name for part in dry.parts if part.hundredths < 0] == []
    taken = sunk.parts[-1]
    assert (taken.name, taken.value) == ("unmet_must", pytest.approx(0.65))
    assert taken.hundredths == -round(0.65 * (sunk.hundredths - taken.hundredths))
    half = score(wanted(lines=(line(), line("电流"))), product)
    assert half.parts[-1].value == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("maturity", "months", "expected"),
    [("volume", 0, 1), ("volume", None, 1), ("sample", 12, 1), ("sample", 6, 0.5), ("research", None, 0.5), ("research", -3, 0)],
)
def test_maturity_against_delivery(maturity, months, expected):
    assert value("maturity", wanted(months=months), offered(maturity=maturity)) == pytest.approx(expected)


def test_an_open_track_and_open_technologies_count_half():
    assert value("track", wanted(), offered(track="wbg")) == 0.5
    assert value("technologies", wanted(), offered()) == 0.5
    assert value("technologies", wanted(technologies=frozenset({"sip", "wlp"})), offered(technologies=frozenset({"sip"}))) == 0.5


def test_a_firms_record_and_capacity():
    assert value("record", wanted(), offered()) == 0
    assert value("record", wanted(), offered(accepted=3)) > value("record", wanted(), offered(accepted=3, terminated=2))
    assert value("capacity", wanted(), offered()) == 1
    assert value("capacity", wanted(), offered(active=3)) == 0.5


def test_without_an_embedding_the_terms_stand_for_both():
    assert value("meaning", wanted(place=PLACE), offered()) == pytest.approx(value("terms", wanted(), offered()), abs=0.001)
    opposite = offered(place=-PLACE)
    assert value("meaning", wanted(place=PLACE), opposite) == 0


verdict_lines = st.lists(st.tuples(st.booleans(), st.integers(0, 100), st.sampled_from(("8 W", "", "20 W"))), max_size=5)


@given(verdict_lines, st.integers(0, 9), st.sampled_from(("research", "sample", "small_batch", "volume")), st.text(max_size=30))
def test_the_shown_reasons_add_up_to_the_score(lines, active, maturity, title):
    names = [f"功耗{chr(65 + at)}" for at in range(len(lines))]
    scenario = wanted(
        terms=MODEL.asked(title),
        lines=tuple(line(name, must=must, weight=weight) for name, (must, weight, _) in zip(names, lines, strict=True)),
    )
    parameters = [Parameter(name, given) for name, (_, _, given) in zip(names, lines, strict=True)]
    found = score(scenario, offered(*parameters, terms=MODEL.offered(title), active=active, maturity=maturity))
    assert found.hundredths == sum(part.hundredths for part in found.parts)
    assert 0 <= found.hundredths <= 100 * POINT
    shown = found.shown()
    assert abs(sum(shown.values()) - found.total) <= 0.5
    assert all(abs(shown[part.name] - part.points) < 1 for part in found.parts)
    assert [each.line for each in found.judged] == names


def test_shown_parts_add_up_where_rounding_each_would_not():
    found = Score("s", "p", (Part("a", 0, 40), Part("b", 0, 40), Part("c", 0, 40), Part("d", 0, -30)))
    assert (found.total, sum(found.shown().values())) == (0.9, 1)


def test_every_line_needs_its_verdict():
    with pytest.raises(ValueError, match="shorter"):
        requirement_parts(wanted(lines=(line(),)), [], 0)
