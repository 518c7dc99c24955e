"""The pages of the catalogue: list, data sheet, editing, documents."""

import re
import uuid

import pytest
from sqlalchemy import func, select

from app.organizations.models import Organization, OrganizationStatus
from app.products import operations
from app.products.models import Product
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, posted
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.products import product_content, product_of, technologies_of

SCRIPT = "<script>alert(1)</script>"
ENGLISH = {"Accept-Language": "en"}


def fields(**changes):
    """What a complete product form sends."""
    return {
        "record_id": str(uuid.uuid4()), "version": "", "name": "KR7731 77 GHz 雷达收发芯片", "track_code": "design",
        "maturity": "volume", "parameters-0-name": "功耗", "parameters-0-value": "1.8", "parameters-0-unit": "W",
        "parameters-1-name": "", "parameters-1-value": "", "certifications": "AEC-Q100，ISO 26262\n", **changes,
    }  # fmt: skip


def count(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Product))


@pytest.fixture
def person(session):
    return member_of(OrganizationFactory(short_en="Kairui"))


@pytest.fixture
def owner(person, sign_in):
    return sign_in(person)


@pytest.fixture
def product(session, person, now):
    return product_of(actor_of(person), now)


def test_a_product_is_added_shown_retired_and_offered_again(owner, client, session):
    assert "No products yet" in owner.get("/products/mine").text
    assert owner.get("/products/new").status_code == 200
    technology = technologies_of("design")[0]
    place = owner.post("/products/new", data=fields(technology_codes=[technology.code])).location
    text = client.get(place, headers=ENGLISH).text
    for shown in ("功耗", "1.8", "AEC-Q100, ISO 26262", technology.name_en, "Volume production"):
        assert shown in text
    assert owner.post(f"{place}/retire").status_code == 302
    assert client.get(place).status_code == 404
    assert "No longer offered" in owner.get("/products/mine").text
    assert owner.post(f"{place}/retire").status_code == 409
    assert owner.post(f"{place}/reactivate").status_code == 302
    assert client.get(place).status_code == 200


