"""What waited for somebody does not wait any more once it is dealt with, by whomever; and who may not do it is not told to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.demo.handlers import read_old_news
from app.matching import operations as matching
from app.matching.models import MatchStatus
from app.notifications.models import Notification
from app.organizations import operations as organizations
from app.outbox.registry import Event
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import member_of, registered
from tests.factories.scenarios import submitted_scenario


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now - timedelta(days=60))
    for name, role in (("reviewer", "reviewer"), ("colleague", "reviewer"), ("proposer", "reviewer"), ("approver", "approver")):
        world.user(name, role)
    return world


@pytest.fixture
def waiting(session, worker, now):
    """`waiting("scenario.submitted")`: the names of those who were told and have not read it, once everything is carried out."""

    def of(kind):
        session.commit()
        worker(now + timedelta(days=1))
        return {
            told.user_id
            for told in session.scalars(select(Notification).where(Notification.kind == kind, Notification.read_at.is_(None)))
        }

    return of


def ids(world, *names):
    return {world.users[name].id for name in names}


REVIEWERS = ("reviewer", "colleague", "proposer")


@pytest.mark.parametrize("decide", ["approve", "return"])
def test_a_scenario_waits_for_no_reviewer_once_one_has_decided(session, world, now, waiting, decide):
    scenario = submitted_scenario(world.anchor(), now)
    assert waiting("scenario.submitted") == ids(world, *REVIEWERS)
    who = {"actor": world.reviewer(), "now": now}
    scenarios.approve(session, scenario, **who) if decide == "approve" else scenarios.return_to_draft(
        session, scenario, reason="No.", **who
    )
    assert waiting("scenario.submitted") == set()


def test_a_firm_waits_for_no_reviewer_once_one_has_decided_and_its_own_is_not_told(session, world, now, waiting):
    firm, other = (registered(actor_of(UserFactory()), now) for _ in range(2))
    member_of(firm, user=world.users["colleague"])
    assert waiting("organization.applied") == ids(world, *REVIEWERS)
    told = select(Notification.user_id).where(Notification.path == f"/review/organization/{firm.id}")
    assert set(session.scalars(told)) == ids(world, "reviewer", "proposer")
    organizations.verify_organization(session, firm.id, actor=world.reviewer(), now=now)
    assert waiting("organization.applied") == ids(world, *REVIEWERS)
    organizations.refuse_organization(session, other.id, reason="No.", actor=world.reviewer(), now=now)
    assert waiting("organization.applied") == set()


def test_the_proposer_of_a_direct_match_is_not_told_to_review_it(session, world, waiting):
    match = world.confirm(world.direct(world.unfilled()))
    assert waiting("match.confirmed") == ids(world, "reviewer", "colleague")
    assert waiting("match.proposed") == set()
    world.review(match)
    assert waiting("match.confirmed") == set()
    assert waiting("match.to_decide") == ids(world, "approver")


def test_who_reviewed_a_match_is_not_told_to_decide_it(session, world, waiting):
    world.user("both", "reviewer", "approver")
    match = world.match(MatchStatus.CONFIRMED)
    matching.review(session, match, local_new=True, actor=world.actor("both"), now=world.later)
    assert waiting("match.to_decide") == ids(world, "approver")
    matching.reject(session, match, reason="No.", actor=world.approver(), now=match.notice_ends_at)
    assert waiting("match.to_decide") == set()


def test_a_firm_that_has_confirmed_has_nothing_left_to_confirm(session, world, waiting):
    match = world.direct(world.unfilled())
    both = {*ids(world, "anchor"), *(user.id for name, user in world.users.items() if name == "direct")}
    assert waiting("match.proposed") == both
    matching.confirm(session, match, actor=world.anchor(), now=world.later)
    assert waiting("match.proposed") == both - ids(world, "anchor")
    matching.decline(session, match, reason="No.", actor=world.chip("direct"), now=world.later)
    assert waiting("match.proposed") == set()


def test_an_acceptance_waits_for_no_approver_once_one_has_decided(session, world, waiting):
    project = world.project()
    projects.request_acceptance(session, project, actor=world.chip(), now=world.later)
    assert waiting("project.acceptance_requested") == ids(world, "approver")
    projects.return_acceptance(session, project, reason="No.", actor=world.approver(), now=world.later)
    assert waiting("project.acceptance_requested") == set()


def test_what_is_told_late_bears_the_day_on_which_it_happened(session, world, now, worker):
    scenario = submitted_scenario(world.anchor(), now - timedelta(days=30))
    session.commit()
    worker(now)
    told = session.scalars(select(Notification.created_at).where(Notification.path == f"/scenarios/{scenario.id}")).all()
    assert set(told) == {now - timedelta(days=30)}


def test_the_people_of_the_demo_have_read_what_is_older_than_a_week(session, now):
    demo, real = UserFactory(demo=True), UserFactory()
    rows = [
        Notification(
            user_id=user.id,
            event_key=f"{days}",
            kind="match.approved",
            params={},
            path="/",
            created_at=now - timedelta(days=days),
        )
        for user in (demo, real)
        for days in (2, 8)
    ]
    waits = Notification(
        user_id=demo.id, event_key="waits", kind="match.confirmed", params={}, path="/", created_at=rows[1].created_at
    )
    session.add_all([*rows, waits])
    session.flush()
    read_old_news(session, Event("demo.loaded:1", "demo.loaded", {}, now), now)
    unread = select(Notification.user_id, Notification.event_key).where(Notification.read_at.is_(None))
    assert set(map(tuple, session.execute(unread))) == {(demo.id, "2"), (demo.id, "waits"), (real.id, "2"), (real.id, "8")}
