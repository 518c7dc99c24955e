"""Projects and milestones through the JSON API."""

import pytest

from tests.factories.matching import MatchWorld
from tests.support.api import Door

PUBLIC = {
    "id", "status", "number", "match_id", "title", "domain", "area", "anchor_id", "firm_id", "programme", "approved_on",
    "accepted_on", "local_new_product", "local_new_product_accepted",
}  # fmt: skip


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now)


@pytest.fixture
def ask(client, world):
    return Door(client, world)


@pytest.fixture
def project(world):
    world.programme("running")
    world.user("citizen")
    return f"/projects/{world.project().id}"


@pytest.fixture
def milestone(ask, project):
    made = ask("chip", "POST", f"{project}/milestones", {"name": "样片", "due_on": "2027-03-31"})
    assert made.status_code == 201
    return f"/milestones/{made.json['id']}"


def test_everybody_sees_the_minimum_and_the_firms_all(ask, project, milestone):
    for who in (None, "citizen"):
        assert set(ask(who, "GET", project).json) == PUBLIC
        assert ask(who, "GET", "/projects").json["total"] == 1
    assert ask("citizen", "GET", milestone).status_code == 404
    assert ask("citizen", "GET", f"{project}/milestones").status_code == 404
    for who in ("anchor", "chip", "reviewer"):
        assert [row["name"] for row in ask(who, "GET", project).json["milestones"]] == ["样片"]
        assert ask(who, "GET", f"{project}/milestones").json["total"] == 1


def test_the_contract_is_kept_by_the_firms(ask, project):
    assert ask.edit("citizen", project, {"contract_number": "HT-1"}).status_code == 403
    assert ask.edit("anchor", project, {"contract_number": "HT-1"}).json["contract_number"] == "HT-1"
    kept = ask.edit("chip", project, {"contract_note": "两年"}).json
    assert (kept["contract_number"], kept["contract_note"]) == ("HT-1", "两年")
    stale = ask("chip", "PATCH", project, {"contract_note": "三年"}, If_Match='"other"')
    assert stale.status_code == 412


def test_the_plan_changes_until_a_milestone_is_submitted(ask, milestone):
    edited = ask.edit("anchor", milestone, {"due_on": "2027-04-30"}).json
    assert (edited["name"], edited["due_on"]) == ("样片", "2027-04-30")
    assert ask("anchor", "POST", f"{milestone}/submit", {"evidence": "已签收"}).status_code == 403
    assert ask("chip", "POST", f"{milestone}/submit", {"evidence": "已签收"}).json["status"] == "submitted"
    assert ask.edit("anchor", milestone, {"name": "x"}).status_code == 409
    tag = ask("chip", "GET", milestone).headers["ETag"]
    assert ask("chip", "DELETE", milestone, If_Match=tag).status_code == 409


def test_a_milestone_is_taken_out_of_the_plan(ask, project, milestone):
    assert ask("chip", "DELETE", milestone).status_code == 428
    tag = ask("chip", "GET", milestone).headers["ETag"]
    assert ask("chip", "DELETE", milestone, If_Match=tag).status_code == 204
    assert ask("chip", "GET", milestone).status_code == 404


def test_the_anchor_firm_judges_milestones(ask, milestone):
    assert ask("anchor", "POST", f"{milestone}/accept").status_code == 409
    ask("chip", "POST", f"{milestone}/submit", {"evidence": "已签收"})
    returned = ask("anchor", "POST", f"{milestone}/return", {"reason": "缺报告"}).json
    assert (returned["status"], returned["return_reason"]) == ("returned", "缺报告")
    ask("chip", "POST", f"{milestone}/submit", {"evidence": "报告已附"})
    assert ask("chip", "POST", f"{milestone}/accept").status_code == 403
    assert ask("anchor", "POST", f"{milestone}/accept").json["status"] == "accepted"


def test_a_project_is_returned_accepted_and_its_acceptance_revoked(ask, project):
    asking, accepting = f"{project}/request-acceptance", f"{project}/accept"
    assert ask("approver", "POST", accepting, {"local_new_product": True}).status_code == 409
    assert ask("anchor", "POST", asking).status_code == 403
    assert ask("chip", "POST", asking).json["status"] == "acceptance_requested"
    assert ask("approver", "POST", f"{project}/return", {"reason": "缺材料"}).json["status"] == "active"
    ask("chip", "POST", asking)
    assert ask("chip", "POST", accepting, {"local_new_product": True}).json["type"].endswith("#forbidden")
    accepted = ask("approver", "POST", accepting, {"local_new_product": True}).json
    assert (accepted["status"], accepted["local_new_product_accepted"]) == ("accepted", True)
    assert ask(None, "GET", "/projects?programme=running&figure=counted").json["total"] == 1
    assert ask("approver", "POST", f"{project}/revoke", {"reason": "复核不符"}).json["status"] == "active"
    assert ask(None, "GET", "/projects?programme=running&figure=counted").json["total"] == 0


def test_a_verdict_that_the_review_did_not_give_is_refused(ask, world):
    project = f"/projects/{world.project(local_new=False).id}"
    ask("chip", "POST", f"{project}/request-acceptance")
    answer = ask("approver", "POST", f"{project}/accept", {"local_new_product": True})
    assert answer.json["errors"].keys() == {"local_new_product"}


def test_the_anchor_firm_or_an_approver_ends_a_project(ask, project):
    assert ask("chip", "POST", f"{project}/terminate", {"reason": "停产"}).status_code == 403
    ended = ask("anchor", "POST", f"{project}/terminate", {"reason": "停产"}).json
    assert (ended["status"], ended["termination_reason"]) == ("terminated", "停产")
    assert "termination_reason" not in ask(None, "GET", project).json
    assert ask("approver", "POST", f"{project}/terminate", {"reason": "停产"}).status_code == 409


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("mine=true", 1), ("status=active", 1), ("status=accepted", 0), ("programme=running", 1),
        ("programme=running&domain=none", 0),
        ("programme=running&figure=counted", 0), ("programme=running&figure=in_progress", 1),
        ("programme=running&quarter=1999Q1", 0),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(ask, project, query, total):
    assert ask("chip", "GET", f"/projects?{query}").json["total"] == total


@pytest.mark.parametrize("query", ["programme=nought", "quarter=2026Q5", "quarter=2026-4", "figure=all", "anchor=x", "mine=yes"])
def test_what_cannot_narrow_is_refused(ask, project, query):
    assert ask("chip", "GET", f"/projects?{query}").status_code == 422
