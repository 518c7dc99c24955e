"""What administrators, the operator and the auditor do through the JSON API."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.operations import erase_personal
from app.outbox.models import OutboxEvent
from app.outbox.operations import emit
from tests.factories.matching import MatchWorld
from tests.support.api import Door

PROGRAMME = {
    "code": "next", "name_zh": "下一期", "name_en": "Next", "target": 50, "starts_on": "2040-01-01", "ends_on": "2042-12-31",
}  # fmt: skip


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now)
    for role in ("admin", "operator", "auditor", "approver", "reviewer"):
        world.user(role, role)
    world.user("citizen")
    return world


@pytest.fixture
def ask(client, world):
    return Door(client, world)


@pytest.fixture
def person(ask):
    made = ask("admin", "POST", "/users", {"email": "New@Example.com", "name": "新人", "roles": ["reviewer"]})
    assert (made.status_code, made.json["email"], made.json["roles"]) == (201, "new@example.com", ["reviewer"])
    return f"/users/{made.json['id']}"


def test_accounts_are_found_by_words_and_duty(ask, person):
    assert [user["name"] for user in ask("admin", "GET", "/users?q=新人&role=reviewer").json["items"]] == ["新人"]
    assert ask("admin", "GET", "/users?q=新人&role=auditor").json["total"] == 0
    assert ask("admin", "GET", "/users?role=king").status_code == 422


def test_the_auditor_reads_accounts_and_changes_none(ask, person):
    tag = ask("auditor", "GET", person).headers["ETag"]
    assert ask("auditor", "GET", f"{person}/sessions").status_code == 200
    assert ask("auditor", "PATCH", person, {"roles": ["admin"]}, If_Match=tag).status_code == 403
    for action, body in (("disable", {"reason": "x"}), ("enable", None), ("reset-second-factor", {"reason": "x"})):
        assert ask("auditor", "POST", f"{person}/{action}", body).status_code == 403


@pytest.mark.parametrize("who", ["citizen", "operator", "reviewer"])
def test_accounts_are_the_administrators(ask, person, who):
    assert ask(who, "GET", "/users").status_code == 403
    assert ask(who, "POST", "/users", {"email": "x@example.com"}).status_code == 403
    assert ask(who, "GET", person).status_code == 404
    assert ask(who, "GET", f"{person}/sessions").status_code == 404
    assert ask(who, "PATCH", person, {"roles": ["admin"]}, If_Match='"x"').status_code == 404
    for action, body in (("disable", {"reason": "x"}), ("enable", None), ("reset-second-factor", {"reason": "x"})):
        assert ask(who, "POST", f"{person}/{action}", body).status_code == 404


def test_duties_are_granted_and_those_that_must_not_meet_refused(ask, world, person):
    assert ask.edit("admin", person, {"roles": ["operator", "approver"]}).json["roles"] == ["approver", "operator"]
    assert ask.edit("admin", person, {"roles": ["approver", "admin"]}).json["errors"].keys() == {"roles"}
    assert ask.edit("admin", f"/users/{world.user('admin').id}", {"roles": []}).status_code == 403


def test_an_account_is_closed_and_opened(ask, person):
    assert ask("admin", "POST", f"{person}/disable", {}).status_code == 422
    assert ask("admin", "POST", f"{person}/disable", {"reason": "离职"}).json["status"] == "disabled"
    assert ask("admin", "POST", f"{person}/enable").json["status"] == "active"
    assert ask("admin", "POST", f"{person}/reset-second-factor", {"reason": "遗失"}).json["second_factor"] is False
    assert ask("admin", "GET", f"{person}/sessions").json["total"] == 0


def test_a_failed_effect_is_tried_again(ask, session, world):
    emit(session, "index.changed", "made-up", now=world.now)
    event = session.scalars(select(OutboxEvent).where(OutboxEvent.key == "index.changed:made-up")).one()
    event_id = event.id
    assert ask("admin", "POST", f"/outbox/{event_id}/retry").status_code == 409
    event = session.get(OutboxEvent, event_id)
    event.attempts, event.error, event.available_at = 3, "OSError: disk", world.now + timedelta(hours=1)
    listed = ask("admin", "GET", "/outbox").json["items"]
    assert [(item["id"], item["error"]) for item in listed] == [(event_id, "OSError: disk")]
    assert ask("operator", "GET", "/outbox").status_code == 403
    assert ask("operator", "POST", f"/outbox/{event_id}/retry").status_code == 403
    assert ask("admin", "POST", "/outbox/999999/retry").status_code == 404
    tried = ask("admin", "POST", f"/outbox/{event_id}/retry").json
    assert tried["available_at"] < listed[0]["available_at"]


def test_the_queue_holds_what_waits_for_this_person(ask, world):
    match = world.confirm(world.select(world.shortlisted("chip")[0]))
    queue = ask("reviewer", "GET", "/review-queue", at=world.later).json["items"]
    assert ("match", str(match.id)) in [(item["kind"], item["id"]) for item in queue]
    assert ask("approver", "GET", "/review-queue", at=world.later).json["total"] == 0
    assert ask("chip", "GET", "/review-queue").status_code == 403


def test_the_auditor_alone_reads_and_takes_along_what_was_done(ask, world, person):
    found = ask("auditor", "GET", "/audit?action=accounts.create_user&q=reviewer").json
    assert [(row["subject_id"], row["changes"]["roles"]["after"]) for row in found["items"]] == [
        (person.removeprefix("/users/"), ["reviewer"])
    ]
    lines = ask("auditor", "GET", "/audit/export.jsonl?subject_type=users").text.splitlines()
    assert "accounts.create_user" in [json.loads(line)["action"] for line in lines]
    assert ask("auditor", "GET", "/audit/export.csv").text.startswith("\ufeffat,action")
    day = f"{world.now + timedelta(days=2):%Y-%m-%d}"
    assert ask("auditor", "GET", f"/audit?since={day}").json["total"] == 0
    assert ask("auditor", "GET", f"/audit?actor_id={world.user('citizen').id}").json["total"] == 0
    assert ask("auditor", "GET", "/audit?since=1066-10-14").status_code == 422
    for path in ("/audit", "/audit/export.csv", "/audit/export.jsonl"):
        assert ask("admin", "GET", path).status_code == 403
        assert ask(None, "GET", path).status_code == 401


def test_of_an_erased_person_only_the_deed_is_left(ask, session, person):
    admin = ask.world.user("admin").id
    erase_personal(session, admin, now=ask.world.now)
    row = ask("auditor", "GET", "/audit?action=accounts.create_user").json["items"][0]
    assert (row["erased"], row["actor"], row["changes"]) == (True, None, {})


def test_until_the_seal_is_opened_the_audit_log_holds_nothing_of_it(ask, world):
    scenario = world.scenario(sealed=True)
    world.submitted(scenario, "chip")
    named = "/audit?subject_type=solutions"
    assert ask("auditor", "GET", named).json["total"] == 0
    assert "solutions" not in ask("auditor", "GET", "/audit/export.csv?subject_type=solutions").text
    world.close()
    assert ask("auditor", "GET", named).json["total"] > 0


def test_a_sealed_scenario_tells_of_its_solutions_by_no_list(ask, world):
    scenario = world.scenario(sealed=True)
    solution = world.submitted(scenario, "chip")
    for who in ("anchor", "reviewer", "approver", "operator", "auditor", "admin"):
        assert ask(who, "GET", f"/solutions/{solution.id}").status_code == 404
        assert ask(who, "GET", f"/scenarios/{scenario.id}/solutions").status_code == 404
        assert ask(who, "GET", "/solutions/to-evaluate").json["total"] == 0
        assert str(solution.id) not in ask(who, "GET", f"/scenarios/{scenario.id}").text
    assert ask("chip", "GET", f"/scenarios/{scenario.id}/solutions").json["total"] == 1


def test_the_operator_sets_programmes(ask):
    made = ask("operator", "POST", "/programmes", PROGRAMME)
    assert (made.status_code, made.json["status"], made.json["counts_from"]) == (201, "planned", "accepted")
    path = f"/programmes/{made.json['id']}"
    assert ask.edit("operator", path, {"target": 60}).json["target"] == 60
    assert ask.edit("operator", path, {"ends_on": "2039-12-31"}).json["errors"].keys() == {"ends_on"}
    assert ask("operator", "POST", f"{path}/close").status_code == 409
    assert ask("operator", "POST", "/programmes", PROGRAMME).json["errors"].keys() == {"code", "starts_on"}
    assert ask(None, "GET", path).json["code"] == "next"
    assert "next" in [row["code"] for row in ask(None, "GET", "/programmes").json["items"]]


def test_a_programme_is_closed_after_its_last_day(ask, world):
    ended = world.programme("old", starts_on=world.now.date() - timedelta(days=900), ends_on=world.now.date() - timedelta(days=600))
    path = f"/programmes/{ended.id}"
    assert ask(None, "GET", path).json["status"] == "over"
    assert ask("admin", "POST", f"{path}/close").status_code == 403
    assert ask("operator", "POST", f"{path}/close").json["status"] == "closed"
    assert ask.edit("operator", path, {"target": 60}).status_code == 409


@pytest.mark.parametrize("who", ["admin", "citizen", "reviewer"])
def test_programmes_are_the_operators(ask, who):
    assert ask(who, "POST", "/programmes", PROGRAMME).status_code == 403
