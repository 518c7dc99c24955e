"""What every endpoint of the JSON API keeps to: limits, caches, other sites, bad input, others' records."""

import io
import json

import pytest
from werkzeug.test import encode_multipart

from app.extensions import db
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import upload
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.products import product_of
from tests.factories.scenarios import draft_scenario
from tests.integration.test_api import BODY, bearer, kind_of

NESTED = b'{"name": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_000 + b"}"


@pytest.fixture
def user(session):
    return member_of(OrganizationFactory(both=True))


@pytest.fixture
def headers(user, now):
    return bearer(user, now)


def test_each_answer_says_how_much_is_left(client, rate_limits):
    first, second = (client.get("/api/v1/domains") for _ in range(2))
    assert int(first.headers["X-RateLimit-Limit"]) == 1200
    assert int(second.headers["X-RateLimit-Remaining"]) == int(first.headers["X-RateLimit-Remaining"]) - 1
    assert "X-RateLimit-Reset" in first.headers


def test_too_many_sign_ins_are_told_when_to_come_again(client, session, rate_limits):
    body = {"email": "x@y.example", "password": "no"}
    answers = [client.post("/api/v1/auth/token", json=body) for _ in range(31)]
    assert kind_of(answers[-1]) == (429, "too-many-requests")
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_only_public_answers_to_visitors_may_be_kept_and_read_by_other_sites(client, headers, user, now):
    product = product_of(actor_of(user), now)
    for address in (f"/api/v1/products/{product.id}", "/api/v1/products", "/api/v1/progress", "/api/v1/openapi.json"):
        public, private = client.get(address), client.get(address, headers=headers)
        assert (public.headers["Cache-Control"], public.headers["Access-Control-Allow-Origin"]) == ("public, no-cache", "*"), (
            address
        )
        assert private.headers["Cache-Control"] == "private, no-cache", address
        assert "Access-Control-Allow-Origin" not in private.headers
        assert {"Authorization", "Accept-Language"} <= set(public.vary)


def test_refusals_and_changes_are_neither_kept_nor_read_by_other_sites(client, headers):
    refused, missing = client.get("/api/v1/tokens"), client.get("/api/v1/nothing")
    made = client.post("/api/v1/products", json=BODY, headers=headers)
    for answer in (refused, missing, made, client.options("/api/v1/products")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("method", ["post", "patch"])
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b'{"name": "a", "name": "b"}', 400),
        (b'{"name": "a", "parameters": [{"name": "a", "name": "b", "value": "1"}]}', 400),
        (b'{"name": NaN}', 400),
        (b'{"name": Infinity}', 400),
        (b'{"name": -Infinity}', 400),
        (b'{"name": "a\\u0000b"}', 400),
        (b'{"a\\u0000b": 1}', 400),
        (b'{"name": "\\udfff"}', 400),
        ('{"name": "雷达"}'.encode("gb18030"), 400),
        ('{"name": "雷达"}'.encode("utf-16"), 400),
        (NESTED, 400),
        (b"null", 422),
        (b'"text"', 422),
        (b'{"name": ' + b"9" * 400 + b"}", 422),
        (b'{"name": ' + b"9" * 5000 + b"}", 400),
        (b'{"certifications": ' + json.dumps(["x"] * 101).encode() + b"}", 422),
        (b'{"description": "' + b"x" * 20_001 + b'"}', 422),
    ],
)
def test_a_body_that_is_not_as_described_is_refused(client, headers, user, now, method, raw, status):
    address = "/api/v1/products"
    sent = dict(headers)
    if method == "patch":
        address += f"/{product_of(actor_of(user), now).id}"
        sent["If-Match"] = client.get(address).headers["ETag"]
    answer = getattr(client, method)(address, data=raw, headers=sent, content_type="application/json")
    assert answer.status_code == status
    assert kind_of(answer)[1] in {"malformed", "invalid"}


