"""The catalogue of a chip firm: keeping it, its documents, and who may do what."""

import uuid

import pytest
from sqlalchemy import func, select

from app.attachments.models import Attachment, Visibility
from app.attachments.queries import attachments_of
from app.discovery import plain
from app.errors import Forbidden, Invalid, NotFound, Stale, WrongState
from app.extensions import db
from app.organizations.models import OrganizationStatus
from app.outbox.models import OutboxEvent
from app.products import operations, policy, queries
from app.products.models import Maturity, Product, ProductStatus
from app.products.operations import MOST_PARAMETERS, Parameter
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import EXECUTABLE, store_of_app, upload
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of
from tests.factories.products import product_content, product_of, technologies_of


@pytest.fixture
def owner(session):
    return firm_actor()


def edited(session, product, actor, now, version=None, **changes):
    return operations.edit_product(session, product.id, product_content(**changes), version=version, actor=actor, now=now)


def sheet(session, product):
    session.commit()
    session.expire_all()
    read = queries.get_product(session, product.id)
    return [(row.position, row.name, row.value, row.unit) for row in read.parameters]


def technology_codes(track, count):
    return tuple(technology.code for technology in technologies_of(track)[:count])


def test_a_product_stands_in_the_catalogue_with_its_parameters(session, now, owner):
    product = product_of(owner, now, technology_codes=technology_codes("design", 2))
    assert product.organization_id == owner.organization_id
    assert product.status is ProductStatus.ACTIVE
    assert sheet(session, product) == [(0, "工作频率", "76~81", "GHz"), (1, "功耗", "1.8", "W")]
    assert len(queries.get_product(session, product.id).technologies) == 2


def test_creating_twice_with_one_id_creates_one(session, now, owner):
    product_id = uuid.uuid4()
    for _ in range(2):
        operations.create_product(session, product_content(), product_id=product_id, actor=owner, now=now)
    assert session.scalar(select(func.count()).select_from(Product)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"track_code": "moon"}, "track_code"),
        ({"technology_codes": ("moon",)}, "technology_codes"),
        ({"parameters": (Parameter("功耗", ""),)}, "parameters"),
        ({"parameters": (Parameter("", "2"),)}, "parameters"),
        ({"parameters": tuple(Parameter(f"p{n}", "1") for n in range(MOST_PARAMETERS + 1))}, "parameters"),
    ],
)
def test_a_field_that_does_not_pass_is_named(session, now, owner, change, field):
    with pytest.raises(Invalid) as raised:
        product_of(owner, now, **change)
    assert set(raised.value.fields) == {field}


def test_a_technology_of_another_track_is_refused(session, now, owner):
    with pytest.raises(Invalid) as raised:
        product_of(owner, now, track_code="packaging", technology_codes=technology_codes("design", 1))
    assert set(raised.value.fields) == {"technology_codes"}


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        (Parameter("功耗", "2", "W"),),
        (Parameter("功耗", "1.8", "W"), Parameter("工作频率", "76~81", "GHz")),
        (Parameter("a", "1"), Parameter("b", "2"), Parameter("c", "3"), Parameter("d", "4")),
    ],
)
def test_the_data_sheet_becomes_what_was_typed(session, now, owner, wanted):
    product = product_of(owner, now)
    edited(session, product, owner, now, parameters=wanted, maturity=Maturity.SAMPLE)
    assert sheet(session, product) == [(n, row.name, row.value, row.unit) for n, row in enumerate(wanted)]
    assert product.maturity is Maturity.SAMPLE


def test_the_second_editor_of_a_product_is_told_even_if_only_parameters_were_changed(session, now, owner):
    product = product_of(owner, now)
    session.commit()
    read = product.version
    edited(session, product, owner, now, version=read, parameters=(Parameter("功耗", "1.7", "W"),))
    session.commit()
    with pytest.raises(Stale):
        edited(session, product, owner, now, version=read)
    assert sheet(session, product) == [(0, "功耗", "1.7", "W")]


def test_each_change_is_promised_to_the_index_once(session, now, owner):
    product = product_of(owner, now)
    edited(session, product, owner, now)
    operations.retire_product(session, product.id, actor=owner, now=now)
    kinds = session.scalars(select(OutboxEvent.kind).where(OutboxEvent.kind.startswith("product."))).all()
    assert kinds == ["product.changed"] * 3


def test_documents_are_public_and_can_be_taken_away(session, now, owner):
    product, other = product_of(owner, now), product_of(owner, now)
    document = operations.attach_document(session, product.id, upload(), into=store_of_app(), actor=owner, now=now)
    assert document.visibility is Visibility.PUBLIC
    with pytest.raises(NotFound):
        operations.remove_document(session, other.id, document.id, actor=owner, now=now)
    operations.remove_document(session, product.id, document.id, actor=owner, now=now)
    assert attachments_of(session, product_id=product.id) == []
    with pytest.raises(NotFound):
        operations.remove_document(session, product.id, document.id, actor=owner, now=now)


