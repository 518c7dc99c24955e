"""The index holds what the database holds, and shows each reader exactly what the policies let them see."""

import shutil
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.actor import SYSTEM, VISITOR, Actor, Affiliation, Role
from app.discovery.documents import MINIMUM, documents_of, stream
from app.discovery.index import compare, engine, follow
from app.discovery.keys import readers_of
from app.discovery.listing import request_of
from app.discovery.shapes import EVERYTHING, ORGANIZATIONS, PRODUCTS, SCENARIOS, Wanted
from app.organizations import operations as organizations
from app.organizations import policy as organizations_policy
from app.organizations.models import Organization
from app.outbox.models import OutboxEvent
from app.products import operations as products
from app.products import policy as products_policy
from app.products.models import Product
from app.projects import operations as projects
from app.scenarios import operations, policy
from app.scenarios.models import Confidentiality, Invitation, InvitationKind, InvitationStatus, Scenario, ScenarioStatus
from app.scenarios.policy import Sight
from app.taxonomy import operations as taxonomy
from app.taxonomy.models import Area, Domain, Technology, Track
from search_index.engine import Changes, IndexUnavailable
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of, organization_content, reviewer, valid_code
from tests.factories.products import product_of

PER_PAGE = 1000


@pytest.fixture
def differs(app, session, worker, now):
    """`differs()`: let the worker carry out all that was promised, whenever, then compare the index with the database."""

    def run():
        worker(now + timedelta(days=60))
        return compare(session, engine())

    return run


@pytest.fixture
def people(session, now):
    class People:
        owner = firm_actor(anchor=True)
        reviewer = reviewer()
        chip = firm_actor()

    return People


# ---- who finds what


def seen_in_index(actor, now, shape=SCENARIOS):
    """What a person finds: by record, whether in whole or by its minimum; the total and each facet counted."""
    wanted = Wanted(shape)
    page = engine().search(replace(request_of(actor, wanted, now, per_page=PER_PAGE), filters={}))
    faces = {uuid.UUID(hit.record): Sight.MINIMUM if hit.id.endswith(MINIMUM) else Sight.ALL for hit in page.hits}
    assert page.total == len(page.hits) == len(faces)
    return faces, page.facets


def actors_of(world):
    """Everybody who might want to look."""
    firms = st.sets(st.sampled_from(sorted(world["firms"])), max_size=2)
    person = st.builds(
        lambda user, roles, joined, verified, email: Actor(
            user,
            roles=frozenset(roles),
            affiliations={firm: Affiliation(owner=True, verified=verified, anchor=True, chip=True) for firm in joined},
            email=email,
        ),
        st.sampled_from(world["users"]),
        st.sets(st.sampled_from(sorted(Role)), max_size=2),
        firms,
        st.booleans(),
        st.sampled_from(["", *world["emails"]]),
    )
    return st.one_of(st.sampled_from([VISITOR, SYSTEM]), person)


@pytest.fixture
def every_scenario(session, now, people, indexed):
    """Scenarios of two firms in every state and confidentiality, with every kind of invitation."""
    users = [UserFactory() for _ in range(3)]
    firms = [people.owner.organization_id, OrganizationFactory(both=True).id, people.chip.organization_id]
    session.flush()
    for number, status in enumerate(ScenarioStatus):
        for confidentiality in Confidentiality:
            scenario = make.open_scenario(people.owner, people.reviewer, now, confidentiality=confidentiality)
            invitations = [
                {"kind": InvitationKind.FIRM, "organization_id": firms[2]},
                {"kind": InvitationKind.EVALUATOR, "email": users[0].email, "user_id": users[0].id},
                {"kind": InvitationKind.EVALUATOR, "email": users[1].email},
            ]
            for at, who in enumerate(invitations):
                if (number + at) % 2:
                    answer = list(InvitationStatus)[(number + at) % 3]
                    session.add(
                        Invitation(scenario_id=scenario.id, status=answer, invited_by=people.owner.user_id, invited_at=now, **who)
                    )
            session.flush()
            # states are reached by operations elsewhere; here all of them are wanted, with whatever invitations
            values = {"status": status, "cancel_reason": "No"}
            session.execute(update(Scenario).where(Scenario.id == scenario.id).values(values))
    session.commit()
    indexed()
    return {"users": [user.id for user in users], "emails": [user.email for user in users], "firms": firms}


