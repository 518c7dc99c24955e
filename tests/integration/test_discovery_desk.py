"""My desk: each person finds what waits for them, and nothing of others."""

import uuid
from datetime import timedelta

import pytest

from app.discovery.desk import todos
from app.locales import speaking
from app.matching import operations as matching
from app.matching.models import MatchStatus
from app.organizations import operations as organizations
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from app.solutions import operations as solutions
from app.solutions.operations.submissions import flag_outdated
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now - timedelta(days=1))


@pytest.fixture(autouse=True)
def english(session):
    """What the rows are called outside of a request."""
    with speaking("en"):
        yield


def what(session, actor, moment):
    return [str(todo.what) for todo in todos(session, actor, moment)]


def ask(world, scenario):
    return scenarios.ask(world.session, uuid.uuid4(), scenario, text="Which supply?", actor=world.chip(), now=world.now)


def test_the_anchor_firm_finds_questions_drafts_and_returned_scenarios(session, world, now):
    ask(world, world.scenario())
    assert what(session, world.anchor(), now) == ["Question to answer"]
    scenario = scenarios.create_draft(
        session, uuid.uuid4(), organization_id=world.anchor().organization_id, title="Begun", actor=world.anchor(), now=now
    )
    assert what(session, world.anchor(), now) == ["Question to answer", "Scenario to finish"]
    scenario.return_reason = "Measure it."
    session.flush()
    assert what(session, world.anchor(), now) == ["Question to answer", "Scenario returned"]
    assert what(session, world.chip("stranger"), now) == []


def test_the_asking_firm_learns_of_the_answer(session, world, now):
    question = ask(world, world.scenario())
    assert what(session, world.chip(), now) == []
    scenarios.answer(session, question, text="5 V.", actor=world.anchor(), now=world.now)
    assert what(session, world.chip(), now) == ["Question answered"]
    assert what(session, world.anchor(), now) == []


def test_the_chip_firm_finds_its_draft_with_the_closing_time_and_what_a_change_outdates(session, world, now):
    scenario = world.scenario()
    draft = world.draft(scenario)
    (todo,) = todos(session, world.chip(), now)
    assert (str(todo.what), todo.until) == ("Solution to submit", scenario.closes_at)
    world.fill(draft)
    solutions.submit_solution(session, draft, actor=world.chip(), now=world.now)
    assert what(session, world.chip(), now) == []
    rows = [*(requirement_row(line) for line in scenario.requirements), RequirementRow("channels", value="3")]
    change = scenarios.propose_requirements(session, scenario, rows=rows, reason="New.", actor=world.anchor(), now=world.now)
    scenarios.approve_amendment(session, change, actor=world.reviewer(), now=world.now)
    flag_outdated(session, scenario.id, changed_at=world.now, now=world.now)
    assert what(session, world.chip(), now) == ["Solution outdated by a change"]


def test_a_returned_change_is_told_to_the_anchor_firm(session, world, now):
    scenario = world.scenario()
    rows = [*(requirement_row(line) for line in scenario.requirements), RequirementRow("channels", value="3")]
    change = scenarios.propose_requirements(session, scenario, rows=rows, reason="New.", actor=world.anchor(), now=world.now)
    scenarios.return_amendment(session, change, reason="Too late.", actor=world.reviewer(), now=world.now)
    assert what(session, world.anchor(), now) == ["Change returned"]


def test_an_invited_firm_and_an_invited_expert_find_their_invitations(session, world, now):
    scenario = world.scenario()
    firm = world.firm("invited")
    scenarios.invite_firm(session, scenario, firm, actor=world.anchor(), now=world.now)
    assert what(session, world.chip("invited"), now) == ["Invitation to answer"]
    expert = world.user("expert", "evaluator")
    scenarios.invite_evaluator(session, scenario, email=expert.email, actor=world.anchor(), now=world.now)
    assert what(session, world.actor("expert"), now) == ["Invitation to evaluate"]


