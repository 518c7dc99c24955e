"""Solutions and evaluations through the JSON API."""

import hashlib

import pytest
import time_machine

from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_api import bearer
from tests.support.api import Door

VERDICT = {"status": "met", "value": "1.8", "evidence": "p. 6"}


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now)


@pytest.fixture
def ask(client, world):
    return Door(client, world)


@pytest.fixture
def scenario(world):
    scenario = world.scenario()
    world.chip()
    return scenario


@pytest.fixture
def written(ask, scenario):
    """A draft that can be submitted."""
    must = ask("chip", "GET", f"/scenarios/{scenario.id}").json["requirements"][0]
    body = {
        "summary": "合适的芯片", "approach": "我们的芯片", "price": "1200000.00", "schedule": "半年", "local_new_product": True,
        "compliance": [{"requirement_id": must["id"], **VERDICT}],
    }  # fmt: skip
    return ask("chip", "POST", f"/scenarios/{scenario.id}/solutions", body)


@pytest.fixture
def solution(written):
    return f"/solutions/{written.json['id']}"


@pytest.fixture
def submitted(ask, solution):
    return ask("chip", "POST", f"{solution}/submit")


def test_a_draft_is_written_line_by_line(ask, world, written, solution):
    assert (written.status_code, written.json["status"], written.json["receipt"]) == (201, "draft", None)
    assert written.json["price"] == "1200000.00"
    assert written.json["compliance"][0].items() >= VERDICT.items()
    product = world.product("chip")
    saved = ask.edit("chip", solution, {"team": "十人", "products": [str(product.id)]})
    assert (saved.json["team"], saved.json["products"], saved.json["summary"]) == ("十人", [str(product.id)], "合适的芯片")
    lines = ask("chip", "GET", f"{solution}/compliance").json["items"]
    assert [(line["name"], line["must"], line["status"]) for line in lines] == [("power", True, "met"), ("noise", False, None)]


def test_what_the_products_say_stands_beside_what_the_firm_says(ask, world, scenario, solution):
    product = world.product("chip", power="1.5 W")
    ask.edit("chip", solution, {"products": [str(product.id)]})
    power = ask("chip", "GET", f"{solution}/compliance").json["items"][0]
    assert (power["value"], power["derived_verdict"], power["derived_value"]) == ("1.8", "met", "1.5 W")


def test_a_firm_has_one_live_answer_and_needs_to_be_a_chip_firm(ask, scenario, written):
    again = ask("chip", "POST", f"/scenarios/{scenario.id}/solutions", {})
    assert again.status_code == 409
    assert ask("anchor", "POST", f"/scenarios/{scenario.id}/solutions", {}).status_code == 403
    assert ask(None, "POST", f"/scenarios/{scenario.id}/solutions", {}).status_code == 401


def test_what_a_submission_lacks_is_named(ask, scenario):
    begun = ask("chip", "POST", f"/scenarios/{scenario.id}/solutions", {})
    answer = ask("chip", "POST", f"/solutions/{begun.json['id']}/submit")
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"summary", "approach", "price", "schedule", "compliance"}


def test_wrong_products_and_lines_are_refused(ask, world, solution):
    other = world.product("rival")
    answer = ask.edit("chip", solution, {"products": [str(other.id)], "compliance": [{"requirement_id": str(other.id)}]})
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"products", "compliance"})


def test_a_submission_has_a_receipt_over_its_content(ask, solution, submitted):
    receipt = submitted.json["receipt"]
    assert (submitted.json["status"], receipt["version"]) == ("submitted", 1)
    version = ask("chip", "GET", f"{solution}/versions/1").json
    assert hashlib.sha256(version["content"].encode()).hexdigest() == receipt["sha256"] == version["sha256"]
    assert ask.edit("chip", solution, {"summary": "anders"}).status_code == 409


def test_a_new_version_counts_once_it_is_submitted(ask, world, solution, submitted):
    assert ask("chip", "POST", f"{solution}/revise").json["version"] == 2
    assert ask.edit("chip", solution, {"summary": "更好"}).json["receipt"]["version"] == 1
    seen = ask("anchor", "GET", solution, at=world.later)
    assert (seen.json["version"], seen.json["summary"]) == (1, "合适的芯片")
    assert [row["status"] for row in ask("chip", "GET", f"{solution}/versions").json["items"]] == ["draft", "submitted"]
    assert [row["version"] for row in ask("anchor", "GET", f"{solution}/versions", at=world.later).json["items"]] == [1]
    assert ask("anchor", "GET", f"{solution}/versions/2", at=world.later).status_code == 404
    assert ask("chip", "POST", f"{solution}/submit").json["receipt"]["version"] == 2
    assert ask("anchor", "GET", f"{solution}/versions/1", at=world.later).status_code == 404


