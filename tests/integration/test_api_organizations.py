"""Firms, their people and their files through the JSON API."""

from io import BytesIO
from uuid import UUID

import pytest

from app.accounts import tokens
from app.organizations.handlers import JOINING
from app.organizations.models import ColleagueInvitation
from app.scenarios import operations
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, PDF, posted
from tests.factories.organizations import OrganizationFactory, member_of, valid_code
from tests.factories.products import product_of
from tests.factories.scenarios import draft_scenario
from tests.integration.test_api import bearer, kind_of

FIRMS = "/api/v1/organizations"


@pytest.fixture
def reviewing(session, now):
    return bearer(UserFactory(is_reviewer=True), now)


@pytest.fixture
def registered(client, session, now):
    """A firm registered by its first owner: the answer, and the owner's headers."""
    owner = bearer(UserFactory(), now)
    body = {"name_zh": "开睿微电子", "credit_code": valid_code(), "area": "dushu", "is_chip": True, "tracks": ["design"]}
    return client.post(FIRMS, json={**body, "contact_name": "周敏", "contact_email": "a@b.example"}, headers=owner), owner


def upload(client, address, headers, content=PDF, **fields):
    return client.post(address, data={"file": posted(content), **fields}, headers=headers)


def test_a_firm_is_registered_and_verified_once_its_licence_is_there(client, registered, reviewing):
    made, owner = registered
    assert (made.status_code, made.json["status"], made.json["tracks"], made.json["short_zh"]) == (
        201, "pending", ["design"], "开睿微电子",
    )  # fmt: skip
    address = f"{FIRMS}/{made.json['id']}"
    assert client.get(address).status_code == 404
    refused = client.post(f"{address}/verify", headers=reviewing)
    assert refused.json["errors"].keys() == {"licence"}
    assert upload(client, f"{address}/attachments", owner).status_code == 201
    assert client.post(f"{address}/verify", headers=owner).status_code == 403
    assert client.post(f"{address}/verify", headers=reviewing).json["status"] == "verified"
    assert kind_of(client.post(f"{address}/verify", headers=reviewing)) == (409, "wrong-state")
    assert client.get(address).status_code == 200


def test_a_refused_firm_reads_why_mends_and_applies_again(client, registered, reviewing):
    made, owner = registered
    address = f"{FIRMS}/{made.json['id']}"
    assert client.post(f"{address}/refuse", json={"reason": "执照不清"}, headers=reviewing).json["status"] == "refused"
    read = client.get(address, headers=owner)
    assert read.json["refusal_reason"] == "执照不清"
    saved = client.patch(address, json={"profile_zh": "简介"}, headers={**owner, "If-Match": read.headers["ETag"]})
    assert (saved.json["profile_zh"], saved.json["name_zh"]) == ("简介", "开睿微电子")
    assert client.post(f"{address}/apply-again", headers=owner).json["status"] == "pending"


def test_what_was_answered_is_what_one_reads_next(client, registered):
    made, owner = registered
    assert client.get(f"{FIRMS}/{made.json['id']}", headers=owner).headers["ETag"] == made.headers["ETag"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"credit_code": "1"}, "credit_code"), ({"area": "moon"}, "area"), ({"tracks": ["moon"]}, "tracks"),
        ({"is_chip": False}, "is_chip"), ({"website": "javascript:alert(1)"}, "website"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"cultivation": ["x"]}, "cultivation.0"), ({"status": "verified"}, "status"), ({"name_zh": " "}, "name_zh"),
    ],
)  # fmt: skip
def test_fields_that_do_not_pass_are_named_as_they_were_sent(client, session, now, change, field):
    body = {"name_zh": "开睿", "credit_code": valid_code(), "area": "dushu", "is_chip": True, "tracks": ["design"], **change}
    assert client.post(FIRMS, json=body, headers=bearer(UserFactory(), now)).json["errors"].keys() == {field}


def test_contacts_are_for_who_may_read_them(client, session, now):
    firm = OrganizationFactory(contact_name="周敏", contact_phone="1", contact_email="a@b.example")
    address = f"{FIRMS}/{firm.id}"
    assert not {"contact_name", "contact_phone", "contact_email", "refusal_reason"} & client.get(address).json.keys()
    other = client.get(address, headers=bearer(UserFactory(), now)).json
    assert (other["contact_name"], "contact_email" in other) == ("周敏", False)
    assert client.get(address, headers=bearer(member_of(firm), now)).json["contact_email"] == "a@b.example"


