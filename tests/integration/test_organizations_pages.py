"""The pages of organisations: list, record, registration, editing, verification, people."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts import tokens
from app.organizations import operations, queries
from app.organizations.handlers import JOINING
from app.organizations.models import ColleagueInvitation, Organization
from app.products import operations as products
from app.taxonomy.models import Track
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, posted
from tests.factories.organizations import OrganizationFactory, member_of, organization_content, registered, valid_code
from tests.factories.products import product_of

SCRIPT = "<script>alert(1)</script>"


def fields(**changes):
    """What a complete registration form sends."""
    return {
        "record_id": str(uuid.uuid4()), "version": "", "name_zh": "开睿微电子（苏州）有限公司", "credit_code": valid_code(),
        "is_chip": "y", "area_code": "dushu", "track_codes": ["design"], "contact_name": "周敏", "licence": posted(), **changes,
    }  # fmt: skip


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def person(sign_in):
    return sign_in(UserFactory())


@pytest.fixture
def firm(session):
    return OrganizationFactory(name_zh="开睿", name_en="Kairui", short_en="Kairui")


@pytest.fixture
def owner(firm, sign_in):
    return sign_in(member_of(firm))


@pytest.fixture
def reviewer(sign_in, session):
    return sign_in(UserFactory(is_reviewer=True))


def test_from_registration_to_verification(person, reviewer, session):
    assert person.get("/organizations/new").status_code == 200
    answer = person.post("/organizations/new", data=fields())
    assert answer.status_code == 302
    page = person.get(answer.location)
    assert "Waiting for verification" in page.text
    assert "datasheet.pdf" in page.text
    seen = reviewer.get(answer.location).text
    assert "Refuse" in seen
    assert reviewer.post(f"{answer.location}/verify").status_code == 302
    assert "Verified" in person.get(answer.location).text


def test_a_form_sent_twice_registers_one_firm(person, session):
    data = fields()
    for _ in range(2):
        answer = person.post("/organizations/new", data={**data, "licence": posted()})
        assert answer.location.endswith(data["record_id"])
    assert count(session, Organization) == 1


def test_a_broken_record_id_is_replaced(person, session):
    assert person.post("/organizations/new", data=fields(record_id="no id")).status_code == 302
    assert count(session, Organization) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name_zh": "长" * 100_000}, "name_zh"),
        ({"name_zh": " \t "}, "name_zh"),
        ({"credit_code": "914403001922038217"}, "credit_code"),
        ({"area_code": "moon"}, "area_code"),
        ({"track_codes": ["moon"]}, "track_codes"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"licence": EXECUTABLE}, "licence"),
        ({"licence": b""}, "licence"),
        ({"licence": ""}, "licence"),
    ],
)
def test_a_form_that_does_not_pass_comes_back_filled_in_with_the_error_at_its_field(person, session, change, field):
    sent = fields(**{"contact_name": "Zhou Min", **change})
    if isinstance(sent["licence"], bytes):
        sent["licence"] = posted(sent["licence"], "licence.pdf")
    answer = person.post("/organizations/new", data=sent)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="Zhou Min"' in answer.text
    assert count(session, Organization) == 0


def test_all_that_is_wrong_with_a_registration_is_said_at_once(person, firm):
    taken = fields(name_zh="", credit_code=firm.credit_code, is_chip="", licence=posted(EXECUTABLE, "licence.pdf"))
    answer = person.post("/organizations/new", data=taken)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', answer.text)) == {"name_zh", "credit_code", "is_chip", "licence"}
    # a field that is empty says so once
    assert len(re.findall('<li><a href="#name_zh">', answer.text)) == 1
    whole = {**taken, "name_zh": "全", "licence": posted(EXECUTABLE, "licence.pdf")}
    assert set(re.findall(r'id="(\w+)-error"', person.post("/organizations/new", data=whole).text)) == {
        "credit_code", "is_chip", "licence",
    }  # fmt: skip


def test_a_visitor_is_asked_to_sign_in_first(client):
    answer = client.get("/organizations/new")
    assert answer.status_code == 302
    assert "sign-in" in answer.location


def test_script_tags_are_shown_as_text(person, session, sign_in):
    texts = ("name_zh", "name_en", "short_zh", "short_en", "profile_zh", "profile_en", "contact_name", "contact_phone")
    data = fields(**{name: f"{SCRIPT}{name}"[:40] for name in texts}, website="https://example.com/<script>")
    place = person.post("/organizations/new", data=data).location
    pages = [place, f"{place}/edit", f"{place}/members", "/organizations"]
    for page in pages:
        text = person.get(page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def edit_fields(organization, **changes):
    names = ("name_zh", "name_en", "short_zh", "credit_code", "area_code")
    values = {name: getattr(organization, name) for name in names}
    return {**values, "is_chip": "y", "track_codes": ["design"], "contact_name": "周敏", "version": organization.version, **changes}


def real(firm):
    firm.credit_code = valid_code()
    return firm


def test_an_owner_edits_the_record(owner, firm, session):
    real(firm)
    assert 'value="Kairui"' in owner.get(f"/organizations/{firm.id}/edit").text
    answer = owner.post(f"/organizations/{firm.id}/edit", data=edit_fields(firm, profile_zh="雷达芯片"))
    assert answer.status_code == 302
    assert "雷达芯片" in owner.get(answer.location).text


def test_the_second_editor_sees_both_versions_and_then_decides(owner, firm, session):
    real(firm)
    data = edit_fields(firm, name_en="Mine")
    operations.edit_organization(
        session, firm.id, organization_content(credit_code=firm.credit_code, name_zh=firm.name_zh, name_en="Theirs"),
        version=None, actor=actor_of(member_of(firm)), now=firm.applied_at,
    )  # fmt: skip
    answer = owner.post(f"/organizations/{firm.id}/edit", data=data)
    assert answer.status_code == 412
    assert "<td>Theirs</td><td>Mine</td>" in answer.text
    assert "Record" not in answer.text
    assert 'value="Mine"' in answer.text
    session.rollback()
    session.refresh(firm)
    assert firm.name_en == "Theirs"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text).group(1)
    assert owner.post(f"/organizations/{firm.id}/edit", data={**data, "version": version}).status_code == 302
    session.refresh(firm)
    assert firm.name_en == "Mine"


def test_the_licence_is_uploaded_later(owner, firm, session):
    assert owner.post(f"/organizations/{firm.id}/licence", data={}).status_code == 422
    bad = owner.post(f"/organizations/{firm.id}/licence", data={"file": posted(EXECUTABLE)})
    assert bad.status_code == 422
    assert 'id="file-error"' in bad.text
    assert owner.post(f"/organizations/{firm.id}/licence", data={"file": posted(name="new.pdf")}).status_code == 302
    assert "new.pdf" in owner.get(f"/organizations/{firm.id}").text


def test_a_refusal_needs_a_reason_which_the_owner_reads(reviewer, sign_in, session, now):
    user = UserFactory()
    place = f"/organizations/{registered(actor_of(user), now).id}"
    assert reviewer.post(f"{place}/refuse", data={"reason": ""}).status_code == 422
    answer = reviewer.post(f"{place}/refuse?next=/review", data={"reason": "The licence cannot be read."})
    assert answer.location == "/review"
    browser = sign_in(user)
    assert "The licence cannot be read." in browser.get(place).text
    assert browser.post(f"{place}/apply-again").status_code == 302
    assert "Waiting for verification" in browser.get(place).text


def test_the_address_after_a_decision_stays_on_the_site(reviewer, session, now):
    place = f"/organizations/{registered(actor_of(UserFactory()), now).id}"
    answer = reviewer.post(f"{place}/verify?next=https://evil.example/", data={})
    assert answer.location.endswith(place)


PAGES = {
    "show": ("get", ""),
    "edit": ("get", "/edit"),
    "members": ("get", "/members"),
    "invite": ("post", "/members"),
    "licence": ("post", "/licence"),
    "verify": ("post", "/verify"),
    "refuse": ("post", "/refuse"),
    "apply_again": ("post", "/apply-again"),
}
ALLOWED = {
    "show": {"stranger", "owner", "member", "reviewer", "approver", "auditor", "admin"},
    "edit": {"owner"},
    "members": {"owner", "member", "reviewer", "auditor", "admin"},
    "invite": {"owner"},
    "licence": {"owner"},
    "verify": {"reviewer"},
    "refuse": {"reviewer"},
    "apply_again": {"owner"},
}


def browser_of(sign_in, name, firm):
    if name in {"owner", "member"}:
        return sign_in(member_of(firm, owner=name == "owner"))
    return sign_in(UserFactory(**({} if name == "stranger" else {f"is_{name}": True})))


@pytest.mark.parametrize("page", sorted(PAGES))
def test_what_one_sees_but_may_not_do_is_forbidden_and_what_one_may_not_see_is_not_found(sign_in, session, page):
    verified, pending = OrganizationFactory(), OrganizationFactory(unverified=True)
    method, path = PAGES[page]
    for name in ("stranger", "owner", "member", "reviewer", "approver", "auditor", "admin"):
        data = {"email": f"{name}@example.com", "reason": "No.", "file": posted()} if method == "post" else None
        got = getattr(browser_of(sign_in, name, verified), method)(f"/organizations/{verified.id}{path}", data=data).status_code
        assert (got == 403) == (name not in ALLOWED[page]), (name, got)
        if name == "stranger":
            data = {"email": "x@example.com"} if method == "post" else None
            hidden = getattr(browser_of(sign_in, name, pending), method)(f"/organizations/{pending.id}{path}", data=data)
            assert hidden.status_code == 404


def test_an_action_in_a_wrong_state_is_a_conflict(reviewer, owner, firm):
    assert reviewer.post(f"/organizations/{firm.id}/verify").status_code == 409
    assert owner.post(f"/organizations/{firm.id}/apply-again").status_code == 409


def test_colleagues_are_invited_made_owners_and_removed(owner, firm, session, sign_in, now):
    place = f"/organizations/{firm.id}/members"
    assert owner.post(place, data={"email": "nobody"}).status_code == 422
    assert owner.post(place, data={"email": "colleague@example.com", "owner": "y"}).status_code == 302
    assert "colleague@example.com" in owner.get(place).text
    colleague = member_of(firm, owner=False)
    assert owner.post(f"{place}/{colleague.id}/owner", data={"owner": "1"}).status_code == 302
    browser = sign_in(colleague)
    left = browser.post(f"{place}/{colleague.id}/remove")
    assert left.status_code == 302
    assert not left.location.endswith(place)
    other = member_of(firm, owner=False)
    assert owner.post(f"{place}/{other.id}/remove").location.endswith(place)


def test_an_invitation_is_taken_back(owner, firm, session, now):
    owner.post(f"/organizations/{firm.id}/members", data={"email": "colleague@example.com"})
    invitation = session.scalars(select(ColleagueInvitation)).one()
    assert owner.post(f"/organizations/invitations/{invitation.id}/revoke").status_code == 302
    assert count(session, ColleagueInvitation) == 0


def test_the_letters_link_lets_the_invited_person_in_and_nobody_else(app, firm, session, sign_in, now, person):
    invitation = operations.invite_colleague(
        session, firm.id, email="colleague@example.com", actor=actor_of(member_of(firm)), now=now
    )
    link = f"/organizations/join/{tokens.make(JOINING, invitation_id=str(invitation.id))}"
    assert person.get(link).status_code == 404
    assert person.post(link).status_code == 404
    invited = sign_in(UserFactory(email="colleague@example.com"))
    assert "Join Kairui" in invited.get(link).text
    answer = invited.post(link)
    assert answer.location.endswith(str(firm.id))
    assert "Members and invitations" not in invited.get(answer.location).text
    assert invited.get(f"{answer.location}/members").status_code == 200
    assert invited.get("/organizations/join/nonsense").status_code == 404


def test_the_list_is_searched_filtered_and_paged(client, session, indexed):
    for number in range(25):
        OrganizationFactory(name_zh=f"批量{number:02d}", name_en=f"Bulk {number:02d}", area_code="him", is_anchor=number < 3)
    indexed()
    english = {"Accept-Language": "en"}
    first = client.get("/organizations?q=Bulk", headers=english)
    assert "25 firms" in first.text
    assert first.text.count('class="hit"') == 20
    second = client.get("/organizations?q=Bulk&page=2", headers=english)
    assert second.text.count('class="hit"') == 5
    assert "3 firms" in client.get("/organizations?q=Bulk&role=anchor&area=him", headers=english).text
    empty = client.get("/organizations?q=Bulk&area=dushu", headers=english)
    assert "No firm fits" in empty.text


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%25&role=nonsense", "page=-1", "page=99999999999", "page=x", "q=" + "x" * 5000, "q=%27%22%3C"]
)
def test_any_query_is_answered(client, query):
    assert client.get(f"/organizations?{query}").status_code == 200
    assert client.get(f"/products?{query}").status_code == 200


def facet_counts(text, name):
    return {value: int(number) for value, number in re.findall(rf'name="{name}" value="(\w+)"[^>]*>[^<]*<span>(\d+)</span>', text)}


def test_filters_say_how_many_firms_each_choice_leaves_also_to_those_who_see_all(client, sign_in, session, indexed):
    admin = sign_in(UserFactory(is_admin=True))
    for area, anchor in (("him", True), ("him", False), ("dushu", False)):
        OrganizationFactory(area_code=area, is_anchor=anchor, tracks=[])
    user = UserFactory()
    registered(actor_of(user), OrganizationFactory().applied_at, track_codes=("packaging",))
    indexed()
    for browser, pending in ((client, 0), (admin, 1)):
        text = browser.get("/organizations").text
        assert facet_counts(text, "area") == {"him": 2, "dushu": 2 + pending}
        assert facet_counts(text, "role") == {"anchor": 1, "chip": 4 + pending}
        assert facet_counts(text, "track") == ({"packaging": 1} if pending else {})
        assert facet_counts(browser.get("/organizations?area=him").text, "role") == {"anchor": 1, "chip": 2}


def test_the_list_costs_the_same_few_statements_however_long_it_is(client, session, statements, indexed):
    counts = []
    for _ in range(2):
        for _ in range(8):
            product_of(actor_of(member_of(OrganizationFactory())), OrganizationFactory().applied_at)
        indexed()
        with statements() as seen:
            client.get("/organizations")
        counts.append(len(seen))
    assert counts == [2, 2]


def test_a_firms_page_lists_its_products_at_a_fixed_cost(client, session, statements, now):
    user = member_of(OrganizationFactory(tracks=[]))
    actor = actor_of(user)
    counts = []
    for _ in range(2):
        for _ in range(4):
            product_of(actor, now)
        with statements() as seen:
            page = client.get(f"/organizations/{actor.organization_id}")
        counts.append(len(seen))
    assert page.text.count("KR7731 77 GHz") == 8
    assert counts[0] == counts[1] <= 7


def test_contacts_are_shown_to_people_who_are_signed_in_only(client, person, session):
    firm = OrganizationFactory(contact_name="周敏", contact_phone="0512-1")
    assert "0512-1" not in client.get(f"/organizations/{firm.id}").text
    assert "0512-1" in person.get(f"/organizations/{firm.id}").text


def test_a_retired_product_and_an_old_invitation_are_not_shown(client, owner, firm, session, now):
    actor = actor_of(member_of(firm))
    product = product_of(actor, now)
    products.retire_product(session, product.id, actor=actor, now=now)
    operations.invite_colleague(session, firm.id, email="late@example.com", actor=actor, now=now - timedelta(days=20))
    assert product.name not in client.get(f"/organizations/{firm.id}").text
    assert product.name in owner.get(f"/organizations/{firm.id}").text
    assert "late@example.com" not in owner.get(f"/organizations/{firm.id}/members").text
    assert queries.open_invitations(session, firm.id, now) == []


def test_a_filter_without_choices_is_left_out(client, session):
    session.execute(update(Track).values(retired=True))
    text = client.get("/organizations").text
    assert 'name="track"' not in text