def test_a_form_sent_twice_adds_one_product(owner, session):
    data = fields()
    assert owner.post("/products/new", data=data).location == owner.post("/products/new", data=data).location
    assert count(session) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "长" * 100_000}, "name"),
        ({"name": " "}, "name"),
        ({"track_code": ""}, "track_code"),
        ({"track_code": "moon"}, "track_code"),
        ({"maturity": "moon"}, "maturity"),
        ({"technology_codes": ["moon"]}, "technology_codes"),
        ({"description": "长" * 20_001}, "description"),
        ({"parameters-0-name": "长" * 201}, "parameters-0-name"),
    ],
)
def test_a_form_that_does_not_pass_comes_back_filled_in_with_the_error_at_its_field(owner, session, change, field):
    answer = owner.post("/products/new", data=fields(**{"model": "KR7731-Q", **change}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="KR7731-Q"' in answer.text
    assert count(session) == 0


def test_a_parameter_without_a_value_comes_back_with_the_reason(owner, session):
    answer = owner.post("/products/new", data=fields(**{"parameters-0-value": ""}))
    assert answer.status_code == 422
    assert "Each parameter needs a name and a value." in answer.text
    assert 'value="功耗"' in answer.text


def test_script_tags_are_shown_as_text(owner, client, session):
    rows = {f"parameters-0-{name}": SCRIPT for name in ("name", "value", "unit")}
    texts = dict.fromkeys(("name", "model", "description", "certifications"), SCRIPT)
    place = owner.post("/products/new", data=fields(**texts, **rows)).location
    for page in (place, f"{place}/edit", "/products", "/products/mine", f"/products?q={SCRIPT}"):
        text = owner.get(page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def edit_fields(product, **changes):
    return fields(**{"name": product.name, "version": product.version, **changes})


def test_an_edited_data_sheet_is_stored_as_typed(owner, product, client):
    page = owner.get(f"/products/{product.id}/edit").text
    assert 'value="76~81"' in page
    answer = owner.post(f"/products/{product.id}/edit", data=edit_fields(product, description="四发四收"))
    assert answer.status_code == 302
    text = client.get(answer.location).text
    assert "四发四收" in text
    assert "76~81" not in text


def test_the_second_editor_sees_both_versions_and_then_decides(owner, product, person, session, now):
    data = edit_fields(product, name="Mine")
    session.commit()
    operations.edit_product(session, product.id, product_content(name="Theirs"), version=None, actor=actor_of(person), now=now)
    answer = owner.post(f"/products/{product.id}/edit", data=data)
    assert answer.status_code == 412
    assert "<td>Theirs</td><td>Mine</td>" in answer.text
    session.rollback()
    session.refresh(product)
    assert product.name == "Theirs"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text).group(1)
    assert owner.post(f"/products/{product.id}/edit", data={**data, "version": version}).status_code == 302
    session.refresh(product)
    assert product.name == "Mine"


def test_documents_are_attached_offered_to_all_and_removed(owner, client, product):
    place = f"/products/{product.id}"
    assert owner.post(f"{place}/documents", data={}).status_code == 422
    assert owner.post(f"{place}/documents", data={"file": posted(EXECUTABLE, "sheet.pdf")}).status_code == 422
    assert owner.post(f"{place}/documents", data={"file": posted(name="../../sheet.pdf")}).status_code == 302
    link = re.search(r'href="(/attachments/[^"]+)">sheet.pdf', client.get(place).text).group(1)
    assert client.get(link).status_code == 200
    assert owner.post(f"{place}/documents/{link.rsplit('/', 1)[1]}/remove").status_code == 302
    assert client.get(link).status_code == 404


def test_who_does_not_keep_a_product_cannot_change_it(sign_in, product, session):
    stranger = sign_in(member_of(OrganizationFactory()))
    for path in ("edit", "documents", "retire", "reactivate", f"documents/{uuid.uuid4()}/remove"):
        assert stranger.post(f"/products/{product.id}/{path}").status_code == 403
    assert stranger.get(f"/products/{product.id}/edit").status_code == 403
    assert stranger.get(f"/products/{uuid.uuid4()}").status_code == 404


def test_only_a_verified_chip_firm_has_a_catalogue(sign_in, client, session):
    unverified = sign_in(member_of(OrganizationFactory(unverified=True)))
    assert "Only a verified chip firm" in unverified.get("/products/mine").text
    assert unverified.get("/products/new").status_code == 403
    assert sign_in(UserFactory()).get("/products/mine").status_code == 404
    assert client.get("/products/mine").status_code == 302


def test_products_of_a_firm_that_is_not_verified_any_more_are_not_offered(client, owner, product, person, session):
    organization = session.get_one(Organization, product.organization_id)
    organization.status, organization.verified_at = OrganizationStatus.PENDING, None
    assert client.get(f"/products/{product.id}").status_code == 404
    assert product.name not in client.get("/products").text
    assert owner.get(f"/products/{product.id}").status_code == 200


def test_the_list_is_searched_filtered_and_paged(client, session, now, indexed):
    actor = actor_of(member_of(OrganizationFactory(area_code="him")))
    for number in range(23):
        product_of(actor, now, name=f"Bulk {number:02d}", track_code="packaging" if number < 4 else "design")
    indexed()
    assert "23 products" in client.get("/products?q=Bulk", headers=ENGLISH).text
    assert client.get("/products?q=Bulk&page=2").text.count('class="hit"') == 3
    text = client.get("/products?q=Bulk&track=packaging&area=him", headers=ENGLISH).text
    assert "4 products" in text
    assert re.search(r'name="track" value="design"[^>]*>[^<]*<span>19</span>', text)
    assert "No product fits" in client.get("/products?q=Bulk&maturity=research", headers=ENGLISH).text


def test_the_list_costs_the_same_few_statements_however_long_it_is(client, session, statements, now, indexed):
    counts = []
    for _ in range(2):
        for _ in range(8):
            codes = tuple(technology.code for technology in technologies_of("design")[:2])
            product_of(actor_of(member_of(OrganizationFactory())), now, technology_codes=codes)
        indexed()
        with statements() as seen:
            client.get("/products")
        counts.append(len(seen))
    assert counts == [2, 2]


def test_a_product_page_costs_few_statements(client, session, statements, product):
    with statements() as seen:
        client.get(f"/products/{product.id}")
    assert len(seen) <= 5
