"""Tokens: proving who one is, what a token may do, and what it never may."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import ApiToken, Scope
from app.accounts.passwords import hash_password
from app.audit.models import AuditDetail
from app.organizations.models import Membership
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_api import PASSWORD, bearer, kind_of

SIGN_IN = "/api/v1/auth/token"


@pytest.fixture
def secret():
    return pyotp.random_base32()


@pytest.fixture
def guarded(session, now, secret):
    """A reviewer with a second factor."""
    return UserFactory(
        is_reviewer=True, password_hash=hash_password(PASSWORD), totp_secret=secret, totp_confirmed_at=now - timedelta(days=1)
    )


def sign_in(client, user, **more):
    return client.post(SIGN_IN, json={"email": user.email, "password": PASSWORD, **more})


def test_the_second_factor_is_asked_for_and_works_once(client, guarded, secret, now):
    with time_machine.travel(now, tick=False):
        code = pyotp.TOTP(secret).at(now)
        assert kind_of(sign_in(client, guarded)) == (401, "sign-in-code-needed")
        assert kind_of(sign_in(client, guarded, otp="000000")) == (401, "sign-in-wrong")
        answer = sign_in(client, guarded, otp=code)
        assert (answer.status_code, answer.json["scopes"]) == (201, ["read", "review", "write"])
        assert kind_of(sign_in(client, guarded, otp=code)) == (401, "sign-in-wrong")


def test_wrong_codes_lock_like_wrong_passwords(client, guarded):
    answers = [sign_in(client, guarded, otp="000000") for _ in range(6)]
    assert kind_of(answers[-1]) == (429, "too-many-requests")
    assert kind_of(sign_in(client, UserFactory(email="other@x.example"))) in {(401, "sign-in-wrong"), (429, "too-many-requests")}


def test_who_decides_needs_a_second_factor_in_production(client, app, session, now):
    user = UserFactory(is_reviewer=True, password_hash=hash_password(PASSWORD))
    headers = bearer(user, now)
    app.config["PRODUCTION"] = True
    assert kind_of(sign_in(client, user)) == (403, "second-factor-required")
    assert kind_of(client.get("/api/v1/tokens", headers=headers)) == (403, "second-factor-required")


def test_without_consent_only_consent_and_ones_data_are_open(client, session, now):
    user = UserFactory(password_hash=hash_password(PASSWORD), consented_at=None)
    signed_in = {"Authorization": f"Bearer {sign_in(client, user).json['token']}"}
    assert kind_of(client.get("/api/v1/notifications", headers=signed_in)) == (403, "consent-required")
    assert client.post("/api/v1/account/consent", headers=signed_in).status_code == 200
    assert client.get("/api/v1/notifications", headers=signed_in).status_code == 200


def test_scopes_and_life_are_as_asked(client, session, now):
    user = UserFactory(password_hash=hash_password(PASSWORD))
    answer = sign_in(client, user, scopes=["read"], expires_in=3600)
    token = session.scalars(select(ApiToken)).one()
    assert (answer.json["scopes"], token.expires_at - token.created_at) == (["read"], timedelta(hours=1))
    assert sign_in(client, user, expires_in=0).json["errors"].keys() == {"expires_in"}
    assert sign_in(client, user, expires_in=366 * 86400).json["errors"].keys() == {"expires_in"}


def test_a_token_acts_for_the_firm_that_was_named(client, session, now):
    first, second = OrganizationFactory(), OrganizationFactory()
    user = member_of(first)
    member_of(second, user=user)
    user.password_hash = hash_password(PASSWORD)
    made = sign_in(client, user, organization=str(second.id))
    body = {"name": "x", "track": "design", "maturity": "volume"}
    product = client.post("/api/v1/products", json=body, headers={"Authorization": f"Bearer {made.json['token']}"})
    assert product.json["organization"] == str(second.id)
    assert sign_in(client, user, organization=str(OrganizationFactory().id)).json["errors"].keys() == {"organization"}


def test_a_token_ends_with_the_membership_for_which_it_acts_and_acts_for_no_other_firm(client, session, now):
    first, second = OrganizationFactory(), OrganizationFactory()
    user = member_of(first)
    member_of(second, user=user)
    headers = bearer(user, now, organization_id=first.id)
    assert client.get("/api/v1/account", headers=headers).status_code == 200
    session.delete(session.get_one(Membership, (first.id, user.id)))
    session.commit()
    assert kind_of(client.get("/api/v1/account", headers=headers)) == (401, "unauthenticated")


def test_only_the_digest_of_a_token_is_kept_and_its_making_and_end_are_audited(client, session, now):
    headers = bearer(UserFactory(), now)
    made = client.post("/api/v1/tokens", json={"name": "同步"}, headers=headers)
    token = session.scalars(select(ApiToken).filter_by(name="同步")).one()
    assert made.json["token"] not in str(vars(token))
    client.post(f"/api/v1/tokens/{token.id}/revoke", headers=headers)
    done = session.scalars(select(AuditDetail.action).where(AuditDetail.subject_id == token.id).order_by(AuditDetail.seq)).all()
    assert list(done) == ["accounts.issue_token", "accounts.revoke_token"]


def test_a_token_makes_none_that_may_do_more_or_lives_longer(client, session, now):
    user = UserFactory(is_reviewer=True)
    headers = bearer(user, now, scopes=[Scope.WRITE])
    assert client.post("/api/v1/tokens", json={"name": "a"}, headers=headers).json["scopes"] == ["write"]
    more = client.post("/api/v1/tokens", json={"name": "b", "scopes": ["review"]}, headers=headers)
    assert more.json["errors"].keys() == {"scopes"}
    longer = client.post("/api/v1/tokens", json={"name": "c", "expires_in": 7200}, headers=headers)
    assert longer.json["errors"].keys() == {"expires_in"}


def test_a_firms_token_makes_none_and_reads_none_of_its_maker(client, session, now):
    owner = member_of(OrganizationFactory())
    shared = bearer(owner, now, organization_id=actor_of(owner).organization_id, shared=True)
    assert client.post("/api/v1/tokens", json={"name": "a"}, headers=shared).status_code == 403
    assert client.get("/api/v1/tokens", headers=shared).status_code == 403


def test_an_owner_makes_and_revokes_the_tokens_of_the_firm(client, session, now):
    firm = OrganizationFactory()
    owner, other = member_of(firm), member_of(firm)
    body = {"name": "夜间同步", "shared": True, "organization": str(firm.id)}
    made = client.post("/api/v1/tokens", json=body, headers=bearer(owner, now))
    assert made.json["scopes"] == ["read", "write"]
    revoke = f"/api/v1/tokens/{made.json['id']}/revoke"
    assert client.post(revoke, headers=bearer(other, now)).status_code == 200
    assert client.get("/api/v1/account", headers={"Authorization": f"Bearer {made.json['token']}"}).status_code == 401
    member = member_of(firm, owner=False)
    assert client.post("/api/v1/tokens", json=body, headers=bearer(member, now)).status_code == 403


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nothing", "Basic dTpw", "nothing", "Bearer " + "x" * 5000])
def test_what_is_no_token_is_refused_even_where_visitors_may_read(client, session, header):
    answer = client.get("/api/v1/scenarios", headers={"Authorization": header})
    assert kind_of(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_missing_scope_and_missing_token_are_told_apart(client, session, now):
    reading = bearer(UserFactory(is_reviewer=True), now, scopes=[Scope.READ])
    address = f"/api/v1/organizations/{OrganizationFactory(unverified=True).id}/verify"
    refused = client.post(address, headers=reading)
    assert kind_of(refused) == (403, "insufficient-scope")
    assert 'scope="review"' in refused.headers["WWW-Authenticate"]
    assert kind_of(client.post(address)) == (401, "unauthenticated")


def test_a_cookie_neither_opens_nor_closes_a_door(session, sign_in):
    browser = sign_in(UserFactory(consented_at=None))
    assert browser.get("/api/v1/scenarios").status_code == 200
    assert browser.get("/api/v1/notifications").status_code == 401