def test_a_document_that_is_not_what_its_name_says_is_refused(session, now, owner):
    product = product_of(owner, now)
    with pytest.raises(Invalid) as raised:
        operations.attach_document(session, product.id, upload(EXECUTABLE), into=store_of_app(), actor=owner, now=now)
    assert set(raised.value.fields) == {"file"}
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_a_product_that_is_not_there_is_not_found(session, now, owner):
    with pytest.raises(NotFound):
        operations.retire_product(session, uuid.uuid4(), actor=owner, now=now)


# Who may do what in which state, written down anew: everything else is refused.
ACTORS = ("visitor", "rival", "owner", "member", "reviewer", "approver", "operator", "auditor", "admin")
KEEPERS = {"owner", "member"}
SEES_HIDDEN = {*KEEPERS, "reviewer", "approver", "auditor"}
STATES = {"edit": {"active", "retired"}, "attach": {"active", "retired"}, "retire": {"active"}, "reactivate": {"retired"}}
CALLS = {
    "edit": lambda session, p, **who: operations.edit_product(session, p.id, product_content(), version=None, **who),
    "attach": lambda session, p, **who: operations.attach_document(session, p.id, upload(), into=store_of_app(), **who),
    "retire": lambda session, p, **who: operations.retire_product(session, p.id, **who),
    "reactivate": lambda session, p, **who: operations.reactivate_product(session, p.id, **who),
}


def somebody(name, organization):
    if name == "visitor":
        return actor_of(UserFactory())
    if name == "rival":
        return firm_actor()
    if name in KEEPERS:
        return actor_of(member_of(organization, owner=name == "owner"))
    return actor_of(UserFactory(**{f"is_{name}": True}))


def product_in(now, state, *, firm_verified=True):
    organization = OrganizationFactory()
    actor = actor_of(member_of(organization))
    product = product_of(actor, now)
    if state == "retired":
        operations.retire_product(db.session(), product.id, actor=actor, now=now)
    if not firm_verified:
        organization.status, organization.verified_at = OrganizationStatus.PENDING, None
    db.session().flush()
    return product, organization


def expected(name, action, state, firm_verified):
    if not (state == "active" and firm_verified) and name not in SEES_HIDDEN:
        return NotFound
    if name not in KEEPERS or not firm_verified:
        return Forbidden
    return None if state in STATES[action] else WrongState


@pytest.mark.parametrize("firm_verified", [True, False])
@pytest.mark.parametrize("state", ["active", "retired"])
@pytest.mark.parametrize("action", sorted(CALLS))
def test_who_may_do_what_with_a_product_in_which_state(session, now, action, state, firm_verified):
    product, organization = product_in(now, state, firm_verified=firm_verified)
    for name in ACTORS:
        actor, got = somebody(name, organization), None
        with session.begin_nested() as attempt:
            try:
                CALLS[action](session, product, actor=actor, now=now)
                session.flush()
            except (NotFound, Forbidden, WrongState) as error:
                got = type(error)
            attempt.rollback()
        assert got == expected(name, action, state, firm_verified), name


@pytest.mark.parametrize(
    ("of_firm", "allowed"),
    [({}, True), ({"both": True}, True), ({"anchor": True}, False), ({"unverified": True}, False)],
)
def test_only_verified_chip_firms_add_products(session, now, of_firm, allowed):
    actor = firm_actor(**of_firm)
    if allowed:
        assert product_of(actor, now).organization_id == actor.organization_id
    else:
        with pytest.raises(Forbidden):
            product_of(actor, now)


@pytest.mark.parametrize("name", ACTORS)
def test_the_list_holds_exactly_the_products_whose_page_one_may_see(session, now, name):
    made = [product_in(now, state, firm_verified=verified) for state in ("active", "retired") for verified in (True, False)]
    actor = somebody(name, made[0][1])
    listed = set(session.scalars(select(Product).where(policy.visible_to(actor))).all())
    assert listed == {product for product, _ in made if policy.can_see(actor, queries.get_product(session, product.id))}
    assert made[0][0] in listed
    assert (made[3][0] in listed) == (name in SEES_HIDDEN - KEEPERS)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("KR7731", True),
        ("雷达 76~81", True),
        ("功耗", True),
        ("开睿", True),
        ("100%", False),
        ("_", False),
        ("蓝牙", False),
        (" ", True),
    ],
)
def test_words_are_looked_for_in_names_parameters_and_firms(session, now, typed, found):
    organization = OrganizationFactory(name_zh="开睿微电子")
    product = product_of(actor_of(member_of(organization)), now)
    session.flush()
    listed, _total = plain.find(session, firm_actor(), ["product"], typed, page=1, per_page=20)
    assert (("product", product.id) in listed) is found