def test_what_is_being_written_is_thrown_away(ask, solution, submitted):
    assert ask("chip", "POST", f"{solution}/discard").status_code == 409
    ask("chip", "POST", f"{solution}/revise")
    assert ask("chip", "POST", f"{solution}/discard").status_code == 204
    assert ask("chip", "GET", solution).json["version"] == 1


def test_an_answer_is_withdrawn_before_the_closing_time_only(ask, world, solution, submitted):
    assert ask("chip", "POST", f"{solution}/withdraw").json["status"] == "withdrawn"
    assert ask("chip", "POST", f"{solution}/withdraw").status_code == 409


def test_an_answer_is_not_withdrawn_after_the_closing_time(ask, world, solution, submitted):
    assert ask("chip", "POST", f"{solution}/withdraw", at=world.later).status_code == 409


def test_what_time_has_decided_waits_for_no_worker(ask, world, scenario, solution, submitted):
    assert ask("anchor", "POST", f"{solution}/shortlist", at=world.later).status_code == 200
    assert ask("anchor", "POST", f"{solution}/select", at=world.later).status_code == 201
    assert ask("anchor", "GET", f"/scenarios/{scenario.id}", at=world.later).json["status"] == "evaluating"


def test_an_evaluator_need_not_accept_before_scoring(ask, world, scenario, solution, submitted, marks):
    expert = world.user("expert", "evaluator")
    invited = ask("anchor", "POST", f"/scenarios/{scenario.id}/invitations", {"email": expert.email})
    assert invited.json["status"] == "pending"
    body = {"conflict": False, "scores": marks(80, 60)}
    assert ask("expert", "POST", f"{solution}/evaluations", body).status_code == 404
    assert ask("expert", "POST", f"{solution}/evaluations", body, at=world.later).status_code == 201
    assert ask("expert", "POST", f"/invitations/{invited.json['id']}/decline", at=world.later).status_code == 200
    assert ask("expert", "GET", solution, at=world.later).status_code == 404


def test_until_the_closing_time_an_answer_is_its_firms_alone(ask, world, scenario, solution, submitted):
    world.evaluator(scenario)
    world.firm("rival")
    for name, role in (("reviewer", "reviewer"), ("admin", "admin"), ("operator", "operator")):
        world.user(name, role)
    for who in ("anchor", "expert", "rival", "reviewer", "admin", "operator"):
        for path in ("", "/compliance", "/versions", "/versions/1", "/evaluations"):
            assert ask(who, "GET", f"{solution}{path}").status_code == 404
        assert ask(who, "PATCH", solution, {"summary": "x"}, If_Match='"x"').status_code == 404
        for action in ("submit", "revise", "discard", "withdraw", "shortlist", "select"):
            assert ask(who, "POST", f"{solution}/{action}").status_code == 404
        assert ask(who, "POST", f"{solution}/decline", {"reason": "x"}).status_code == 404
        assert ask(who, "GET", "/solutions").json["total"] == 0
        listed = ask(who, "GET", f"/scenarios/{scenario.id}/solutions")
        assert listed.status_code == 404 or (who == "rival" and listed.json["total"] == 0)
    assert ask("chip", "GET", f"/scenarios/{scenario.id}/solutions").json["total"] == 1


def test_after_closing_those_who_judge_read_and_competitors_do_not(ask, world, scenario, solution, submitted):
    world.submitted(scenario, "rival")
    world.evaluator(scenario)
    world.close()
    for who in ("anchor", "expert", "reviewer"):
        assert ask(who, "GET", solution, at=world.later).status_code == 200
        assert ask(who, "GET", f"/scenarios/{scenario.id}/solutions", at=world.later).json["total"] == 2
    assert ask("rival", "GET", solution, at=world.later).status_code == 404
    assert ask("rival", "GET", f"/scenarios/{scenario.id}/solutions", at=world.later).json["total"] == 1
    assert ask("expert", "GET", "/solutions/to-evaluate", at=world.later).json["total"] == 2


