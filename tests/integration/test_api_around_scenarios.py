"""Amendments, invitations and questions through the JSON API."""

from datetime import timedelta

import pytest
import time_machine

from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.products import product_of
from tests.factories.scenarios import draft_scenario, open_scenario
from tests.integration.test_api import bearer, kind_of

LINE = {"name": "功耗", "operator": "<=", "value": "10", "unit": "W"}


@pytest.fixture
def people(session, now):
    class People:
        anchor = member_of(OrganizationFactory(anchor=True))
        chip = member_of(OrganizationFactory())
        reviewer = UserFactory(is_reviewer=True)
        evaluator = UserFactory()

        @staticmethod
        def as_(name):
            return bearer(getattr(People, name), now)

    return People


@pytest.fixture
def scenario(people, now):
    return open_scenario(actor_of(people.anchor), actor_of(people.reviewer), now)


@pytest.fixture
def at(scenario):
    return f"/api/v1/scenarios/{scenario.id}"


def test_a_clarification_holds_at_once_and_everybody_reads_it(client, people, at):
    body = {"need": "更清楚的需求", "reason": "补充"}
    made = client.post(f"{at}/amendments", json=body, headers=people.as_("anchor"))
    assert (made.status_code, made.json["status"], made.json["changes"]["need"][1]) == (201, "applied", "更清楚的需求")
    assert client.get(at).json["need"] == "更清楚的需求"
    assert client.get(f"{at}/amendments").json["items"] == [made.json]
    assert client.get(f"/api/v1/amendments/{made.json['id']}").headers["ETag"] == made.headers["ETag"]


def test_changed_lines_wait_for_a_reviewer_out_of_sight(client, people, at):
    made = client.post(f"{at}/amendments", json={"requirements": [LINE], "reason": "放宽"}, headers=people.as_("anchor"))
    address = f"/api/v1/amendments/{made.json['id']}"
    assert made.json["status"] == "pending"
    assert client.get(f"{at}/amendments").json["total"] == 0
    assert client.get(address).status_code == 404
    assert client.get(f"{at}/amendments", headers=people.as_("reviewer")).json["total"] == 1
    again = client.post(f"{at}/amendments", json={"requirements": [LINE], "reason": "放宽"}, headers=people.as_("anchor"))
    assert kind_of(again) == (409, "conflict")
    assert kind_of(client.post(f"{address}/approve", headers=people.as_("anchor"))) == (403, "forbidden")
    assert client.post(f"{address}/approve", headers=people.as_("reviewer")).json["status"] == "applied"
    assert [line["name"] for line in client.get(at).json["requirements"]] == ["功耗"]
    assert kind_of(client.post(f"{address}/approve", headers=people.as_("reviewer"))) == (409, "wrong-state")


def test_returned_lines_leave_the_scenario_as_it_is(client, people, at):
    made = client.post(f"{at}/amendments", json={"requirements": [LINE], "reason": "放宽"}, headers=people.as_("anchor"))
    address = f"/api/v1/amendments/{made.json['id']}/return"
    assert client.post(address, json={"reason": "x"}, headers=people.as_("chip")).status_code == 404
    assert client.post(address, json={"reason": "x"}, headers=people.as_("reviewer")).json["decision_reason"] == "x"
    assert len(client.get(at).json["requirements"]) == 2


@pytest.mark.parametrize("body", [{}, {"need": "x", "requirements": [LINE]}])
def test_an_amendment_is_of_one_kind(client, people, at, body):
    assert client.post(f"{at}/amendments", json={**body, "reason": "y"}, headers=people.as_("anchor")).json["errors"].keys() == {""}


def test_others_do_not_amend(client, people, at):
    body = {"need": "x", "reason": "y"}
    assert client.post(f"{at}/amendments", json=body, headers=people.as_("chip")).status_code == 403
    assert client.post(f"{at}/amendments", json=body).status_code == 401