class Slow(io.BytesIO):
    """A body that comes in small pieces; `held` are the connections that were out while one of them was waited for."""

    def __init__(self, sent):
        super().__init__(sent)
        self.held = set()

    def readinto(self, buffer):
        self.held.add(db.engine.pool.checkedout())
        piece = super().read(min(len(buffer), 10))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size=-1):
        self.held.add(db.engine.pool.checkedout())
        return super().read(min(size, 10) if size > 0 else size)


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
@pytest.mark.parametrize("kind", ["post", "patch", "upload"])
def test_a_slow_sender_holds_no_transaction(client, headers, user, now, kind, key):
    """With SQLite a request that changes something holds up all others from its first statement on."""
    product = product_of(actor_of(user), now)
    address, method = "/api/v1/products", "PATCH" if kind == "patch" else "POST"
    sent = {**headers, **key}
    sent["Content-Type"], raw = "application/json", json.dumps(BODY).encode()
    if kind == "patch":
        address += f"/{product.id}"
        sent["If-Match"] = client.get(address).headers["ETag"]
    if kind == "upload":
        address += f"/{product.id}/attachments"
        boundary, raw = encode_multipart({"file": upload()})
        sent["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    body = Slow(raw)
    db.session.commit()
    answer = client.open(address, method=method, input_stream=body, content_length=len(raw), headers=sent)
    assert answer.status_code == (200 if kind == "patch" else 201)
    assert body.held == {0}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_another_content_type_is_told(client, headers, content_type):
    answer = client.post("/api/v1/products", data=json.dumps(BODY), headers=headers, content_type=content_type)
    assert kind_of(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "query",
    ["per_page=-1", "per_page=0", "per_page=1e2", "page=-1", "page=1000000001", "page=" + "9" * 400, "page=NaN", "page=٣", "x=1"],
)
def test_a_list_is_asked_for_by_whole_numbers_within_bounds(client, session, query):
    assert kind_of(client.get(f"/api/v1/domains?{query}")) == (422, "invalid")


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "%00=1", "fields=%00"])
def test_an_address_holds_text_that_a_database_takes(client, session, query):
    assert kind_of(client.get(f"/api/v1/products?{query}"))[0] in {400, 422}


def test_a_page_far_beyond_the_last_is_empty(client, session):
    for address in ("/api/v1/domains", "/api/v1/products", "/api/v1/organizations", "/api/v1/tasks"):
        answer = client.get(f"{address}?page=1000000000&per_page=100")
        assert (answer.status_code, answer.json["items"], answer.json["page"]) == (200, [], 10**9), address


@pytest.mark.parametrize(
    "name", ["x", "../x", "6b1f0a529d5c4f539a8e3f1c2f9f7a10", "{6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10}", "%00", "9" * 400]
)
def test_what_is_no_id_is_not_found(client, session, name):
    assert kind_of(client.get(f"/api/v1/products/{name}")) == (404, "not-found")


def test_others_records_are_not_there(client, session, user, headers, now):
    stranger = bearer(member_of(OrganizationFactory(both=True)), now)
    draft = draft_scenario(actor_of(user), now)
    address = f"/api/v1/scenarios/{draft.id}"
    own, other = client.get(address, headers=headers), client.get(address, headers=stranger)
    assert (own.status_code, kind_of(other)) == (200, (404, "not-found"))
    matched = {**stranger, "If-Match": own.headers["ETag"]}
    answers = [
        client.patch(address, json={"title": "x"}, headers=matched),
        client.delete(address, headers=matched),
        *(client.post(f"{address}/{action}", headers=stranger) for action in ("submit", "take-back", "end-selection", "new-round")),
        *(client.post(f"{address}/{action}", json={"reason": "x"}, headers=stranger) for action in ("cancel", "close-early")),
    ]
    assert {kind_of(answer) for answer in answers} == {(404, "not-found")}
    seen = {name: value for name, value in other.json.items() if name != "detail"}
    missing = client.get(f"/api/v1/scenarios/{UserFactory().id}", headers=stranger).json
    assert seen == {name: value for name, value in missing.items() if name != "detail"}
    assert other.json["detail"] == missing["detail"]


def test_a_missing_field_is_named(client, headers):
    answer = client.post("/api/v1/products", json={}, headers=headers)
    assert answer.json["errors"].keys() == {"name", "track", "maturity"}
    assert client.post("/api/v1/products", headers=headers).status_code == 422


def test_errors_speak_the_readers_language(client, session):
    answers = [
        client.get("/api/v1/products?no=1", headers={"Accept-Language": language}).json["errors"]["no"][0]
        for language in ("en", "zh-CN")
    ]
    assert answers == ["There is no such field.", "没有这个字段。"]


def test_a_tag_that_is_weak_or_another_does_not_match(client, headers, user, now):
    address = f"/api/v1/products/{product_of(actor_of(user), now).id}"
    tag = client.get(address).headers["ETag"]
    for wrong in (f"W/{tag}", '"x"', "x", '""'):
        assert kind_of(client.patch(address, json={"model": "y"}, headers={**headers, "If-Match": wrong})) == (412, "stale"), wrong
    assert client.patch(address, json={"model": "y"}, headers={**headers, "If-Match": f'"x", {tag}'}).status_code == 200
    assert client.patch(address, json={"model": "z"}, headers={**headers, "If-Match": "*"}).status_code == 200