def test_a_person_finds_exactly_the_scenarios_that_they_see_and_no_count_tells_of_others(session, every_scenario, now):
    scenarios = session.scalars(select(Scenario)).all()
    invitations = session.scalars(select(Invitation)).all()

    def reached(actor, scenario):
        """The rule of `policy.reaches`, for people who were made up: the index is asked by what an actor holds."""
        for invitation in invitations:
            if invitation.scenario_id != scenario.id:
                continue
            if invitation.kind is InvitationKind.FIRM:
                affiliation = actor.affiliations.get(invitation.organization_id)
                if affiliation is not None and affiliation.verified:
                    return True
            elif invitation.status is not InvitationStatus.DECLINED:
                person = {actor.user_id, actor.email} - {None, ""}
                if person & {invitation.user_id, invitation.email}:
                    return True
        return False

    @given(st.data())
    def check(data):
        actor = data.draw(actors_of(every_scenario))
        rule = {s.id: policy.sight(actor, s, invited=reached(actor, s)) for s in scenarios}
        expected = {record: sight for record, sight in rule.items() if sight is not Sight.NOTHING}
        faces, facets = seen_in_index(actor, now)
        assert faces == expected
        by_status = [s.status.value for s in scenarios if s.id in expected]
        assert facets["status"] == {status: by_status.count(status) for status in set(by_status)}
        whole = sum(sight is Sight.ALL for sight in expected.values())
        for facet in ("area", "award", "budget"):
            assert sum(facets[facet].values()) == whole

    check()


def test_stored_people_find_what_the_database_shows_them(session, every_scenario, people, now):
    users = [*every_scenario["users"], people.chip.user_id, people.owner.user_id, people.reviewer.user_id]
    unconfirmed = UserFactory(email_confirmed_at=None)
    session.add(
        Invitation(
            scenario_id=session.scalars(select(Scenario.id)).first(), kind=InvitationKind.EVALUATOR, email=unconfirmed.email,
            invited_by=users[0], invited_at=now,
        )
    )  # fmt: skip
    session.commit()
    for user_id in [*users, unconfirmed.id]:
        actor = actor_of(session.get_one(type(unconfirmed), user_id))
        visible = set(session.scalars(select(Scenario.id).where(policy.visible_to(actor))))
        readable = set(session.scalars(select(Scenario.id).where(policy.readable_by(actor))))
        faces, _facets = seen_in_index(actor, now)
        assert set(faces) == visible
        assert {record for record, sight in faces.items() if sight is Sight.ALL} == readable


def test_products_and_firms_are_found_by_those_who_see_them(session, people, now, indexed):
    pending = OrganizationFactory(unverified=True)
    insider = actor_of(member_of(pending))
    session.flush()
    product_of(people.chip, now)
    retired = product_of(people.chip, now)
    products.retire_product(session, retired.id, actor=people.chip, now=now)
    hidden = product_of(firm_actor(), now)
    session.execute(
        update(Organization).where(Organization.id == hidden.organization_id).values(status="pending", verified_at=None)
    )
    indexed()
    actors = [actor_of(UserFactory(**{f"is_{role}": True})) for role in Role]
    for actor in [VISITOR, SYSTEM, insider, people.chip, *actors]:
        for shape, model, rule in ((PRODUCTS, Product, products_policy), (ORGANIZATIONS, Organization, organizations_policy)):
            faces, _facets = seen_in_index(actor, now, shape)
            assert set(faces) == set(session.scalars(select(model.id).where(rule.visible_to(actor)))), (actor, shape.name)


# ---- the index follows


def test_a_document_is_another_version_whenever_anything_in_it_changes(session, people, now):
    scenario = make.open_scenario(people.owner, people.reviewer, now)
    (before,) = documents_of(session, "scenario", [scenario.id])
    assert documents_of(session, "scenario", [scenario.id]) == [before]
    session.execute(update(Domain).where(Domain.code == "iov").values(name_en="Connected cars"))
    (after,) = documents_of(session, "scenario", [scenario.id])
    assert before.version != after.version
    operations.invite_firm(
        session, scenario, session.get_one(Organization, people.chip.organization_id), actor=people.owner, now=now
    )
    assert documents_of(session, "scenario", [scenario.id]) == [after]  # public anyway: an invitation changes nothing
    assert 0 <= before.version < 2**63


