"""One's own account through the JSON API: sign-up, letters, profile, safety, and the end."""

import pyotp
import pytest

from app.accounts.queries import user_by_email
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_accounts_sign_in import PASSWORD, link, person
from tests.integration.test_api import bearer, kind_of

API = "/api/v1"
NEWCOMER = {"email": "wei@example.com", "name": "Wei", "password": PASSWORD, "consent": True, "locale": "en"}


@pytest.fixture
def user(session):
    return person(email="old@example.com", locale="en")


@pytest.fixture
def send(client, user, now):
    """Send a request as this person."""
    headers = bearer(user, now)
    return lambda method, path, body=None, **more: client.open(f"{API}{path}", method=method, json=body, headers=headers | more)


def token_in(letter: str) -> str:
    return link(letter).rsplit("/", 1)[-1]


def test_an_account_begins_with_its_letter(client, session, worker, mailbox):
    assert client.post(f"{API}/auth/sign-up", json=NEWCOMER).status_code == 204
    credentials = {"email": "wei@example.com", "password": PASSWORD}
    assert kind_of(client.post(f"{API}/auth/token", json=credentials)) == (401, "sign-in-unconfirmed")
    worker()
    token = token_in(mailbox.text("wei@example.com"))
    wrong = client.post(f"{API}/auth/confirm", json={"token": token, "password": "not it"})
    assert kind_of(wrong) == (401, "sign-in-wrong")
    assert client.post(f"{API}/auth/confirm", json={"token": "forged", "password": PASSWORD}).status_code == 422
    assert client.post(f"{API}/auth/confirm", json={"token": token, "password": PASSWORD}).status_code == 204
    assert client.post(f"{API}/auth/token", json=credentials).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"), [({"consent": False}, "consent"), ({"password": "short"}, "password"), ({"email": "no"}, "email")]
)
def test_what_is_wrong_with_a_sign_up_is_named(client, session, change, field):
    answer = client.post(f"{API}/auth/sign-up", json=NEWCOMER | change)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {field})
    assert user_by_email(session, "wei@example.com") is None


def test_a_reset_sets_a_new_password_and_tells_nothing(client, user, worker, mailbox):
    for email in ("old@example.com", "nobody@example.com"):
        assert client.post(f"{API}/auth/reset", json={"email": email}).status_code == 204
    worker()
    new = {"token": token_in(mailbox.text("old@example.com")), "password": "another long passphrase"}
    assert client.post(f"{API}/auth/reset/confirm", json=new).status_code == 204
    assert client.post(f"{API}/auth/reset/confirm", json=new).status_code == 422
    signed_in = client.post(f"{API}/auth/token", json={"email": "old@example.com", "password": new["password"]})
    assert signed_in.status_code == 201


def test_a_profile_is_read_and_changed(client, send, user):
    read = send("GET", "/account")
    assert (read.json["email"], read.json["roles"], read.json["organizations"]) == ("old@example.com", [], [])
    assert send("PATCH", "/account", {"name": "Wei"}).status_code == 428
    changed = send("PATCH", "/account", {"name": "Wei"}, **{"If-Match": read.headers["ETag"]})
    assert (changed.json["name"], changed.json["locale"]) == ("Wei", "en")
    assert send("PATCH", "/account", {"name": "Li"}, **{"If-Match": read.headers["ETag"]}).status_code == 412
    assert client.get(f"{API}/account").status_code == 401


def test_a_firms_token_does_not_reach_a_persons_account(client, session, now):
    firm = OrganizationFactory()
    headers = bearer(member_of(firm), now, organization_id=firm.id, shared=True)
    for method, path, body in (
        ("GET", "/account", None), ("GET", "/account/sessions", None), ("POST", "/account/export", None),
        ("POST", "/account/delete", {"password": PASSWORD}), ("POST", "/account/second-factor", {"password": PASSWORD}),
    ):  # fmt: skip
        assert client.open(f"{API}{path}", method=method, json=body, headers=headers).status_code == 403


def test_consent_is_taken_back_and_given(send):
    assert send("POST", "/account/withdraw-consent").json["consented_at"] is None
    assert send("POST", "/account/consent").json["consented_at"] is not None


