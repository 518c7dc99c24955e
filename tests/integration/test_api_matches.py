"""Matches and objections through the JSON API."""

import pytest
import time_machine

from app.matching import operations as matching
from app.matching.models import MatchStatus
from tests.factories.matching import DAY, MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_api import bearer
from tests.support.api import Door

MINIMUM = {
    "id", "status", "number", "title", "domain", "area", "anchor_id", "firm_id", "place", "notice_starts_on", "notice_ends_at",
    "objections",
}  # fmt: skip


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now)
    world.user("citizen")
    world.approver()
    world.reviewer()
    return world


@pytest.fixture
def ask(client, world):
    return Door(client, world)


def test_a_match_goes_from_the_two_confirmations_to_its_project(ask, world):
    match = world.select(world.shortlisted("chip")[0])
    path = f"/matches/{match.id}"
    assert ask("anchor", "POST", f"{path}/confirm", at=world.later).status_code == 409
    assert ask("citizen", "POST", f"{path}/confirm", at=world.later).status_code == 404
    assert ask("chip", "POST", f"{path}/confirm", at=world.later).json["status"] == "confirmed"
    review = {"local_new_product": True, "comment": "属实"}
    assert ask("chip", "POST", f"{path}/review", review, at=world.later).status_code == 403
    noticed = ask("reviewer", "POST", f"{path}/review", review, at=world.later)
    assert (noticed.json["status"], noticed.json["local_new_product_verified"]) == ("noticed", True)
    assert ask("approver", "POST", f"{path}/approve", at=world.later).status_code == 409
    over = world.later + 60 * DAY
    approved = ask("approver", "POST", f"{path}/approve", at=over)
    assert (approved.json["status"], approved.json["place"]) == ("approved", 1)
    projects = ask(None, "GET", f"/projects?match_id={match.id}").json
    assert [project["match_id"] for project in projects["items"]] == [str(match.id)]


def test_a_reviewer_proposes_a_product_and_its_firm_declares(ask, world):
    scenario = world.unfilled()
    product = world.product("direct")
    body = {"scenario_id": str(scenario.id), "product_id": str(product.id)}
    assert ask("anchor", "POST", "/matches", body, at=world.later).status_code == 403
    proposed = ask("reviewer", "POST", "/matches", body, at=world.later)
    assert (proposed.status_code, proposed.json["product_id"]) == (201, str(product.id))
    assert ask("reviewer", "POST", "/matches", body, at=world.later).status_code == 409
    path = f"/matches/{proposed.json['id']}"
    assert ask("direct", "POST", f"{path}/confirm", {}, at=world.later).json["errors"].keys() == {"local_new_product"}
    declared = ask("direct", "POST", f"{path}/confirm", {"local_new_product": True}, at=world.later).json
    assert declared["local_new_product_declared"] is True
    assert ask("anchor", "POST", f"{path}/confirm", at=world.later).json["status"] == "confirmed"


def test_a_product_that_does_not_exist_is_not_found(ask, world):
    scenario = world.unfilled()
    body = {"scenario_id": str(scenario.id), "product_id": str(scenario.id)}
    assert ask("reviewer", "POST", "/matches", body, at=world.later).status_code == 404


def test_a_claim_that_was_not_made_is_not_verified(ask, world):
    match = world.direct(world.unfilled())
    world.confirm(match, local_new=False)
    answer = ask("reviewer", "POST", f"/matches/{match.id}/review", {"local_new_product": True}, at=world.later)
    assert answer.json["errors"].keys() == {"local_new_product"}


def test_a_firm_says_no_with_a_reason(ask, world):
    path = f"/matches/{world.select(world.shortlisted('chip')[0]).id}"
    assert ask("chip", "POST", f"{path}/decline", {}, at=world.later).json["errors"].keys() == {"reason"}
    declined = ask("chip", "POST", f"{path}/decline", {"reason": "产能不足"}, at=world.later).json
    assert (declined["status"], declined["reason"]) == ("declined", "产能不足")
    assert ask("chip", "POST", f"{path}/decline", {"reason": "产能不足"}, at=world.later).status_code == 409


@pytest.mark.parametrize(
    ("status", "who", "other"), [(MatchStatus.CONFIRMED, "reviewer", "approver"), (MatchStatus.NOTICED, "approver", "reviewer")]
)
def test_who_decides_rejects(ask, world, status, who, other):
    path = f"/matches/{world.match(status).id}"
    assert ask(other, "POST", f"{path}/reject", {"reason": "不符"}, at=world.later).status_code == 403
    assert ask("chip", "POST", f"{path}/reject", {"reason": "不符"}, at=world.later).json["type"].endswith("#forbidden")
    assert ask(who, "POST", f"{path}/reject", {"reason": "不符"}, at=world.later).json["status"] == "rejected"


def test_others_see_nothing_before_the_notice_and_the_minimum_from_then_on(ask, world):
    match = world.match(MatchStatus.CONFIRMED)
    path = f"/matches/{match.id}"
    for who in (None, "citizen"):
        assert ask(who, "GET", path).status_code == 404
        assert ask(who, "GET", "/matches").json["total"] == 0
    world.review(match)
    for who in (None, "citizen"):
        assert set(ask(who, "GET", path).json) == MINIMUM
        assert [set(item) for item in ask(who, "GET", "/matches?status=noticed").json["items"]] == [MINIMUM]
    assert "scenario_id" in ask("chip", "GET", path).json
    assert ask("chip", "GET", "/matches?mine=true").json["total"] == 1
    assert ask("citizen", "GET", "/matches?mine=true").json["total"] == 0
    assert ask("chip", "GET", "/matches?mine=1").status_code == 422