def test_experts_and_the_anchor_firm_find_what_they_have_not_scored(session, world):
    scenario = world.scenario()
    expert = world.evaluator(scenario)
    first, _second = world.submitted(scenario, "one"), world.submitted(scenario, "two")
    assert what(session, expert, world.now) == []
    world.close()
    assert what(session, expert, world.later) == what(session, world.anchor(), world.later) == ["Solutions to evaluate: 2"]
    scores = world.scores(first, 80, 70)
    solutions.evaluate(session, first, conflict=False, scores=scores, actor=expert, now=world.later)
    assert what(session, expert, world.later) == ["Solutions to evaluate: 1"]
    assert what(session, world.chip("one"), world.later) == []


def test_both_firms_find_a_match_to_confirm_until_they_have_said_yes(session, world):
    match = world.direct(world.unfilled())
    for actor in (world.anchor(), world.chip("direct")):
        (todo,) = [todo for todo in todos(session, actor, world.later) if str(todo.what) == "Match to confirm"]
        assert todo.until == match.confirm_by
    matching.confirm(session, match, actor=world.anchor(), now=world.later)
    assert "Match to confirm" not in what(session, world.anchor(), world.later)


def test_milestones_wait_for_the_firm_whose_turn_it_is(session, world):
    project = world.project()
    moment = project.established_at
    milestone = projects.add_milestone(
        session, project, uuid.uuid4(), name="Samples", due_on=(moment + timedelta(days=5)).date(), actor=world.chip(), now=moment
    )
    assert what(session, world.chip(), moment) == ["Milestone due"]
    projects.submit_milestone(session, milestone, evidence="Report.", actor=world.chip(), now=moment)
    assert what(session, world.chip(), moment) == []
    assert what(session, world.anchor(), moment) == ["Milestone to accept"]
    projects.return_milestone(session, milestone, reason="Incomplete.", actor=world.anchor(), now=moment)
    assert what(session, world.chip(), moment) == ["Milestone returned"]


def test_a_returned_acceptance_waits_for_the_chip_firm(session, world):
    project = world.project()
    moment = project.established_at
    projects.request_acceptance(session, project, actor=world.chip(), now=moment)
    projects.return_acceptance(session, project, reason="Report missing.", actor=world.approver("third"), now=moment)
    assert what(session, world.chip(), moment) == ["Acceptance returned"]


def test_the_owner_of_a_refused_firm_is_told(session, world, now):
    firm = OrganizationFactory(unverified=True)
    owner, member = member_of(firm), member_of(firm, owner=False)
    organizations.refuse_organization(session, firm.id, reason="Wrong licence.", actor=world.reviewer(), now=now)
    assert what(session, actor_of(owner), now) == ["Firm refused"]
    assert what(session, actor_of(member), now) == []


def test_a_sealed_scenario_shows_its_firm_nothing_of_solutions(session, world, now, sign_in):
    scenario = world.scenario(sealed=True)
    world.submitted(scenario)
    assert what(session, world.anchor(), now) == []
    page = sign_in(world.user("anchor")).get("/desk").text
    assert "Solutions" not in page


def test_the_page_shows_what_waits_and_the_records_by_state(session, world, now, sign_in):
    world.match(MatchStatus.PROPOSED)
    page = sign_in(world.user("chip")).get("/desk").text
    assert "Match to confirm" in page
    assert "Waiting for confirmation" in page
    assert 'href="/solutions/mine?' in page


@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("evaluator", "Nothing waits for you"),
        ("reviewer", "To review and decide"),
        ("approver", "To review and decide"),
        ("operator", "Reference data"),
        ("auditor", "Audit log"),
        ("admin", "Users and roles"),
        (None, "You do not act for a firm yet"),
    ],
)
def test_each_duty_has_its_desk(session, sign_in, role, text):
    user = UserFactory(**({f"is_{role}": True} if role else {}))
    answer = sign_in(user).get("/desk")
    assert answer.status_code == 200
    assert text in answer.text


def test_a_pending_firm_is_told_that_it_only_reads(session, sign_in):
    owner = member_of(OrganizationFactory(unverified=True, short_en="Newcomer"))
    assert "Newcomer is not verified" in sign_in(owner).get("/desk").text


def test_a_visitor_signs_in_first(client):
    assert client.get("/desk").status_code == 302


def test_the_desk_takes_a_fixed_number_of_statements(session, world, sign_in, statements):
    ask(world, world.scenario())
    client = sign_in(world.user("anchor"))
    counts = []
    for _ in range(2):
        ask(world, world.scenario())
        with statements() as seen:
            client.get("/desk")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 25
