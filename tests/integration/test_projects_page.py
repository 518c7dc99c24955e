"""What the page of a project tells: its history, and what is checked before the acceptance."""

import uuid
from datetime import UTC, date, datetime

import pytest

from app.locales import speaking
from app.projects import operations, queries
from app.projects.pages import checks_of
from tests.factories.matching import MatchWorld

DUE = date(2026, 9, 1)


@pytest.fixture
def world(session) -> MatchWorld:
    world = MatchWorld(session, datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    world.approver()
    return world


def reported(world, project, name="Sample", *, accepted=False):
    session = world.session
    chip = {"actor": world.chip(), "now": world.later}
    milestone = operations.add_milestone(session, project, uuid.uuid4(), name=name, due_on=DUE, **chip)
    operations.submit_milestone(session, milestone, evidence="Report 7.", **chip)
    if accepted:
        operations.accept_milestone(session, milestone, actor=world.anchor(), now=world.later)
    return milestone


def test_the_history_holds_every_return_with_its_reason_and_names_people_to_the_staff_only(world, session, sign_in, client):
    project = world.project()
    milestone = reported(world, project)
    operations.return_milestone(session, milestone, reason="Which lot?", actor=world.anchor(), now=world.later)
    operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    operations.return_acceptance(session, project, reason="No stamp.", actor=world.approver(), now=world.later)
    operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    session.commit()
    address, approver = f"/projects/{project.id}", world.users["approver"].name
    firm, staff = sign_in(world.users["chip"]).get(address).text, sign_in(world.users["approver"]).get(address).text
    told = [
        "Project established",
        "Milestone returned: Which lot? · Sample",
        "Acceptance requested",
        "Acceptance returned: No stamp.",
    ]
    places = [firm.index(text, firm.index('id="history"')) for text in told]
    assert places[0] < places[1] < places[2] < places[3]
    assert f"Acceptance returned: No stamp. · {approver}" not in firm
    assert f"Acceptance returned: No stamp. · {approver}" in staff
    assert "What happened" not in client.get(address).text


def test_the_checklist_says_how_far_each_thing_stands(world, session):
    project = world.project()
    reported(world, project, "Sample", accepted=True)
    batch = reported(world, project, "Batch")
    assert [check.done for check in checks_of(project, {})] == [False, True, False, True, None]
    with speaking("en"):
        assert checks_of(project, {})[0].detail == "1 of 2"
    operations.accept_milestone(session, batch, actor=world.anchor(), now=world.later)
    operations.save_contract(session, project, number="HT-7", note="", version=None, actor=world.chip(), now=world.later)
    assert [check.done for check in checks_of(project, {})] == [True, True, True, True, None]


def test_without_milestones_or_a_verified_claim_the_checklist_is_not_done(world, session):
    project = queries.get(session, world.project(local_new=False).id)
    assert [check.done for check in checks_of(project, {})] == [False, False, False, False, None]


def test_both_firms_and_the_approver_see_the_checklist_and_strangers_do_not(world, session, sign_in, client):
    project = world.project()
    session.commit()
    address = f"/projects/{project.id}"
    for name in ("anchor", "chip", "approver"):
        assert "Before the acceptance" in sign_in(world.users[name]).get(address).text, name
    assert "Before the acceptance" not in client.get(address).text
    operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    session.commit()
    assert "Before the acceptance" in sign_in(world.users["chip"]).get(address).text
    desk = sign_in(world.users["approver"]).get(f"/review/project/{project.id}").text
    assert "Before the acceptance" in desk
    assert "What happened" in desk
    operations.accept(session, project, local_new=True, actor=world.approver(), now=world.later)
    session.commit()
    assert "Before the acceptance" not in sign_in(world.users["chip"]).get(address).text


def test_a_milestone_submitted_again_shows_why_it_was_returned(world, session, sign_in):
    project = world.project()
    milestone = reported(world, project)
    operations.return_milestone(session, milestone, reason="Which lot?", actor=world.anchor(), now=world.later)
    operations.submit_milestone(session, milestone, evidence="Lot 1.", actor=world.chip(), now=world.later)
    session.commit()
    assert "Returned before: Which lot?" in sign_in(world.users["anchor"]).get(f"/projects/{project.id}").text