@pytest.fixture
def marks(ask, scenario):
    """Scores for the criteria of the scenario, in their order."""
    criteria = [criterion["id"] for criterion in ask("anchor", "GET", f"/scenarios/{scenario.id}").json["criteria"]]
    return lambda *points: [{"criterion_id": c, "score": p, "comment": "好"} for c, p in zip(criteria, points, strict=True)]


@pytest.fixture
def closed(world, scenario, submitted):
    world.evaluator(scenario)
    world.close()


def test_an_evaluator_sees_the_others_scores_once_the_own_are_in(ask, world, marks, scenario, solution, closed):
    given = ask("anchor", "POST", f"{solution}/evaluations", {"conflict": False, "scores": marks(90, 80)}, at=world.later)
    assert (given.status_code, given.json["status"], given.json["total"]) == (201, "scored", 86.0)
    assert ask("expert", "GET", f"{solution}/evaluations", at=world.later).json["items"] == []
    assert "score" not in ask("expert", "GET", f"/scenarios/{scenario.id}/solutions", at=world.later).json["items"][0]
    ask("expert", "POST", f"{solution}/evaluations", {"conflict": False, "scores": marks(70, 60)}, at=world.later)
    assert ask("expert", "GET", f"{solution}/evaluations", at=world.later).json["total"] == 2
    ranked = ask("expert", "GET", f"/scenarios/{scenario.id}/solutions", at=world.later).json["items"][0]
    assert (ranked["score"], ranked["rank"]) == (76.0, 1)


def test_a_firms_program_reaches_nothing_to_which_its_maker_was_invited_in_person(client, ask, world, scenario, solution, closed):
    firm = OrganizationFactory()
    headers = bearer(member_of(firm, user=world.user("expert")), world.later, organization_id=firm.id, shared=True)
    with time_machine.travel(world.later, tick=False):
        assert client.get(f"/api/v1{solution}", headers=headers).status_code == 404
        assert client.get("/api/v1/solutions/to-evaluate", headers=headers).json["total"] == 0
        evaluation = {"conflict": True}
        assert client.post(f"/api/v1{solution}/evaluations", json=evaluation, headers=headers).status_code == 404
    assert ask("expert", "GET", solution, at=world.later).status_code == 200


def test_a_declared_conflict_bars_from_scores(ask, world, solution, closed):
    body = {"conflict": True, "conflict_note": "前雇主"}
    declared = ask("expert", "POST", f"{solution}/evaluations", body, at=world.later)
    assert (declared.json["status"], declared.json["total"], declared.json["scores"]) == ("barred", None, [])


def test_each_criterion_needs_a_score_and_firms_see_none(ask, world, marks, solution, closed):
    half = {"conflict": False, "scores": marks(90, 80)[:1]}
    assert ask("expert", "POST", f"{solution}/evaluations", half, at=world.later).json["errors"].keys() == {"scores"}
    over = {"conflict": False, "scores": marks(90, 101)}
    assert ask("expert", "POST", f"{solution}/evaluations", over, at=world.later).json["errors"].keys() == {"scores.1.score"}
    for method, body in (("GET", None), ("POST", {"conflict": False, "scores": marks(1, 2)})):
        assert ask("chip", method, f"{solution}/evaluations", body, at=world.later).status_code == 403


def test_a_shortlisted_solution_is_selected_and_answers_with_its_match(ask, world, solution, closed):
    assert ask("anchor", "POST", f"{solution}/select", at=world.later).status_code == 409
    assert ask("chip", "POST", f"{solution}/shortlist", at=world.later).status_code == 403
    assert ask("anchor", "POST", f"{solution}/shortlist", at=world.later).json["status"] == "shortlisted"
    match = ask("anchor", "POST", f"{solution}/select", at=world.later)
    assert (match.status_code, match.json["status"], f"/solutions/{match.json['solution_id']}") == (201, "proposed", solution)


def test_a_declined_firm_reads_why(ask, world, solution, closed):
    assert ask("anchor", "POST", f"{solution}/decline", {"reason": " "}, at=world.later).status_code == 422
    ask("anchor", "POST", f"{solution}/decline", {"reason": "指标不足"}, at=world.later)
    seen = ask("chip", "GET", solution, at=world.later).json
    assert (seen["status"], seen["decline_reason"]) == ("declined", "指标不足")
