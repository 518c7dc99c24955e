"""The frame of the JSON API, tried on tokens, products and scenarios."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.models import ApiToken, Scope
from app.accounts.operations import issue_token
from app.accounts.passwords import hash_password
from app.api.models import IdempotencyKey
from app.api.operations import forget_due
from app.api.strict import LARGEST_BODY
from app.clock import utcnow
from app.extensions import db
from app.organizations.models import Membership
from app.products.models import Product
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of

PASSWORD = "a long enough passphrase"
BODY = {
    "name": "KJ77A",
    "track": "design",
    "maturity": "volume",
    "parameters": [{"name": "工作温度", "value": "-40~125", "unit": "℃"}],
}


def bearer(user, now, *, scopes=None, organization_id=None, shared=False):
    _token, secret = issue_token(
        db.session(), name="t", scopes=scopes, life=timedelta(hours=1), organization_id=organization_id, shared=shared,
        actor=actor_of(user), now=now,
    )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def owner(session):
    return member_of(OrganizationFactory())


@pytest.fixture
def headers(owner, now):
    return bearer(owner, now)


@pytest.fixture
def product(client, headers):
    return client.post("/api/v1/products", json=BODY, headers=headers)


def kind_of(answer):
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["type"].removeprefix("/api/docs#")


def test_password_and_token_lead_to_what_the_person_may_do(client, session, owner):
    owner.password_hash = hash_password(PASSWORD)
    answer = client.post("/api/v1/auth/token", json={"email": owner.email, "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json["scopes"] == ["read", "write"]
    made = client.post("/api/v1/products", json=BODY, headers={"Authorization": f"Bearer {answer.json['token']}"})
    assert made.status_code == 201


def test_a_wrong_password_counts_and_locks(client, owner):
    owner.password_hash = hash_password(PASSWORD)
    wrong = {"email": owner.email, "password": "no"}
    answers = [client.post("/api/v1/auth/token", json=wrong) for _ in range(6)]
    assert kind_of(answers[0]) == (401, "sign-in-wrong")
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_unconfirmed_address_gets_no_token(client, session):
    user = UserFactory(password_hash=hash_password(PASSWORD), email_confirmed_at=None)
    answer = client.post("/api/v1/auth/token", json={"email": user.email, "password": PASSWORD})
    assert kind_of(answer) == (401, "sign-in-unconfirmed")


def test_scopes_that_no_duty_allows_are_refused(client, session, owner):
    owner.password_hash = hash_password(PASSWORD)
    answer = client.post("/api/v1/auth/token", json={"email": owner.email, "password": PASSWORD, "scopes": ["approve"]})
    assert kind_of(answer) == (422, "invalid")
    assert "scopes" in answer.json["errors"]


def test_tokens_are_listed_and_end_when_revoked(client, headers):
    listed = client.get("/api/v1/tokens", headers=headers)
    assert listed.json["total"] == 1
    token_id = listed.json["items"][0]["id"]
    assert client.post(f"/api/v1/tokens/{token_id}/revoke", headers=headers).status_code == 200
    assert kind_of(client.get("/api/v1/tokens", headers=headers)) == (401, "unauthenticated")


def test_an_expired_token_is_none(client, headers):
    with time_machine.travel(utcnow() + timedelta(hours=2)):
        answer = client.get("/api/v1/tokens", headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_somebody_elses_token_does_not_exist(client, session, headers, now):
    other = UserFactory()
    bearer(other, now)
    token = session.scalars(select(ApiToken).where(ApiToken.user_id == other.id)).one()
    assert client.post(f"/api/v1/tokens/{token.id}/revoke", headers=headers).status_code == 404


def test_a_firms_token_is_seen_by_its_owners_and_ends_when_its_maker_leaves(client, session, owner, now):
    firm = actor_of(owner).organization_id
    shared = bearer(owner, now, organization_id=firm, shared=True)
    assert client.get(f"/api/v1/organizations/{firm}/tokens", headers=bearer(owner, now)).json["total"] == 1
    assert client.post("/api/v1/products", json=BODY, headers=shared).status_code == 201
    assert client.get(f"/api/v1/organizations/{firm}/tokens", headers=bearer(UserFactory(), now)).status_code == 404
    session.delete(session.get(Membership, (firm, owner.id)))
    assert client.post("/api/v1/products", json=BODY, headers=shared).status_code == 401


def test_a_token_for_reading_does_not_write(client, session, owner, now):
    answer = client.post("/api/v1/products", json=BODY, headers=bearer(owner, now, scopes=[Scope.READ]))
    assert kind_of(answer) == (403, "insufficient-scope")
    assert session.scalar(select(func.count()).select_from(Product)) == 0


def test_a_visitor_reads_but_does_not_write(client, product):
    assert client.get(f"/api/v1/products/{product.json['id']}").status_code == 200
    assert kind_of(client.post("/api/v1/products", json=BODY)) == (401, "unauthenticated")


def test_a_cookie_counts_for_nothing(sign_in, owner):
    assert sign_in(owner).post("/api/v1/products", json=BODY).status_code == 401


def test_the_use_of_a_token_is_noted_even_by_reading(client, session, headers):
    client.get("/api/v1/tokens", headers=headers)
    session.expire_all()
    assert session.scalars(select(ApiToken)).one().used_at is not None


def test_a_record_is_replaced_only_as_it_was_read(client, headers, product):
    address, tag = f"/api/v1/products/{product.json['id']}", product.headers["ETag"]
    assert client.get(address, headers=headers).headers["ETag"] == tag
    assert client.get(address, headers={**headers, "If-None-Match": tag}).status_code == 304
    assert kind_of(client.patch(address, json={"description": "x"}, headers=headers)) == (428, "precondition-required")
    changed = client.patch(address, json={"description": "x"}, headers={**headers, "If-Match": tag})
    assert changed.json["description"] == "x"
    assert changed.json["parameters"] == BODY["parameters"]
    assert kind_of(client.patch(address, json={"description": "y"}, headers={**headers, "If-Match": tag})) == (412, "stale")
    retired = client.delete(address, headers={**headers, "If-Match": changed.headers["ETag"]})
    assert retired.json["status"] == "retired"
    assert client.post(f"{address}/reactivate", headers=headers).json["status"] == "active"


def test_a_request_that_comes_twice_under_one_key_writes_once(client, session, headers):
    keyed = {**headers, "Idempotency-Key": "one"}
    first, second = (client.post("/api/v1/products", json=BODY, headers=keyed) for _ in range(2))
    assert first.json == second.json
    assert first.headers["ETag"] == second.headers["ETag"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert session.scalar(select(func.count()).select_from(Product)) == 1
    assert kind_of(client.post("/api/v1/products", json={**BODY, "name": "Z"}, headers=keyed)) == (409, "conflict")


def test_a_request_that_failed_leaves_its_key_free(client, headers):
    keyed = {**headers, "Idempotency-Key": "one"}
    assert client.post("/api/v1/products", json={**BODY, "track": "none"}, headers=keyed).status_code == 422
    assert client.post("/api/v1/products", json=BODY, headers=keyed).status_code == 201


def test_a_request_whose_failure_is_counted_leaves_its_key_free_too(client, session, headers, owner):
    owner.password_hash = hash_password(PASSWORD)
    keyed, body = {**headers, "Idempotency-Key": "one"}, {"email": owner.email, "password": PASSWORD}
    assert client.post("/api/v1/auth/token", json={**body, "password": "no"}, headers=keyed).status_code == 401
    assert client.post("/api/v1/auth/token", json=body, headers=keyed).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/tokens", {"name": "x"}, "token"),
        ("/auth/token", {"email": "owner@example.com", "password": PASSWORD}, "token"),
        ("/account/second-factor", {"password": PASSWORD}, "secret"),
    ],
)
def test_a_secret_is_answered_once_and_kept_nowhere(client, session, headers, owner, path, body, field):
    owner.email, owner.password_hash = "owner@example.com", hash_password(PASSWORD)
    keyed = {**headers, "Idempotency-Key": "one"}
    first, second = (client.post(f"/api/v1{path}", json=body, headers=keyed) for _ in range(2))
    assert first.status_code == 201
    assert kind_of(second) == (409, "secret-not-shown-again")
    assert all(first.json[field].encode() not in kept for kept in session.scalars(select(IdempotencyKey.body)))


def test_what_is_kept_of_a_request_is_no_digest_of_a_password(client, session, headers, owner):
    owner.password_hash = hash_password(PASSWORD)
    body = json.dumps({"email": owner.email, "password": PASSWORD}).encode()
    sent = {**headers, "Idempotency-Key": "one"}
    client.post("/api/v1/auth/token", data=body, content_type="application/json", headers=sent)
    plain = {
        hashlib.sha256(b"\n".join((b"POST", path, body))).hexdigest() for path in (b"/api/v1/auth/token", b"/api/v1/auth/token?")
    }
    assert session.scalars(select(IdempotencyKey.request_digest)).one() not in plain


def test_a_key_used_for_one_firm_is_free_for_another(client, session, owner, now):
    second = OrganizationFactory()
    member_of(second, user=owner)
    firms = (actor_of(owner).organization_id, second.id)
    made = [
        client.post("/api/v1/products", json=BODY, headers={**bearer(owner, now, organization_id=firm), "Idempotency-Key": "one"})
        for firm in firms
    ]
    assert [answer.json["organization"] for answer in made] == [str(firm) for firm in firms]


def test_a_persons_answer_is_not_given_to_the_firms_program(client, session, owner, now):
    firm = actor_of(owner).organization_id
    made = [
        client.post(
            "/api/v1/products",
            json=BODY,
            headers={**bearer(owner, now, organization_id=firm, shared=shared), "Idempotency-Key": "one"},
        )
        for shared in (False, True)
    ]
    assert made[0].json["id"] != made[1].json["id"]


def test_a_key_outlives_the_token_that_it_came_with(client, session, owner, now):
    made = [
        client.post("/api/v1/products", json=BODY, headers={**bearer(owner, now), "Idempotency-Key": "one"}) for _token in range(2)
    ]
    assert made[0].json == made[1].json


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_form(client, headers, key):
    assert client.post("/api/v1/products", json=BODY, headers={**headers, "Idempotency-Key": key}).status_code == 400


def test_keys_are_forgotten_after_a_day(client, session, headers, now):
    client.post("/api/v1/products", json=BODY, headers={**headers, "Idempotency-Key": "one"})
    assert forget_due(session, now=now) == 0
    assert forget_due(session, now=now + timedelta(days=2)) == 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b'{"name": "a", "name": "b"}', 400), (b'{"name": NaN}', 400), (b'{"name": "\\u0000"}', 400), (b'{"name": "\\ud800"}', 400),
        (b"\xff\xfe", 400), (b"[" * 100_000, 400), (b'{"a":' * 30 + b"1" + b"}" * 30, 400), (b"[]", 422), (b"{", 400),
        (b" " * (LARGEST_BODY + 1), 413), (b'{"name": ' + b"9" * 400 + b"}", 422),
    ],
)  # fmt: skip
def test_what_json_leaves_open_is_refused(client, headers, raw, status):
    answer = client.post("/api/v1/products", data=raw, headers=headers, content_type="application/json")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_another_content_type_is_refused(client, headers):
    assert client.post("/api/v1/products", data=b"name=x", headers=headers, content_type="text/plain").status_code == 415


def test_wrong_fields_are_named(client, headers):
    wrong = {"name": 3, "nme": "x", "track": "design", "maturity": "old", "parameters": [{"name": "a"}], "certifications": "x"}
    errors = client.post("/api/v1/products", json=wrong, headers=headers).json["errors"]
    assert set(errors) == {"name", "nme", "maturity", "parameters.0.value", "certifications"}
    assert client.post("/api/v1/products", json={**BODY, "track": "none"}, headers=headers).json["errors"].keys() == {"track"}


@pytest.mark.parametrize("query", ["per_page=-1", "per_page=101", "page=0", "page=x", "nothing=1", "fields=id,secret"])
def test_a_wrong_address_is_told(client, headers, query):
    answer = client.get(f"/api/v1/tokens?{query}", headers=headers)
    assert kind_of(answer) == (422, "invalid")


def test_only_the_fields_asked_for_are_sent(client, headers, product):
    assert client.get(f"/api/v1/products/{product.json['id']}?fields=id,name").json == {
        "id": product.json["id"],
        "name": "KJ77A",
    }
    assert client.get("/api/v1/tokens?fields=name&page=1000000000", headers=headers).json["items"] == []


def test_an_unknown_address_and_method_are_problems(client):
    assert kind_of(client.get("/api/v1/nothing")) == (404, "not-found")
    answer = client.put("/api/v1/products")
    assert kind_of(answer) == (405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


def test_only_what_every_visitor_sees_may_be_kept_and_read_elsewhere(client, headers, product):
    address = f"/api/v1/products/{product.json['id']}"
    public, private = client.get(address), client.get(address, headers=headers)
    assert public.headers["Cache-Control"] == "public, no-cache"
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert private.headers["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in private.headers
    assert "Authorization" in public.headers["Vary"]


def test_the_document_names_every_endpoint(app, client):
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    served = {
        (re.sub(r"<[^>]*?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in document["paths"].items() for method in methods if method != "parameters"}
    assert described == served
    assert all(document["paths"][path][method]["summary"] for path, method in served)


def test_the_page_of_the_api_shows_the_document(client):
    assert "/api/v1/products/{product_id}" in client.get("/api/docs").text