def test_every_change_of_a_scenario_reaches_the_index(session, people, now, indexed, differs):
    indexed()
    by = {"actor": people.owner, "now": now}
    chip = session.get_one(Organization, people.chip.organization_id)
    draft = operations.create_draft(session, uuid.uuid4(), organization_id=people.owner.organization_id, title="Begun", **by)
    assert not differs()
    values = make.scenario_values(now, confidentiality=Confidentiality.INVITED)
    steps = [
        lambda: operations.save_draft(session, draft, {"title": "Begun again"}, actor=people.owner, now=now),
        lambda: operations.save_draft(session, draft, values, actor=people.owner, now=now + timedelta(seconds=1)),
        lambda: operations.submit(session, draft, **by),
        lambda: operations.take_back(session, draft, **by),
        lambda: operations.submit(session, draft, **by),
        lambda: operations.return_to_draft(session, draft, reason="No", actor=people.reviewer, now=now),
        lambda: operations.submit(session, draft, **by),
        lambda: operations.approve(session, draft, actor=people.reviewer, now=now),
        lambda: operations.invite_firm(session, draft, chip, **by),
        lambda: operations.invite_evaluator(session, draft, email="somebody@example.com", **by),
        lambda: operations.extend(session, draft, closes_at=values["closes_at"] + timedelta(days=3), reason="Later", **by),
        lambda: operations.clarify(session, draft, texts={"need": "Clearer"}, reason="Clearer", **by),
        lambda: operations.cancel(session, draft, reason="No", **by),
        lambda: operations.new_round(session, draft, **by),
    ]
    for number, step in enumerate(steps):
        step()
        session.commit()
        assert compare(session, engine()), number  # the step does change a document …
        assert not differs(), number  # … and the worker brings it into the index


def test_a_draft_that_is_saved_is_indexed_and_not_matched(session, people, now, indexed, differs, worker):
    indexed()
    scenario = make.draft_scenario(people.owner, now)
    operations.save_draft(session, scenario, {"title": "另一个题目"}, actor=people.owner, now=now)
    worker()
    assert not differs()
    promised = select(OutboxEvent.kind).where(OutboxEvent.key.contains(str(scenario.id)))
    assert set(session.scalars(promised)) == {"index.changed", "scenario.changed"}


def test_a_deleted_draft_leaves_the_index(session, people, now, indexed, differs):
    draft = make.draft_scenario(people.owner, now)
    indexed()
    operations.delete_draft(session, draft, actor=people.owner, now=now)
    assert not differs()
    assert str(draft.id) not in engine().snapshot()


def test_what_a_firm_is_called_and_how_it_stands_reaches_all_that_names_it(session, now, indexed, differs):
    world = MatchWorld(session, now)
    world.programme()
    world.notice_days(0)
    project = world.project()
    world.product()
    firm = world.firms["chip"]
    indexed()
    firm.credit_code = valid_code()
    session.flush()
    content = organization_content(credit_code=firm.credit_code, name_zh=firm.name_zh, short_zh="新简称")
    organizations.edit_organization(session, firm.id, content, version=None, actor=world.chip(), now=now)
    assert not differs()
    (document,) = documents_of(session, "project", [project.id])
    assert "新简称" in document.texts["firm"]
    assert engine().snapshot()[str(project.id)] == document.version
    organizations.edit_organization(
        session, firm.id, replace(content, name_zh="另一家"), version=None, actor=world.chip(), now=now + timedelta(seconds=1)
    )
    assert not differs()
    found, _facets = seen_in_index(VISITOR, now, PRODUCTS)
    assert found == {}  # of a firm that waits to be verified again nothing is public


def test_the_life_of_a_match_and_its_project_reaches_the_index(session, now, indexed, differs):
    world = MatchWorld(session, now)
    world.programme()
    world.notice_days(0)
    world.anchor()
    world.chip()
    indexed()
    project = world.project(award_places=1)
    assert not differs()
    by = {"actor": world.chip(), "now": world.later}
    projects.request_acceptance(session, project, **by)
    assert not differs()
    projects.accept(session, project, local_new=True, actor=world.approver(), now=world.later)
    assert not differs()
    assert session.get_one(Scenario, project.scenario_id).status is ScenarioStatus.CLOSED


