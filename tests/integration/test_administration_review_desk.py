"""The review desk: what waits for reviewers and approvers, with its deadline, and the way from one item to the next."""

from datetime import timedelta

import pytest

from app.administration.queries import Kind, queue
from app.clock import shanghai_day
from app.matching import operations as matching
from app.matching.models import MatchStatus
from app.organizations.models import OrganizationStatus
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from app.scenarios.models import ScenarioStatus
from app.taxonomy.queries import add_working_days
from tests.factories.accounts import UserFactory
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.scenarios import submitted_scenario
from tests.support.forms import forms_on


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now - timedelta(days=60))


def kinds(items):
    return [item.kind for item in items]


def changed_requirements(world, scenario):
    rows = [requirement_row(line) for line in scenario.requirements]
    return scenarios.propose_requirements(
        world.session, scenario, rows=[*rows, RequirementRow("channels", value="3")], reason="New antenna.",
        actor=world.anchor(), now=world.now,
    )  # fmt: skip


def test_reviewers_find_firms_scenarios_changes_and_confirmed_matches(session, world, now):
    world.match(MatchStatus.CONFIRMED)
    OrganizationFactory(unverified=True, applied_at=now)
    submitted_scenario(world.anchor(), now)
    changed_requirements(world, world.scenario())
    found = queue(session, world.reviewer("another"), now)
    assert sorted(kinds(found)) == sorted([Kind.ORGANIZATION, Kind.SCENARIO, Kind.AMENDMENT, Kind.MATCH])
    assert found == sorted(found, key=lambda item: (item.due_on, item.waiting_since))
    assert queue(session, world.approver(), now) == []
    assert queue(session, world.anchor(), now) == []


def test_approvers_find_ended_notices_objections_and_acceptances(session, world):
    match = world.match(MatchStatus.NOTICED)
    approver = world.approver()
    assert queue(session, approver, match.notice_ends_at - timedelta(seconds=1)) == []
    assert kinds(queue(session, approver, match.notice_ends_at)) == [Kind.APPROVAL]
    world.object(match)
    assert kinds(queue(session, approver, match.notice_ends_at)) == [Kind.OBJECTION]
    project = world.project(firm="second")
    projects.request_acceptance(session, project, actor=world.chip("second"), now=match.notice_ends_at)
    assert set(kinds(queue(session, approver, match.notice_ends_at + timedelta(days=30)))) == {Kind.OBJECTION, Kind.PROJECT}


def test_nobody_finds_what_they_may_not_decide(session, world, now):
    own_firm = OrganizationFactory(unverified=True, applied_at=now)
    colleague = world.user("colleague", "reviewer")
    member_of(own_firm, user=colleague)
    assert queue(session, world.actor("colleague"), now) == []
    unfilled = world.unfilled()
    world.confirm(world.direct(unfilled))
    later = world.later + timedelta(days=1)
    assert kinds(queue(session, world.reviewer("proposer"), later)) == [Kind.ORGANIZATION]
    assert set(kinds(queue(session, world.reviewer("another"), later))) == {Kind.ORGANIZATION, Kind.MATCH}


def test_one_person_with_both_duties_does_not_approve_what_they_reviewed(session, world):
    world.user("both", "reviewer", "approver")
    match = world.match(MatchStatus.CONFIRMED)
    matching.review(session, match, local_new=True, actor=world.actor("both"), now=world.later)
    assert queue(session, world.actor("both"), match.notice_ends_at) == []
    assert kinds(queue(session, world.approver(), match.notice_ends_at)) == [Kind.APPROVAL]


def test_the_deadline_is_the_set_number_of_working_days_after_the_day_of_asking(session, world, now):
    OrganizationFactory(unverified=True, applied_at=now)
    (item,) = queue(session, world.reviewer(), now)
    assert item.due_on == add_working_days(session, shanghai_day(now), 3)


def test_the_queue_takes_a_fixed_number_of_statements(session, world, now, statements):
    reviewer = world.reviewer()
    counts = []
    for _ in range(2):
        OrganizationFactory.create_batch(3, unverified=True, applied_at=now)
        submitted_scenario(world.anchor(), now)
        with statements() as seen:
            queue(session, reviewer, now)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12


