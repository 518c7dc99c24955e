"""The pages on which people keep the tokens of their programs and of their firm's."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import ApiToken
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_accounts_sign_in import PASSWORD, actions, link, person
from tests.integration.test_api import bearer

MINE = "/account/tokens"
WISH = {"name": "夜间同步", "scopes": ["read", "write"], "days": "30"}


def secret_of(answer):
    found = re.search(r'id="secret" value="([^"]+)"', answer.text)
    return found[1] if found else None


def tokens(session):
    session.expire_all()
    return list(session.scalars(select(ApiToken)))


def test_a_token_is_made_its_secret_shown_once_and_works(client, session, sign_in):
    browser = sign_in(UserFactory())
    made = browser.post(MINE, data=WISH)
    secret = secret_of(made)
    assert made.status_code == 200
    assert "夜间同步" in made.text
    assert secret not in browser.get(MINE).text
    assert client.get("/api/v1/tokens", headers={"Authorization": f"Bearer {secret}"}).json["total"] == 1
    token = tokens(session)[0]
    assert (token.scopes, token.shared, (token.expires_at - token.created_at).days) == (["read", "write"], False, 30)


def test_the_list_tells_of_the_last_use_and_a_token_ends_at_once(client, session, sign_in):
    browser = sign_in(UserFactory())
    headers = {"Authorization": f"Bearer {secret_of(browser.post(MINE, data=WISH))}"}
    assert "Never used" in browser.get(MINE).text
    client.get("/api/v1/tokens", headers=headers)
    assert "Last used" in browser.get(MINE).text
    assert browser.post(f"{MINE}/{tokens(session)[0].id}/revoke").status_code == 302
    assert client.get("/api/v1/tokens", headers=headers).status_code == 401
    assert "夜间同步" not in browser.get(MINE).text


@pytest.mark.parametrize("change", [{"name": ""}, {"scopes": []}, {"scopes": ["approve"]}, {"days": "366"}, {"name": "x" * 201}])
def test_a_wish_that_does_not_pass_comes_back(session, sign_in, change):
    answer = sign_in(UserFactory()).post(MINE, data={**WISH, **change})
    assert answer.status_code == 422
    assert tokens(session) == []


def test_scopes_are_offered_as_the_duties_allow(session, sign_in):
    assert "reviewer" not in sign_in(UserFactory()).get(MINE).text
    page = sign_in(UserFactory(is_reviewer=True)).get(MINE).text
    assert "Decide as a reviewer" in page
    assert "Decide as an approver" not in page


def test_somebody_with_two_firms_chooses_for_which_the_token_acts(session, sign_in):
    first, second = OrganizationFactory(), OrganizationFactory()
    user = member_of(first)
    assert 'name="organization"' not in sign_in(user).get(MINE).text
    member_of(second, user=user)
    browser = sign_in(user)
    assert second.name_en in browser.get(MINE).text or second.short_en in browser.get(MINE).text
    browser.post(MINE, data={**WISH, "organization": str(second.id)})
    assert tokens(session)[0].organization_id == second.id


def test_another_persons_token_is_not_there(session, sign_in, now):
    other = UserFactory()
    bearer(other, now)
    assert sign_in(UserFactory()).post(f"{MINE}/{tokens(session)[0].id}/revoke").status_code == 404
    assert tokens(session)[0].revoked_at is None


def test_owners_keep_the_tokens_of_their_firm(client, session, sign_in):
    firm = OrganizationFactory()
    owner, second = member_of(firm), member_of(firm)
    address = f"/organizations/{firm.id}/tokens"
    browser = sign_in(owner)
    assert f'href="{address}"' in browser.get(f"/organizations/{firm.id}").text
    headers = {"Authorization": f"Bearer {secret_of(browser.post(address, data=WISH))}"}
    token = tokens(session)[0]
    assert (token.shared, token.organization_id, token.user_id) == (True, firm.id, owner.id)
    page = sign_in(second).get(address).text
    assert "夜间同步" in page
    assert owner.name in page
    assert sign_in(second).post(f"{address}/{token.id}/revoke").status_code == 302
    assert client.get("/api/v1/invitations", headers=headers).status_code == 401


def test_others_do_not_see_a_firms_tokens(session, sign_in, now):
    firm = OrganizationFactory()
    owner = member_of(firm)
    bearer(owner, now, organization_id=actor_of(owner).organization_id, shared=True)
    address = f"/organizations/{firm.id}/tokens"
    for browser in (sign_in(member_of(firm, owner=False)), sign_in(UserFactory())):
        assert browser.get(address).status_code == 403
        assert browser.post(address, data=WISH).status_code == 403
        assert browser.post(f"{address}/{tokens(session)[0].id}/revoke").status_code == 404
    other = OrganizationFactory()
    elsewhere = sign_in(member_of(other)).post(f"/organizations/{other.id}/tokens/{tokens(session)[0].id}/revoke")
    assert elsewhere.status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, session):
    assert client.get(MINE).status_code == 302


@pytest.mark.parametrize("way", ["change", "reset"])
def test_the_end_of_tokens_is_in_the_log_as_the_new_password_that_caused_it(client, session, sign_in, worker, mailbox, way):
    user = person()
    browser = sign_in(user)
    browser.post(MINE, data=WISH)
    if way == "change":
        browser.post("/account/password", data={"current": PASSWORD, "password": "another-lamp-73"})
    else:
        client.post("/reset", data={"email": user.email})
        worker()
        client.post(link(mailbox.text(user.email)), data={"password": "another-lamp-73"})
    assert tokens(session)[0].revoked_at is not None
    assert actions(session) == ["accounts.issue_token", f"accounts.{way}_password"]


def test_a_new_password_ends_ones_own_tokens_and_leaves_the_firms(client, session, sign_in):
    firm = OrganizationFactory()
    browser = sign_in(member_of(firm, user=person()))
    own = secret_of(browser.post(MINE, data=WISH))
    of_firm = secret_of(browser.post(f"/organizations/{firm.id}/tokens", data=WISH))
    form = {"current": PASSWORD, "password": "another-lamp-73"}
    assert browser.post("/account/password", data=form).status_code == 302

    def answers(secret):
        return client.get("/api/v1/products", headers={"Authorization": f"Bearer {secret}"}).status_code

    assert (answers(own), answers(of_firm)) == (401, 200)
    assert "夜间同步" not in browser.get(MINE).text
