"""What fits what, through the JSON API."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.matching.fits.models import Fit
from app.scenarios.content import RequirementRow
from app.scenarios.models import Confidentiality, Operator
from tests.factories.matching import MatchWorld
from tests.support.api import Door

LATER = timedelta(minutes=5)


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now)
    for role in ("reviewer", "operator", "admin"):
        world.user(role, role)
    return world


@pytest.fixture
def ask(client, world):
    return Door(client, world)


@pytest.fixture
def market(world, indexed, worker):
    """A scenario with a line, one product that meets it and one that does not; what fits is computed."""
    indexed()
    line = RequirementRow("功耗", Operator.AT_MOST, "2", "W")
    scenario = world.scenario(title="77 GHz 毫米波雷达收发芯片", requirements=[line])
    good = world.product("chip", "毫米波雷达收发芯片", 功耗="1.5 W")
    poor = world.product("rival", "毫米波雷达收发芯片", 功耗="9 W")
    ids = scenario.id, good.id, poor.id, good.organization_id
    worker(world.now + LATER)
    return ids


def test_what_fits_a_scenario_stands_best_first_with_its_reasons(ask, market):
    scenario, good, poor, _firm = market
    rows = ask("anchor", "GET", f"/scenarios/{scenario}/recommendations").json["items"]
    assert [row["product"]["id"] for row in rows] == [str(good), str(poor)]
    assert [row["requirements"][0]["verdict"] for row in rows] == ["met", "unmet"]
    assert rows[0]["requirements"][0]["evidence"] == "功耗 1.5 W"
    for row in rows:
        assert round(sum(reason["points"] for reason in row["reasons"]), 2) == row["score"]
    assert ask("reviewer", "GET", f"/scenarios/{scenario}/recommendations").json["total"] == 2


def test_what_was_found_is_told_in_words_of_the_texts_alone(ask, world, session, indexed, worker):
    """A synonym that both texts come down to is led by a sign in the index, which is nobody else's."""
    indexed()
    scenario = world.scenario(title="MCU 选型")
    product = world.product("chip", "微控制器 KJ32")
    path, product_id = f"/scenarios/{scenario.id}/recommendations", product.id
    worker(world.now + LATER)
    assert any("=" in term for fit in session.scalars(select(Fit)) for part in fit.parts for term in map(str, part[3]))
    (row,) = ask("anchor", "GET", path).json["items"]
    assert row["product"]["id"] == str(product_id)
    match = world.direct(world.unfilled(title="MCU 国产化", closes_at=world.closing))
    match.reasons = [{"part": "terms", "hundredths": 100, "value": 0.1, "detail": ["=微控制器", "微控制器"]}]
    session.commit()
    (frozen,) = ask("anchor", "GET", f"/matches/{match.id}", at=world.later).json["reasons"]
    assert frozen["detail"] == ["微控制器"]
    assert not any(str(term).startswith("=") for reason in row["reasons"] for term in reason["detail"])


def test_others_do_not_read_what_fits(ask, market):
    scenario, good, _poor, firm = market
    for path in (f"/scenarios/{scenario}", f"/products/{good}", f"/organizations/{firm}"):
        assert ask("operator", "GET", f"{path}/recommendations").status_code == 403
        assert ask(None, "GET", f"{path}/recommendations").status_code == 401
    assert ask("chip", "GET", f"/scenarios/{scenario}/recommendations").status_code == 403
    assert ask("rival", "GET", f"/products/{good}/recommendations").status_code == 403


def test_a_firm_reads_what_it_and_its_products_fit(ask, market):
    scenario, good, _poor, firm = market
    for path in (f"/products/{good}", f"/organizations/{firm}"):
        (row,) = ask("chip", "GET", f"{path}/recommendations").json["items"]
        assert (row["scenario"]["id"], row["product_id"]) == (str(scenario), str(good))


def test_a_scenario_that_one_may_not_read_is_no_recommendation(ask, world, indexed, worker):
    indexed()
    scenario = world.scenario(title="毫米波雷达收发芯片", confidentiality=Confidentiality.INVITED)
    product = world.product("chip", "毫米波雷达收发芯片", power="1.5 W")
    scenario, product = scenario.id, product.id
    worker(world.now + LATER)
    assert ask("chip", "GET", f"/products/{product}/recommendations").json["total"] == 0
    assert ask("chip", "GET", f"/scenarios/{scenario}/recommendations").status_code == 404
    dismissal = {"scenario_id": str(scenario), "reason": "field"}
    assert ask("chip", "POST", f"/products/{product}/recommendations/dismiss", dismissal).status_code == 404


@pytest.mark.parametrize(("said", "reason", "note"), [("capacity", "capacity", ""), ("价格不合适", "other", "价格不合适")])
def test_what_is_not_for_a_firm_stays_hidden_until_it_is_taken_back(ask, market, said, reason, note):
    scenario, good, _poor, firm = market
    path, body = f"/organizations/{firm}/recommendations", {"scenario_id": str(scenario), "reason": said}
    assert ask("rival", "POST", f"{path}/dismiss", body).status_code == 403
    dismissed = ask("chip", "POST", f"{path}/dismiss", body)
    assert (dismissed.status_code, dismissed.json["reason"], dismissed.json["note"]) == (201, reason, note)
    assert ask("chip", "GET", path).json["total"] == 0
    assert ask("chip", "GET", f"/products/{good}/recommendations").json["total"] == 0
    assert ask("chip", "GET", f"/organizations/{firm}/dismissals").json["total"] == 1
    assert ask("rival", "GET", f"/organizations/{firm}/dismissals").status_code == 404
    restore = f"/dismissals/{dismissed.json['id']}/restore"
    assert ask("rival", "POST", restore).status_code == 404
    assert ask("chip", "POST", restore).status_code == 204
    assert ask("chip", "GET", path).json["total"] == 1


def test_a_product_leaves_the_row_of_the_scenario_alone(ask, market):
    scenario, good, poor, firm = market
    body = {"product_id": str(poor), "reason": "technology"}
    assert ask("chip", "POST", f"/scenarios/{scenario}/recommendations/dismiss", body).status_code == 403
    assert ask("anchor", "POST", f"/scenarios/{scenario}/recommendations/dismiss", body).status_code == 201
    assert ask("anchor", "GET", f"/scenarios/{scenario}/recommendations").json["total"] == 1
    mine = {"scenario_id": str(scenario), "reason": "terms"}
    assert ask("chip", "POST", f"/products/{good}/recommendations/dismiss", mine).json["product_id"] == str(good)
    assert ask("chip", "GET", f"/organizations/{firm}/recommendations").json["total"] == 0


def test_what_no_product_meets_is_shown_to_the_staff(ask, world, indexed, worker):
    indexed()
    scenario = world.scenario(title="毫米波雷达", requirements=[RequirementRow("功耗", Operator.AT_MOST, "1", "W")])
    product = world.product("chip", "毫米波雷达收发芯片", 功耗="9 W")
    scenario, product = scenario.id, product.id
    worker(world.now + LATER)
    (gap,) = ask("operator", "GET", "/coverage-gaps").json["items"]
    assert (gap["scenario_id"], gap["name"], gap["nearest_id"], gap["unmet"]) == (str(scenario), "功耗", str(product), 1)
    assert ask("chip", "GET", "/coverage-gaps").status_code == 403