def test_matches_of_somebody_with_a_firm_take_no_statements_of_their_own(session, world, statements):
    """Whether the own firm answered the scenario of a match is asked once for all of them."""
    world.firm("elsewhere")
    for name, duty in (("reviewer of a firm", "reviewer"), ("approver of a firm", "approver")):
        world.user(name, duty)
        world.join(name, "elsewhere")
    counts, found = [], []
    for count in (1, 3):
        for number in range(count):
            world.match(MatchStatus.CONFIRMED, firm=f"confirmed {count}{number}")
            world.match(MatchStatus.NOTICED, firm=f"noticed {count}{number}")
            world.object(world.match(MatchStatus.NOTICED, firm=f"objected {count}{number}"))
        for name in ("reviewer of a firm", "approver of a firm"):
            actor = world.actor(name)
            with statements() as seen:
                found.append(len(queue(session, actor, world.later + timedelta(days=30))))
            counts.append(len(seen))
    assert found == [1, 2, 4, 8]
    assert counts[:2] == counts[2:]


def test_a_reviewer_verifies_a_firm_and_comes_to_the_next_item(session, world, now, sign_in):
    first = OrganizationFactory(unverified=True, applied_at=now - timedelta(days=30))
    owner = member_of(first)
    second = submitted_scenario(world.anchor(), now, title="Second in line")
    session.commit()
    client = sign_in(world.user("reviewer", "reviewer"))
    desk = client.get("/review").text
    assert "overdue" in desk
    assert first.credit_code in desk
    assert "To check" in desk
    verify = next(form for form in forms_on(desk, "/review") if form.action.endswith("/verify"))
    assert verify.fields["next"] == f"/review/scenario/{second.id}"
    refusal = client.post(verify.action, data=verify.fields)
    assert refusal.status_code == 422  # no licence yet
    first_id, second_id = first.id, second.id
    next_page = client.get(f"/review/scenario/{second_id}").text
    assert "Second in line" in next_page
    back = next(form for form in forms_on(next_page, "/review") if form.action.endswith("/return"))
    answer = client.post(back.action, data={**back.fields, "reason": "The lines cannot be measured."})
    assert answer.location == "/review"
    assert session.get(type(second), second_id).status is ScenarioStatus.DRAFT
    assert client.get(f"/review/scenario/{second_id}").location == "/review"
    assert session.get(type(first), first_id).status is OrganizationStatus.PENDING
    assert owner.name not in desk


@pytest.mark.parametrize("kind", [Kind.AMENDMENT, Kind.MATCH])
def test_the_reviewer_sees_the_record_its_history_and_the_decision(session, world, sign_in, kind):
    record = changed_requirements(world, world.scenario()) if kind is Kind.AMENDMENT else world.match(MatchStatus.CONFIRMED)
    page = sign_in(world.user("another", "reviewer")).get(f"/review/{kind}/{record.id}").text
    assert record.number in page
    assert 'aria-current="true"' in page
    assert "What happened" in page
    assert ("Put in force" if kind is Kind.AMENDMENT else "Pass to the public notice") in page
    assert page.count('data-key="a"') == 1


def test_the_approver_sees_matches_objections_and_projects(session, world, sign_in):
    noticed = world.match(MatchStatus.NOTICED)
    objected = world.match(MatchStatus.NOTICED, firm="other")
    world.object(objected)
    project = world.project(firm="third")
    projects.request_acceptance(session, project, actor=world.chip("third"), now=world.later)
    client = sign_in(world.user("approver", "approver"))
    assert 'data-key="a">Approve' in client.get(f"/review/approval/{noticed.id}").text
    assert "Decide the objection" in client.get(f"/review/objection/{objected.id}").text
    assert 'data-key="a">Accept the project' in client.get(f"/review/project/{project.id}").text


def test_an_empty_queue_says_so_and_an_unknown_kind_is_not_there(session, world, sign_in):
    client = sign_in(world.user("reviewer", "reviewer"))
    assert "Nothing waits for you" in client.get("/review").text
    assert client.get(f"/review/solution/{world.user('reviewer').id}").status_code == 404


def test_a_long_queue_is_paged(session, world, now, sign_in):
    OrganizationFactory.create_batch(31, unverified=True, applied_at=now)
    client = sign_in(world.user("reviewer", "reviewer"))
    assert client.get("/review").text.count("Firm to verify") == 30
    assert client.get("/review?page=2").text.count("Firm to verify") == 1


@pytest.mark.parametrize("role", ["evaluator", "operator", "admin", None])
def test_others_have_no_review_desk(session, sign_in, role):
    user = UserFactory(**({f"is_{role}": True} if role else {}))
    assert sign_in(user).get("/review").status_code == 403