def test_an_address_changes_by_the_letter_to_the_new_one(send, worker, mailbox):
    wrong = send("POST", "/account/email", {"email": "new@example.com", "password": "no"})
    assert wrong.json["errors"].keys() == {"password"}
    assert send("POST", "/account/email", {"email": "new@example.com", "password": PASSWORD}).status_code == 204
    worker()
    token = token_in(mailbox.text("new@example.com"))
    assert send("POST", "/account/email/confirm", {"token": token}).json["email"] == "new@example.com"
    assert send("POST", "/account/email/confirm", {"token": token}).status_code == 422


def test_a_password_changes_and_ends_sessions_and_tokens(send, sign_in, user):
    browser = sign_in(user)
    assert send("GET", "/account/sessions").json["total"] == 1
    for wrong, field in (("no", "current"), (PASSWORD, "password")):
        refused = send(
            "POST", "/account/password", {"current": wrong, "password": "short" if field == "password" else "orchid-1-lamp"}
        )
        assert refused.json["errors"].keys() == {field}
    assert send("POST", "/account/password", {"current": PASSWORD, "password": "another long passphrase"}).status_code == 204
    assert send("GET", "/account/sessions").status_code == 401
    assert browser.get("/account").status_code == 302


def test_sessions_end_one_by_one_and_all_at_once(send, sign_in, client, user, now):
    for _browser in range(3):
        sign_in(user)
    first = send("GET", "/account/sessions").json["items"][0]["id"]
    stranger = bearer(person(email="other@example.com"), now)
    assert client.post(f"{API}/account/sessions/{first}/revoke", headers=stranger).status_code == 404
    assert send("POST", f"/account/sessions/{first}/revoke").json["status"] == "revoked"
    assert send("GET", "/account/sessions").json["total"] == 2
    assert send("POST", "/account/sessions/revoke-all").status_code == 204
    assert send("GET", "/account/sessions").json["total"] == 0


def test_a_second_factor_is_set_up_asked_for_and_given_up(client, send, now):
    assert send("POST", "/account/second-factor", {"password": "no"}).json["errors"].keys() == {"password"}
    made = send("POST", "/account/second-factor", {"password": PASSWORD}).json
    assert made["address"].startswith("otpauth://totp/")
    assert send("POST", "/account/second-factor/confirm", {"code": "000000"}).json["errors"].keys() == {"code"}
    code = pyotp.TOTP(made["secret"]).now()
    assert send("POST", "/account/second-factor/confirm", {"code": code}).json["second_factor"] is True
    assert send("POST", "/account/second-factor", {"password": PASSWORD}).status_code == 409
    credentials = {"email": "old@example.com", "password": PASSWORD}
    assert kind_of(client.post(f"{API}/auth/token", json=credentials)) == (401, "sign-in-code-needed")
    assert send("POST", "/account/second-factor/disable", {"password": "no"}).status_code == 422
    assert send("POST", "/account/second-factor/disable", {"password": PASSWORD}).json["second_factor"] is False


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/account/delete", {"password": PASSWORD}),
        ("/account/email", {"email": "new@example.com", "password": PASSWORD}),
        ("/account/password", {"current": PASSWORD, "password": "another long passphrase"}),
        ("/account/second-factor", {"password": PASSWORD}),
        ("/account/second-factor/disable", {"password": PASSWORD}),
    ],
)
def test_a_token_guesses_no_password(send, path, body):
    asked = "current" if "current" in body else "password"
    answers = [send("POST", path, {**body, asked: "no"}) for _ in range(5)]
    assert [answer.json.get("errors", {}).keys() for answer in answers[:4]] == [{asked}] * 4
    assert kind_of(answers[-1]) == kind_of(send("POST", path, body)) == (429, "too-many-requests")
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_ones_data_is_taken_along_and_the_account_deleted(send, session, user):
    assert "old@example.com" in str(send("POST", "/account/export").json["data"])
    assert send("POST", "/account/delete", {"password": "no"}).status_code == 422
    assert send("POST", "/account/delete", {"password": PASSWORD}).status_code == 204
    assert send("GET", "/account").status_code == 401
    assert user_by_email(session, "old@example.com") is None