def test_only_who_sees_the_evaluations_sees_the_score_of_a_selected_match(ask, world):
    (solution,) = world.shortlisted("chip")
    world.evaluate(solution, 80, 90)
    match = world.select(solution)
    for who, shown in (
        ("chip", (None, None)),
        ("anchor", (84.0, [{"evaluations": 1}])),
        ("reviewer", (84.0, [{"evaluations": 1}])),
    ):
        one = ask(who, "GET", f"/matches/{match.id}", at=world.later).json
        (listed,) = ask(who, "GET", "/matches", at=world.later).json["items"]
        assert (one["score"], one["reasons"]) == (listed["score"], listed["reasons"]) == shown, who


def test_an_anchor_member_who_has_still_to_score_sees_no_score_after_the_match_has_ended(ask, world, session):
    (solution,) = world.shortlisted("chip")
    world.evaluate(solution, 80, 90)
    match = world.select(solution)
    matching.decline(session, match, reason="No.", actor=world.chip(), now=world.later)
    assert ask("anchor", "GET", f"/matches/{match.id}", at=world.later).json["score"] is None


def test_both_firms_of_a_direct_match_see_its_score(ask, world, session):
    match = world.direct(world.unfilled())
    match.score, match.reasons = 71.5, []
    session.commit()
    for who in ("direct", "anchor"):
        assert ask(who, "GET", f"/matches/{match.id}", at=world.later).json["score"] == 71.5


@pytest.mark.parametrize(("upheld", "status", "match_status"), [(True, "upheld", "rejected"), (False, "dismissed", "noticed")])
def test_an_objection_is_decided_with_a_reason(ask, world, upheld, status, match_status):
    match = world.match(MatchStatus.NOTICED)
    path = f"/matches/{match.id}"
    assert ask(None, "POST", f"{path}/objections", {"text": "并非首次"}, at=world.later).status_code == 401
    raised = ask("citizen", "POST", f"{path}/objections", {"text": "并非首次"}, at=world.later)
    assert (raised.status_code, raised.json["status"], raised.json["match_id"]) == (201, "waiting", str(match.id))
    decide, body = f"/objections/{raised.json['id']}/decide", {"upheld": upheld, "reason": "已核实"}
    assert ask("reviewer", "POST", decide, body, at=world.later).json["type"].endswith("#forbidden")
    assert ask("approver", "POST", decide, body, at=world.later).json["status"] == status
    assert ask("approver", "POST", decide, body, at=world.later).status_code == 409
    mine = ask("citizen", "GET", path, at=world.later).json
    assert (mine["status"], mine["objections"][0]["decision_reason"]) == (match_status, "已核实")


def test_an_objection_to_a_match_that_has_ended_is_moot(ask, world):
    path = f"/matches/{world.match(MatchStatus.NOTICED).id}"
    ask("citizen", "POST", f"{path}/objections", {"text": "并非首次"}, at=world.later)
    ask("approver", "POST", f"{path}/reject", {"reason": "不符"}, at=world.later)
    (objection,) = ask("citizen", "GET", path, at=world.later).json["objections"]
    assert (objection["status"], objection["decided_at"]) == ("moot", None)


def test_nobody_objects_through_a_firms_program(client, world):
    match = world.match(MatchStatus.NOTICED)
    firm = OrganizationFactory()
    headers = bearer(member_of(firm, user=world.user("citizen")), world.later, organization_id=firm.id, shared=True)
    with time_machine.travel(world.later, tick=False):
        answer = client.post(f"/api/v1/matches/{match.id}/objections", json={"text": "并非首次"}, headers=headers)
    assert answer.status_code == 403


def test_somebody_elses_objection_stays_theirs(ask, world):
    match = world.match(MatchStatus.NOTICED)
    world.object(match, "neighbour")
    assert ask("citizen", "GET", f"/matches/{match.id}").json["objections"] == []
    assert len(ask("chip", "GET", f"/matches/{match.id}").json["objections"]) == 1


@pytest.mark.parametrize("who", ["stranger", "judge"])
def test_a_list_takes_a_fixed_number_of_statements(ask, world, statements, who):
    """For somebody who objected, and for a reviewer with a firm."""
    world.firm("elsewhere")
    world.user("judge", "reviewer")
    world.join("judge", "elsewhere")
    world.user("stranger")
    counts, totals = [], []
    for count in (1, 3):
        for number in range(count):
            match = world.match(MatchStatus.NOTICED, firm=f"chip {count}{number}")
            world.object(match, "stranger")
            matching.reject(world.session, match, reason="No", actor=world.approver(), now=world.later)
        with statements() as seen:
            totals.append(ask(who, "GET", "/matches", at=world.later).json["total"])
        counts.append(len(seen))
    assert totals == [1, 4]
    assert counts[0] == counts[1]