def test_firms_are_searched(client, session, indexed):
    firm = OrganizationFactory(name_zh="苏州雷达股份", short_zh="雷达股份")
    OrganizationFactory(name_zh="未核实", unverified=True)
    indexed()
    found = client.get(f"{FIRMS}?q=雷达股份")
    assert [item["id"] for item in found.json["items"]] == [str(firm.id)]
    assert "contact_name" not in found.json["items"][0]
    assert client.get(f"{FIRMS}?status=verified").json["total"] == 1


def test_owners_keep_the_people_of_their_firm(client, session, now):
    firm = OrganizationFactory()
    owner, colleague = bearer(member_of(firm), now), member_of(firm, owner=False)
    people = f"{FIRMS}/{firm.id}/members"
    assert client.get(people, headers=owner).json["total"] == 2
    assert client.get(people).status_code == 401
    assert client.get(people, headers=bearer(UserFactory(), now)).status_code == 403
    assert client.post(f"{people}/{colleague.id}/owner", json={"owner": True}, headers=owner).json["owner"] is True
    assert client.post(f"{people}/{colleague.id}/remove", headers=owner).status_code == 204
    assert client.get(people, headers=owner).json["total"] == 1
    last = client.get(people, headers=owner).json["items"][0]["user_id"]
    assert kind_of(client.post(f"{people}/{last}/remove", headers=owner)) == (409, "conflict")


def test_a_colleague_is_invited_and_joins_by_the_link(client, session, now):
    firm, colleague = OrganizationFactory(), UserFactory()
    owner, theirs = bearer(member_of(firm), now), bearer(colleague, now)
    invited = client.post(f"{FIRMS}/{firm.id}/invitations", json={"email": colleague.email}, headers=owner)
    assert (invited.status_code, invited.json["email"]) == (201, colleague.email)
    assert client.get(f"{FIRMS}/{firm.id}/invitations", headers=owner).json["total"] == 1
    with client.application.test_request_context():
        token = tokens.make(JOINING, invitation_id=invited.json["id"])
    accept = "/api/v1/colleague-invitations/accept"
    assert client.post(accept, json={"token": token}, headers=bearer(UserFactory(), now)).status_code == 404
    assert client.post(accept, json={"token": "no"}, headers=theirs).status_code == 404
    assert client.post(accept, json={"token": token}, headers=theirs).json["id"] == str(firm.id)
    assert actor_of(colleague).belongs_to(firm.id)


def test_an_invitation_is_taken_back(client, session, now):
    firm = OrganizationFactory()
    owner = bearer(member_of(firm), now)
    invited = client.post(f"{FIRMS}/{firm.id}/invitations", json={"email": "x@y.example"}, headers=owner)
    revoke = f"/api/v1/colleague-invitations/{invited.json['id']}/revoke"
    assert client.post(revoke, headers=bearer(UserFactory(), now)).status_code == 403
    assert client.post(revoke, headers=owner).status_code == 204
    assert session.get(ColleagueInvitation, UUID(invited.json["id"])) is None


def test_a_firms_token_does_not_act_for_its_maker_in_person(client, session, now):
    owner = member_of(OrganizationFactory())
    shared = bearer(owner, now, organization_id=actor_of(owner).organization_id, shared=True)
    body = {"name_zh": "x", "credit_code": valid_code(), "area": "dushu", "is_anchor": True}
    assert kind_of(client.post(FIRMS, json=body, headers=shared)) == (403, "forbidden")


def test_a_licence_is_for_its_firm_and_those_who_verify(client, registered, reviewing, session, now):
    made, owner = registered
    files = f"{FIRMS}/{made.json['id']}/attachments"
    licence = upload(client, files, owner)
    content = f"/api/v1/attachments/{licence.json['id']}"
    assert (licence.json["media_type"], licence.json["size"]) == ("application/pdf", len(PDF))
    for headers, status in ((owner, 200), (reviewing, 200), (bearer(UserFactory(), now), 404)):
        assert client.get(content, headers=headers).status_code == status
        assert client.get(files, headers=headers).status_code == status
    assert kind_of(client.delete(content, headers={**owner, "If-Match": licence.headers["ETag"]})) == (403, "forbidden")