@pytest.mark.parametrize(("vocabulary", "code"), [(Domain, "iov"), (Area, "dushu"), (Track, "design"), (Technology, "analog")])
def test_a_word_that_is_renamed_is_renamed_in_every_document(session, people, now, indexed, differs, vocabulary, code):
    make.open_scenario(people.owner, people.reviewer, now)
    technology = session.scalars(select(Technology).where(Technology.track_code == "design")).first()
    product_of(people.chip, now, technology_codes=(technology.code,))
    code = technology.code if vocabulary is Technology else code
    indexed()
    term = session.get_one(vocabulary, code)
    operator = actor_of(UserFactory(is_operator=True))
    values = {"name_zh": "新名", "name_en": "Renamed"} | ({"track_code": "design"} if vocabulary is Technology else {})
    taxonomy.edit_term(session, vocabulary, code, values, version=term.version, actor=operator, now=now)
    session.commit()
    assert compare(session, engine()).stale
    assert not differs()


def test_what_changes_while_a_document_is_written_is_written_too(session, people, now, indexed):
    product = product_of(people.chip, now)
    session.commit()
    indexed()

    class Racing:
        """The engine, and somebody who edits the product between the reading and the writing, twice."""

        edits = 2

        def apply(self, changes: Changes) -> None:
            if self.edits:
                self.edits -= 1
                session.execute(update(Product).where(Product.id == product.id).values(name=f"Edit {self.edits}"))
                session.commit()
            engine().apply(changes)

    session.execute(update(Product).where(Product.id == product.id).values(name="First"))
    session.commit()
    follow(session, Racing(), {"product": [product.id]})
    assert not compare(session, engine())


# ---- rebuilding and comparing


def test_the_commands_rebuild_compare_and_tell(app, session, people, now, indexed):
    session.commit()
    run = app.test_cli_runner().invoke
    for command in ("verify", "status"):
        missing = run(args=["search", command])
        assert missing.exit_code == 1
        assert "search rebuild" in missing.output
    rebuilt = run(args=["search", "rebuild"])
    assert rebuilt.exit_code == 0
    assert "documents" in rebuilt.output
    assert run(args=["search", "verify"]).output == "the index and the database agree\n"
    product = product_of(people.chip, now)
    session.commit()
    assert f"not in the index: {product.id}" in run(args=["search", "verify"]).output
    indexed()
    session.execute(update(Product).values(name="Other"))
    session.commit()
    assert f"not as in the database: {product.id}" in run(args=["search", "verify"]).output
    session.delete(session.get_one(Product, product.id))
    session.commit()
    gone = run(args=["search", "verify"])
    assert gone.exit_code == 1
    assert f"no longer in the database: {product.id}" in gone.output
    status = run(args=["search", "status"]).output
    assert "documents: " in status
    assert "last commit: " in status


def test_a_rebuild_reads_everything_in_batches(session, people, now, monkeypatch):
    monkeypatch.setattr("app.discovery.documents.BATCH", 2)
    for _ in range(5):
        product_of(people.chip, now)
    session.commit()
    read = [document.id for document in stream(session)]
    assert len(read) == len(set(read)) == 5 + len(session.scalars(select(Organization.id)).all())


def test_a_worker_makes_a_missing_index_when_it_starts_and_events_wait_for_one_that_goes_missing(
    app, session, people, now, worker, indexed
):
    product_of(people.chip, now)
    session.commit()
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    assert not compare(session, engine())
    shutil.rmtree(app.config["SEARCH_URL"].removeprefix("whoosh:"))
    product = product_of(people.chip, now)
    worker()
    with pytest.raises(IndexUnavailable):
        engine().status()
    indexed()
    assert str(product.id) in engine().snapshot()
    worker(now + timedelta(hours=2))
    assert not compare(session, engine())


def test_keys_are_those_of_the_person():
    firm = uuid.uuid4()
    person = uuid.uuid4()
    member = Actor(person, affiliations={firm: Affiliation(owner=False, verified=False, anchor=True, chip=False)})
    assert readers_of(VISITOR) == {"everybody"}
    assert readers_of(member) == {"everybody", f"user:{person}", f"organization:{firm}"}
    assert readers_of(Actor(person, roles=frozenset({Role.APPROVER}))) >= {"administrator", "approver"}


def test_nothing_of_a_solution_is_in_the_index(session, now, indexed):
    world = MatchWorld(session, now)
    scenario = world.scenario(sealed=True)
    before = documents_of(session, "scenario", [scenario.id])
    world.submitted(scenario, "chip")
    assert documents_of(session, "scenario", [scenario.id]) == before
    indexed()
    kinds = {hit.kind for hit in engine().search(request_of(SYSTEM, Wanted(EVERYTHING), now, per_page=PER_PAGE)).hits}
    assert kinds <= {"scenario", "product", "organization", "project"}
