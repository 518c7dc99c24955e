"""The searched lists of the JSON API: found, filtered, counted, and no further than each reader may see."""

from datetime import timedelta

import pytest

from app.scenarios.models import Confidentiality
from tests.factories import scenarios as make
from tests.factories.accounts import actor_of
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of, reviewer
from tests.factories.products import product_of
from tests.integration.test_api import bearer, kind_of


@pytest.fixture
def opened(session, now, indexed):
    owner, first_look = firm_actor(anchor=True), reviewer()

    def build(**changes):
        scenario = make.open_scenario(owner, first_look, now, **changes)
        indexed()
        return scenario

    return build


def ids(answer):
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_words_find_scenarios_with_what_was_hit_and_how_well(client, opened):
    scenario = opened(title="座舱屏幕控制器")
    opened(title="毫米波雷达")
    answer = client.get("/api/v1/scenarios?q=屏幕控制器")
    assert ids(answer)[0] == str(scenario.id)
    first = answer.json["items"][0]
    assert first["score"] > 0
    assert any(piece["hit"] for pieces in first["highlights"].values() for piece in pieces)
    assert first["requirements"][0]["name"] == "工作频率"
    assert (answer.json["degraded"], answer.json["page"], answer.json["per_page"]) == (False, 1, 20)


def test_filters_narrow_and_counts_stand_beside(client, opened):
    near, far = opened(area_code="dushu"), opened(area_code="suxiang", domain_code="telecom")
    answer = client.get("/api/v1/scenarios?area=suxiang&status=open")
    assert ids(answer) == [str(far.id)]
    assert {value["value"]: value["count"] for value in answer.json["facets"]["area"]} == {"dushu": 1, "suxiang": 1}
    assert set(ids(client.get("/api/v1/scenarios?area=dushu,suxiang"))) == {str(near.id), str(far.id)}
    assert ids(client.get("/api/v1/scenarios?area=nowhere")) == []


def test_what_closes_before_a_day_or_a_moment(client, opened, now):
    opened()
    soon, late = now + timedelta(days=19), now + timedelta(days=22)
    for text in (late.date().isoformat(), late.isoformat(timespec="seconds"), late.strftime("%Y-%m-%dT%H:%M:%SZ")):
        assert client.get("/api/v1/scenarios", query_string={"closes_before": text}).json["total"] == 1, text
    assert client.get("/api/v1/scenarios", query_string={"closes_before": soon.isoformat(timespec="seconds")}).json["total"] == 0
    assert client.get(f"/api/v1/scenarios?closes_before={late.isoformat(timespec='seconds')}").json["total"] == 1


@pytest.mark.parametrize(
    "query", ["sort=price", "closes_before=soon", "closes_before=1899-12-31", "domain=" + "x" * 201, "q=%00", "organization=1"]
)
def test_what_cannot_be_asked_is_named(client, query):
    answer = client.get(f"/api/v1/scenarios?{query}")
    assert kind_of(answer) in {(422, "invalid"), (400, "malformed")}


def test_a_page_beyond_the_last_is_empty(client, opened):
    opened()
    answer = client.get("/api/v1/scenarios?page=1000000000")
    assert (ids(answer), answer.json["total"]) == ([], 1)


def test_each_reader_finds_as_much_as_they_may_read(client, session, opened, now):
    scenario = opened(title="光刻胶", public_title="车载雷达", confidentiality=Confidentiality.VERIFIED)
    assert ids(client.get("/api/v1/scenarios?q=光刻胶")) == []
    shown = client.get("/api/v1/scenarios?q=车载雷达").json["items"][0]
    assert (shown["id"], shown["public_title"]) == (str(scenario.id), "车载雷达")
    assert "need" not in shown
    assert "title" not in shown
    verified = bearer(member_of(OrganizationFactory()), now)
    assert client.get("/api/v1/scenarios?q=光刻胶", headers=verified).json["items"][0]["title"] == "光刻胶"


def test_only_the_fields_asked_for_stand_on_each_item(client, opened):
    scenario = opened()
    assert client.get("/api/v1/scenarios?fields=id,status").json["items"] == [{"id": str(scenario.id), "status": "open"}]


def test_without_the_index_words_count_and_filters_are_refused(client, session, now):
    scenario = make.open_scenario(firm_actor(anchor=True), reviewer(), now, title="座舱屏幕")
    answer = client.get("/api/v1/scenarios?q=座舱")
    assert (ids(answer), answer.json["degraded"], answer.json["facets"]) == ([str(scenario.id)], True, {})
    assert kind_of(client.get("/api/v1/scenarios?area=dushu")) == (503, "unavailable")


def test_products_are_found_with_their_data_sheet(client, session, now, indexed):
    chip = actor_of(member_of(OrganizationFactory()))
    product = product_of(chip, now, name="耐高温收发器")
    indexed()
    answer = client.get("/api/v1/products?q=收发器&sort=relevance")
    assert ids(answer) == [str(product.id)]
    assert "parameters" in answer.json["items"][0]
    assert answer.json["facets"]["track"]


def test_a_firms_catalogue_is_listed_as_it_stands(client, session, now):
    user = member_of(OrganizationFactory())
    firm, headers = actor_of(user).organization_id, bearer(user, now)
    product = product_of(actor_of(user), now)
    address = f"/api/v1/products/{product.id}"
    client.delete(address, headers={**headers, "If-Match": client.get(address, headers=headers).headers["ETag"]})
    listed = f"/api/v1/organizations/{firm}/products"
    assert [item["status"] for item in client.get(listed, headers=headers).json["items"]] == ["retired"]
    assert ids(client.get(listed)) == []
    pending = OrganizationFactory(unverified=True)
    assert client.get(f"/api/v1/organizations/{pending.id}/products").status_code == 404
