"""The pages of matches: what each reader finds on them, and the forms behind every step."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.matching import operations
from app.matching.models import Match, MatchStatus, Objection
from app.notifications.models import Notification
from app.projects import queries as project_queries
from app.scenarios.models import Confidentiality, ScenarioStatus
from app.solutions.models import SolutionStatus
from tests.factories.matching import MatchWorld


@pytest.fixture
def world(session, now) -> MatchWorld:
    # everything up to the review lies in the past, so that the real clock of a request stands in the notice
    return MatchWorld(session, now - timedelta(days=10, seconds=2))


def test_the_public_notices_are_listed_for_everybody(world, client):
    match = world.match(MatchStatus.NOTICED)
    hidden = world.match(MatchStatus.CONFIRMED, firm="other")
    text = client.get("/matches").text
    assert match.number in text
    assert hidden.number not in text
    assert hidden.number not in client.get("/matches?status=confirmed").text
    assert client.get("/matches?status=nonsense&page=9").status_code == 200


def test_a_list_takes_a_fixed_number_of_statements(world, client, statements):
    for firm in ("a", "b", "c"):
        world.match(MatchStatus.NOTICED, firm=firm)
    with statements() as three:
        client.get("/matches")
    world.match(MatchStatus.NOTICED, firm="d")
    with statements() as four:
        client.get("/matches")
    assert len(three) == len(four) <= 6


def test_the_notice_of_an_invited_scenario_shows_the_public_minimum_only(world, client, sign_in, session):
    match = world.match(MatchStatus.NOTICED)
    scenario = match.scenario
    scenario.confidentiality = Confidentiality.INVITED
    match.review_comment = "Secret remark"
    page = client.get(f"/matches/{match.id}")
    assert page.status_code == 200
    session.refresh(scenario)
    assert scenario.public_title in page.text
    for hidden in (scenario.title, scenario.need, "power", "Secret remark", f"/scenarios/{scenario.id}"):
        assert hidden not in page.text
    whole = sign_in(world.users["chip"]).get(f"/matches/{match.id}").text
    assert "power" in whole
    assert "Secret remark" in whole


@pytest.mark.parametrize("words", ["number", "MATE", "kairui", "验证 chip"])
def test_a_list_is_searched_by_number_title_and_firms(world, client, session, words):
    match = world.match(MatchStatus.NOTICED, public_title="车载雷达 验证")
    world.firms["chip"].name_zh, world.firms["chip"].name_en = "MATE chip", "Kairui"
    other = world.match(MatchStatus.NOTICED, firm="other", public_title="Other")
    session.commit()
    wanted = match.number if words == "number" else words
    text = client.get(f"/matches?q={wanted}").text
    assert match.number in text
    assert other.number not in text


def test_a_hidden_title_is_not_searched(world, client, session):
    match = world.match(MatchStatus.NOTICED, title="Secret customer", public_title="Radar")
    session.commit()
    assert match.number in client.get("/matches?q=radar").text
    nothing = client.get("/matches?q=secret").text
    assert match.number not in nothing
    assert "No match fits" in nothing


def test_states_are_offered_as_far_as_one_sees_them(world, client, sign_in, session):
    match = world.match(MatchStatus.REJECTED)
    session.commit()
    assert 'value="rejected"' not in client.get("/matches").text
    for name in ("reviewer", "approver"):
        browser = sign_in(world.user(name, name))
        assert match.number in browser.get("/matches?status=rejected").text
        assert match.number not in browser.get("/matches?status=noticed").text
    assert 'value="rejected"' in sign_in(world.users["chip"]).get("/matches?mine=1").text


def test_the_page_of_a_selected_match_shows_its_score_only_to_who_sees_the_evaluations(world, sign_in):
    (solution,) = world.shortlisted("chip")
    world.evaluate(solution, 81, 81)
    match = world.select(solution)
    for who, seen in (("chip", False), ("anchor", True), ("reviewer", True)):
        assert ("81.0" in sign_in(world.users[who]).get(f"/matches/{match.id}").text) is seen, who


def test_a_match_before_its_notice_does_not_exist_for_strangers(world, client, sign_in):
    match = world.match(MatchStatus.CONFIRMED)
    world.user("admin", "admin")
    assert client.get(f"/matches/{match.id}").status_code == 404
    for name in ("admin", "stranger"):
        assert sign_in(world.user(name)).get(f"/matches/{match.id}").status_code == 404
    assert sign_in(world.users["reviewer"]).get(f"/matches/{match.id}").status_code == 200
    assert client.get(f"/matches/{uuid.uuid4()}").status_code == 404


def test_the_way_from_the_short_list_to_the_project_in_the_browser(world, sign_in, session, worker):
    (solution,) = world.shortlisted("chip")
    world.notice_days(0)
    world.approver()
    anchor, chip = sign_in(world.users["anchor"]), sign_in(world.users["chip"])
    reviewer, approver = sign_in(world.users["reviewer"]), sign_in(world.users["approver"])
    address = anchor.post(f"/solutions/{solution.id}/select").location
    session.expire_all()
    assert solution.status is SolutionStatus.SELECTED
    assert "Confirm the match" in chip.get(address).text
    assert chip.post(f"{address}/confirm").status_code == 302
    assert chip.post(f"{address}/confirm").status_code == 409
    page = reviewer.get(address).text
    assert "Pass to the public notice" in page
    assert reviewer.post(f"{address}/review").status_code == 422
    sent = reviewer.post(f"{address}/review", data={"local_new": "yes", "comment": "Seen.", "next": "/progress"})
    assert sent.location == "/progress"
    assert "Approve" in approver.get(address).text
    assert approver.post(f"{address}/approve").status_code == 302
    session.expire_all()
    match = session.scalars(select(Match)).one()
    project = project_queries.of_match(session, match.id)
    assert f"/projects/{project.id}" in chip.get(address).text
    worker()
    told = set(session.scalars(select(Notification.kind).where(Notification.user_id == world.users["chip"].id)))
    assert told >= {"match.proposed", "match.noticed", "match.approved", "project.established"}
    assert "match.confirmed" in set(session.scalars(select(Notification.kind)))


def test_a_reviewer_finds_a_product_and_proposes_it(world, sign_in, session):
    scenario = world.unfilled()
    product, _other = world.product("direct", "KX100"), world.product("elsewhere", "ZZ9")
    world.product("anchor", "OWN1")
    browser = sign_in(world.users["reviewer"])
    address = f"/scenarios/{scenario.id}/propose"
    text = browser.get(f"{address}?q=kx").text
    assert "KX100" in text
    assert "ZZ9" not in text
    assert "OWN1" not in browser.get(address).text
    assert "No product fits" in browser.get(f"{address}?q=none").text
    form = {"record_id": str(uuid.uuid4()), "product_id": str(product.id)}
    for _ in range(2):
        location = browser.post(address, data=form).location
    assert session.scalar(select(func.count()).select_from(Match)) == 1
    assert browser.post(address, data={"product_id": "nonsense"}).status_code == 404
    assert sign_in(world.users["anchor"]).get(address).status_code == 403
    chip = sign_in(world.users["direct"])
    assert chip.post(f"{location}/confirm").status_code == 422
    assert chip.post(f"{location}/confirm", data={"local_new": "yes"}).status_code == 302
    assert sign_in(world.users["anchor"]).post(f"{location}/confirm").status_code == 302


def test_a_retired_product_comes_back_as_an_error(world, sign_in, session):
    scenario, product = world.unfilled(), world.product("direct")
    product.status = "retired"
    form = {"record_id": str(uuid.uuid4()), "product_id": str(product.id)}
    reply = sign_in(world.users["reviewer"]).post(f"/scenarios/{scenario.id}/propose", data=form)
    assert reply.status_code == 422
    assert "offered no more" in reply.text
    # no field that one sees is marked
    assert "Please correct the marked fields." not in reply.text


def test_an_objection_is_raised_and_decided_in_the_browser(world, sign_in, session, client, worker):
    match = world.match(MatchStatus.NOTICED)
    address = f"/matches/{match.id}"
    world.approver()
    assert "Sign in to object" in client.get(address).text
    assert client.post(f"{address}/objections", data={"text": "x"}).status_code in {302, 401}
    citizen, approver = sign_in(world.user("citizen")), sign_in(world.users["approver"])
    assert citizen.post(f"{address}/objections", data={"text": ""}).status_code == 422
    form = {"record_id": str(uuid.uuid4()), "text": "<script>alert(1)</script> not new"}
    for _ in range(2):
        assert citizen.post(f"{address}/objections", data=form).status_code == 302
    objection = session.scalars(select(Objection)).one()
    assert "&lt;script&gt;" in citizen.get(address).text
    assert "not new" not in client.get(address).text
    page = approver.get(address).text
    assert "Decide the objection" in page
    assert "<script>alert" not in page
    assert "Objection being decided" in client.get("/matches").text
    assert approver.post(f"/objections/{objection.id}/decide", data={"upheld": "yes"}).status_code == 422
    decision = {"upheld": "yes", "reason": "On sale since 2020."}
    assert approver.post(f"/objections/{objection.id}/decide", data=decision).status_code == 302
    assert "On sale since 2020." in citizen.get(address).text
    assert client.get(address).status_code == 404
    worker()
    kinds = set(session.scalars(select(Notification.kind)))
    assert kinds >= {"match.objected", "match.objection_decided", "match.rejected"}


def test_an_undecided_objection_to_a_match_that_has_ended_waits_no_more(world, sign_in, session):
    match = world.match(MatchStatus.NOTICED)
    world.object(match)
    browser, address = sign_in(world.users["citizen"]), f"/matches/{match.id}"
    assert "Waiting for a decision" in browser.get(address).text
    operations.reject(session, match, reason="No", actor=world.approver(), now=world.later)
    page = browser.get(address).text
    assert "Waiting for a decision" not in page
    assert "no decision is needed" in page


def test_declining_and_rejecting_ask_for_a_reason(world, sign_in, session, worker):
    match = world.match(MatchStatus.PROPOSED)
    address = f"/matches/{match.id}"
    chip = sign_in(world.users["chip"])
    assert chip.post(f"{address}/decline").status_code == 422
    assert chip.post(f"{address}/decline", data={"reason": "No capacity."}).status_code == 302
    assert "No capacity." in chip.get(address).text
    other = world.match(MatchStatus.CONFIRMED, firm="other")
    reviewer = sign_in(world.users["reviewer"])
    assert reviewer.post(f"/matches/{other.id}/reject").status_code == 422
    assert reviewer.post(f"/matches/{other.id}/reject", data={"reason": "Too old."}).status_code == 302
    lapsed = world.match(MatchStatus.LAPSED, firm="third")
    worker(lapsed.confirm_by)
    assert {"match.declined", "match.rejected", "match.lapsed"} <= set(session.scalars(select(Notification.kind)))


def test_the_anchor_firm_ends_its_selection(world, sign_in, session):
    (solution,) = world.shortlisted("chip")
    scenario = solution.scenario
    assert sign_in(world.users["anchor"]).post(f"/scenarios/{scenario.id}/end-selection").status_code == 302
    session.refresh(scenario)
    assert scenario.status is ScenarioStatus.UNFILLED


@pytest.mark.parametrize("status", list(MatchStatus))
def test_each_state_is_shown_to_its_firms_and_the_staff_in_both_languages(world, sign_in, status):
    match = world.match(status)
    world.approver()
    for name in ("anchor", "chip", "reviewer", "approver"):
        browser = sign_in(world.users[name])
        assert browser.get(f"/matches/{match.id}").status_code == 200
    assert match.number in browser.get(f"/matches?status={status}").text
    assert match.number in sign_in(world.users["chip"]).get("/matches?mine=1").text
