"""Scenarios through the JSON API."""

import pytest

from app.scenarios.models import Confidentiality, ScenarioStatus
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of
from tests.factories.scenarios import open_scenario
from tests.integration.test_api import bearer

LINE = {"name": "功耗", "operator": "<=", "value": "10", "unit": "W"}


@pytest.fixture
def headers(session, now):
    return bearer(member_of(OrganizationFactory(anchor=True)), now)


@pytest.fixture
def draft(client, headers):
    return client.post("/api/v1/scenarios", json={"title": "雷达", "budget_min": "100.00", "requirements": [LINE]}, headers=headers)


def test_a_draft_is_written_read_and_deleted(client, headers, draft):
    address = f"/api/v1/scenarios/{draft.json['id']}"
    assert (draft.json["status"], draft.json["budget_min"], draft.json["requirements"][0]["must"]) == ("draft", "100.00", True)
    assert client.get(address).status_code == 404
    saved = client.patch(address, json={"domain": "iov", "need": "国产化"}, headers={**headers, "If-Match": draft.headers["ETag"]})
    assert (saved.json["domain"], saved.json["need"], len(saved.json["requirements"])) == ("iov", "国产化", 1)
    assert client.delete(address, headers={**headers, "If-Match": saved.headers["ETag"]}).status_code == 204
    assert client.get(address, headers=headers).status_code == 404


def test_what_is_missing_is_named_as_the_api_names_it(client, headers, draft):
    answer = client.post(f"/api/v1/scenarios/{draft.json['id']}/submit", headers=headers)
    assert answer.status_code == 422
    assert {"domain", "area", "closes_at", "criteria"} <= set(answer.json["errors"])


@pytest.mark.parametrize("amount", ["1e3", "-1", "1.234", "9" * 400, 5, "NaN"])
def test_an_amount_is_exact(client, headers, amount):
    answer = client.post("/api/v1/scenarios", json={"title": "x", "budget_min": amount}, headers=headers)
    assert answer.json["errors"].keys() == {"budget_min"}


@pytest.mark.parametrize("day", ["1899-12-31", "9999-12-31", "2026-02-30", "tomorrow", 5])
def test_a_day_is_one_of_the_calendar(client, headers, day):
    assert client.post("/api/v1/scenarios", json={"title": "x", "delivery_by": day}, headers=headers).status_code == 422


@pytest.mark.parametrize("moment", ["2026-11-25T18:00:00", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z", 5])
def test_a_moment_has_its_offset(client, headers, moment):
    assert client.post("/api/v1/scenarios", json={"title": "x", "closes_at": moment}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"), [("sealed", "true"), ("award_places", 1.0), ("award_places", 9), ("award_kind", "gift")]
)
def test_values_have_their_types(client, headers, field, value):
    answer = client.post("/api/v1/scenarios", json={"title": "x", field: value}, headers=headers)
    assert answer.json["errors"].keys() == {field}


def test_an_action_in_the_wrong_state_is_a_conflict(client, headers, draft):
    answer = client.post(f"/api/v1/scenarios/{draft.json['id']}/take-back", headers=headers)
    assert (answer.status_code, answer.json["type"]) == (409, "/api/docs#wrong-state")


def test_somebody_who_may_not_read_it_gets_the_public_minimum(client, session, now):
    reviewer = actor_of(UserFactory(is_reviewer=True))
    scenario = open_scenario(firm_actor(anchor=True), reviewer, now, confidentiality=Confidentiality.VERIFIED)
    answer = client.get(f"/api/v1/scenarios/{scenario.id}")
    assert set(answer.json) == {"id", "status", "public_title", "domain", "opened_at", "closes_at"}
    assert answer.json["status"] == ScenarioStatus.OPEN