def test_a_document_is_added_read_and_taken_away(client, session, now):
    user = member_of(OrganizationFactory())
    headers, product = bearer(user, now), product_of(actor_of(user), now)
    files = f"/api/v1/products/{product.id}/attachments"
    made = upload(client, files, headers)
    content = f"/api/v1/attachments/{made.json['id']}"
    read = client.get(content)
    assert (read.data, read.content_type) == (PDF, "application/pdf")
    assert "attachment" in read.headers["Content-Disposition"]
    assert client.get(content, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert client.get(files).json["items"][0]["name"] == "datasheet.pdf"
    assert client.delete(content, headers=headers).status_code == 428
    assert client.delete(content, headers={**headers, "If-Match": read.headers["ETag"]}).status_code == 204
    assert client.get(content).status_code == 404


def test_a_draft_takes_files_for_everyone_or_for_verified_firms(client, session, now):
    user = member_of(OrganizationFactory(anchor=True))
    headers, scenario = bearer(user, now), draft_scenario(actor_of(user), now)
    files = f"/api/v1/scenarios/{scenario.id}/attachments"
    assert upload(client, files, headers, visibility="public").json["visibility"] == "public"
    restricted = upload(client, files, headers)
    assert (restricted.json["visibility"], client.get(files, headers=headers).json["total"]) == ("restricted", 2)
    assert client.get(files).status_code == 404
    taken = client.delete(
        f"/api/v1/attachments/{restricted.json['id']}", headers={**headers, "If-Match": restricted.headers["ETag"]}
    )
    assert taken.status_code == 204


def test_only_those_who_may_open_a_file_find_it_in_the_list(client, session, now):
    user = member_of(OrganizationFactory(anchor=True))
    scenario = draft_scenario(actor_of(user), now)
    files = f"/api/v1/scenarios/{scenario.id}/attachments"
    for visibility in ("public", "restricted"):
        upload(client, files, bearer(user, now), visibility=visibility)
    owner, reviewer = actor_of(user), actor_of(UserFactory(is_reviewer=True))
    operations.submit(session, scenario, actor=owner, now=now)
    operations.approve(session, scenario, actor=reviewer, now=now)
    assert [item["visibility"] for item in client.get(files).json["items"]] == ["public"]
    assert client.get(files, headers=bearer(member_of(OrganizationFactory()), now)).json["total"] == 2


@pytest.mark.parametrize(
    "data",
    [
        lambda: {"file": posted(EXECUTABLE)}, lambda: {"file": (BytesIO(b""), "a.pdf")}, lambda: {"file": "text"}, dict,
        lambda: {"file": posted(), "visibility": "secret"}, lambda: {"file": posted(), "more": "1"},
    ],
)  # fmt: skip
def test_a_file_that_is_not_taken_is_told(client, session, now, data):
    user = member_of(OrganizationFactory(anchor=True))
    files = f"/api/v1/scenarios/{draft_scenario(actor_of(user), now).id}/attachments"
    answer = client.post(files, data=data(), headers=bearer(user, now), content_type="multipart/form-data")
    assert (answer.status_code, bool(answer.json["errors"])) == (422, True)


def test_a_file_is_sent_as_a_form(client, session, now):
    user = member_of(OrganizationFactory())
    product = product_of(actor_of(user), now)
    answer = client.post(f"/api/v1/products/{product.id}/attachments", json={"file": "x"}, headers=bearer(user, now))
    assert kind_of(answer) == (415, "unsupported-media-type")


def test_a_file_sent_twice_under_one_key_is_stored_once(client, session, now):
    user = member_of(OrganizationFactory())
    headers = {**bearer(user, now), "Idempotency-Key": "one"}
    files = f"/api/v1/products/{product_of(actor_of(user), now).id}/attachments"
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF + b"\r\n--x--\r\n"
    answers = [client.post(files, data=body, content_type="multipart/form-data; boundary=x", headers=headers) for _ in range(2)]
    assert answers[0].status_code == 201
    assert answers[0].json == answers[1].json
    assert client.get(files).json["total"] == 1