def test_a_firm_is_invited_and_answers(client, people, at):
    firm = str(actor_of(people.chip).organization_id)
    made = client.post(f"{at}/invitations", json={"organization_id": firm, "message": "请揭榜"}, headers=people.as_("anchor"))
    assert (made.status_code, made.json["kind"], made.json["status"]) == (201, "firm", "pending")
    address = f"/api/v1/invitations/{made.json['id']}"
    assert client.get(f"{at}/invitations", headers=people.as_("anchor")).json["total"] == 1
    assert client.get(f"{at}/invitations", headers=people.as_("chip")).status_code == 403
    assert client.get(address, headers=people.as_("chip")).json["message"] == "请揭榜"
    assert client.get(address, headers=people.as_("evaluator")).status_code == 404
    assert client.get("/api/v1/invitations", headers=people.as_("chip")).json["items"][0]["id"] == made.json["id"]
    assert client.post(f"{address}/accept", headers=people.as_("evaluator")).status_code == 404
    assert client.post(f"{address}/accept", headers=people.as_("anchor")).status_code == 403
    assert client.post(f"{address}/accept", headers=people.as_("chip")).json["status"] == "accepted"
    assert client.post(f"{address}/decline", headers=people.as_("chip")).json["status"] == "declined"


def test_the_firm_behind_a_product_is_invited_once(client, people, at, now):
    product = product_of(actor_of(people.chip), now)
    sent = [
        client.post(f"{at}/invitations", json={"product_id": str(product.id)}, headers=people.as_("reviewer")) for _ in range(2)
    ]
    assert sent[0].json["product_id"] == str(product.id)
    assert sent[0].json["id"] == sent[1].json["id"]


def test_a_person_is_invited_to_evaluate(client, people, at):
    body = {"email": people.evaluator.email}
    made = client.post(f"{at}/invitations", json=body, headers=people.as_("anchor"))
    assert made.json["kind"] == "evaluator"
    accept = f"/api/v1/invitations/{made.json['id']}/accept"
    assert client.post(accept, headers=people.as_("evaluator")).json["status"] == "accepted"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {""}),
        ({"email": "a@b.example", "product_id": "6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10"}, {""}),
        ({"product_id": "6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10"}, {"product_id"}),
        ({"organization_id": "6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10"}, {"organization_id"}),
        ({"organization_id": "{6b1f0a529d5c4f539a8e3f1c2f9f7a10}"}, {"organization_id"}),
        ({"email": "nobody"}, {"email"}),
    ],
)
def test_whom_to_invite_is_named_once_and_exists(client, people, at, body, fields):
    assert client.post(f"{at}/invitations", json=body, headers=people.as_("anchor")).json["errors"].keys() == fields
    assert client.post(f"{at}/invitations", json=body, headers=people.as_("chip")).status_code in {403, 422}


def test_a_question_is_asked_and_answered_without_a_name(client, people, at):
    made = client.post(f"{at}/questions", json={"text": "是否接受 QFN 封装？"}, headers=people.as_("chip"))
    assert (made.status_code, made.json["status"]) == (201, "open")
    assert "organization" not in made.json
    assert client.get(f"{at}/questions").json["total"] == 0
    assert client.get(f"{at}/questions", headers=people.as_("chip")).json["total"] == 1
    address = f"/api/v1/questions/{made.json['id']}/answer"
    assert client.post(address, json={"text": "接受"}, headers=people.as_("chip")).status_code == 403
    answered = client.post(address, json={"text": "接受"}, headers=people.as_("anchor"))
    assert (answered.json["status"], answered.json["answer"]) == ("answered", "接受")
    assert client.get(f"{at}/questions").json["items"] == [answered.json]
    assert kind_of(client.post(address, json={"text": "再答"}, headers=people.as_("anchor"))) == (409, "wrong-state")


def test_questions_end(client, people, at, now):
    with time_machine.travel(now + timedelta(days=11)):
        headers = bearer(people.chip, now + timedelta(days=11))
        assert kind_of(client.post(f"{at}/questions", json={"text": "还来得及吗？"}, headers=headers)) == (409, "wrong-state")


def test_what_stands_around_a_draft_is_not_there_for_others(client, people, now):
    draft = draft_scenario(actor_of(people.anchor), now)
    for part in ("amendments", "questions", "invitations", "attachments"):
        assert client.get(f"/api/v1/scenarios/{draft.id}/{part}", headers=people.as_("chip")).status_code == 404, part
