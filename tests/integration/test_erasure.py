"""A deleted account leaves nothing by which the person could be told: not in its own records, nor in what others wrote."""

import pytest
from sqlalchemy import select

from app.accounts import operations as accounts
from app.accounts.models import User
from app.accounts.personal import erase
from app.audit.models import AuditDetail
from app.audit.verification import verify
from app.database import Base
from app.discovery.index import compare, engine
from app.organizations import operations as organizations
from app.organizations.queries import invitation_to
from app.outbox.models import OutboxEvent
from app.scenarios import operations as scenarios
from app.scenarios.models import Confidentiality, Invitation
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.solutions import World
from tests.integration.test_accounts_sign_in import PASSWORD, link, person
from tests.integration.test_api import bearer

NAME, FORMER, PRESENT = "Wei Unmistakable", "former.wei@example.com", "present.wei@example.com"


@pytest.fixture
def world(session, now):
    return World(session, now)


@pytest.fixture
def wei(session):
    return person(name=NAME, email=FORMER)


def everything(session) -> str:
    """All that the database holds, as text."""
    session.commit()
    return "\n".join(str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table)))


def traces(session) -> list[str]:
    return [row for row in everything(session).splitlines() if any(word in row for word in ("Unmistakable", FORMER, PRESENT))]


def erased(session, user, now):
    session.commit()  # the log is written when a transaction ends
    accounts.erase_account(session, user, password=PASSWORD, actor=actor_of(user), now=now)
    session.commit()


def move(client, worker, mailbox) -> None:
    """Change the address from the former to the present one."""
    client.post("/account/email", data={"email": PRESENT, "password": PASSWORD})
    worker()
    assert client.post(link(mailbox.text(PRESENT))).status_code == 302


def test_nothing_in_the_database_tells_who_it_was(client, sign_in, session, world, wei, worker, mailbox, now):
    scenario, owner = world.scenario(), actor_of(member_of(OrganizationFactory()))
    headers = {**bearer(wei, now), "Idempotency-Key": "one"}
    assert client.post("/api/v1/account/consent", headers=headers).json["name"] == NAME
    client.post("/api/v1/tokens", json={"name": NAME}, headers=headers | {"Idempotency-Key": "two"})
    client.post("/sign-in", data={"email": FORMER, "password": "not-the-password"})
    client.post("/reset", data={"email": FORMER})
    for other in (wei, UserFactory(email="other@example.com")):
        organizations.invite_colleague(session, owner.organization_id, email=other.email, actor=owner, now=now)
        scenarios.invite_evaluator(
            session, scenario, email=other.email, message=f"Dear {other.name}", actor=world.anchor(), now=now
        )
    worker()
    browser = sign_in(wei)
    browser.post(link(mailbox.text(FORMER)))
    move(browser, worker, mailbox)
    scenarios.invite_evaluator(session, world.scenario(), email=PRESENT, actor=world.anchor(), now=now)
    worker()
    assert browser.post("/account/delete", data={"password": PASSWORD}).location == "/"
    worker()
    assert traces(session) == []
    assert "other@example.com" in everything(session)


def test_the_log_still_verifies_and_tells_what_was_done_to_whom_it_does_not_say(app, session, world, wei, now):
    scenario = world.scenario()
    invitation = scenarios.invite_evaluator(session, scenario, email=FORMER, actor=world.anchor(), now=now)
    erased(session, wei, now)
    entry = session.scalars(select(AuditDetail).where(AuditDetail.action == "scenario.invited")).one()
    assert (entry.subject_id, entry.actor_id, entry.personal) == (invitation.id, world.user("anchor").id, None)
    assert verify(session, app.config["CHECKPOINT_DIR"]).broken is None


def test_entries_about_others_keep_their_details(session, world, wei, now):
    scenario = world.scenario()
    for email in (f"x{FORMER}", FORMER.replace(".", "-", 1)):
        scenarios.invite_evaluator(session, scenario, email=email, actor=world.anchor(), now=now)
    erased(session, wei, now)
    kept = session.scalars(select(AuditDetail.personal).where(AuditDetail.action == "scenario.invited")).all()
    assert len(kept) == 2
    assert None not in kept


def test_an_evaluator_who_is_gone_stays_counted_among_the_invited(session, world, wei, now):
    scenario = world.scenario()
    first = scenarios.invite_evaluator(session, scenario, email=FORMER, actor=world.anchor(), now=now)
    second = scenarios.invite_evaluator(session, scenario, email="other@example.com", actor=world.anchor(), now=now)
    session.flush()
    erased(session, wei, now)
    addresses = {row.id: row.email for row in session.scalars(select(Invitation))}
    assert addresses == {first.id: f"{first.id}@erased.invalid", second.id: "other@example.com"}


def test_the_index_follows_who_is_invited_no_more(session, world, wei, now, indexed, worker):
    scenario = world.scenario(confidentiality=Confidentiality.INVITED)
    scenarios.invite_evaluator(session, scenario, email=FORMER, actor=world.anchor(), now=now)
    worker()
    indexed()
    erased(session, wei, now)
    worker()
    assert not compare(session, engine())


def test_an_invitation_to_join_a_firm_goes_with_its_former_address(session, sign_in, wei, worker, mailbox, now):
    owner = actor_of(member_of(OrganizationFactory()))
    organizations.invite_colleague(session, owner.organization_id, email=FORMER, actor=owner, now=now)
    move(sign_in(wei), worker, mailbox)
    erase(session, wei.id, now)
    assert invitation_to(session, owner.organization_id, FORMER) is None


def test_a_letter_that_was_sent_holds_nothing_any_more(client, session, wei, worker, mailbox):
    client.post("/reset", data={"email": FORMER})
    letter = select(OutboxEvent).where(OutboxEvent.kind == "mail.letter").execution_options(populate_existing=True)
    assert NAME in str(session.scalars(letter).one().payload)
    mailbox.refusing = True
    worker()
    assert NAME in str(session.scalars(letter).one().payload)
    mailbox.refusing = False
    session.scalars(letter).one().available_at = session.scalars(letter).one().created_at
    worker()
    assert session.scalars(letter).one().payload == {}
    assert mailbox.to(FORMER)


def test_deleting_the_account_by_the_api_under_a_key_is_done_once(client, session, wei, now):
    headers = {**bearer(wei, now), "Idempotency-Key": "one"}
    assert client.post("/api/v1/account/delete", json={"password": PASSWORD}, headers=headers).status_code == 204
    session.expire_all()
    assert session.get_one(User, wei.id).erased_at is not None
