"""The life of a match, from the first yes to the approval, and each way in which it ends otherwise."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.clock import end_of_day, shanghai_day
from app.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from app.matching import operations, policy, queries
from app.matching.labels import NO_PLACE_LEFT
from app.matching.models import Match, MatchStatus, Objection, ObjectionState
from app.matching.transitions import MATCH
from app.notifications.models import Notification
from app.outbox.models import OutboxEvent
from app.projects import operations as projects
from app.projects import queries as project_queries
from app.scenarios.models import Confidentiality, ScenarioStatus
from app.scenarios.policy import Sight
from app.solutions.labels import SELECTION_ENDED
from app.solutions.models import Solution, SolutionStatus
from app.taxonomy.models import CalendarDay
from app.taxonomy.queries import add_working_days
from tests.factories.matching import DAY, MatchWorld

# a Monday: the weeks after it hold no holiday
OPENING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def world(session) -> MatchWorld:
    return MatchWorld(session, OPENING)


def kinds(session) -> set[str]:
    return set(session.scalars(select(OutboxEvent.kind)))


def test_selecting_proposes_a_match_with_the_anchor_firms_yes(world, session):
    (solution,) = world.shortlisted("chip")
    match = world.select(solution)
    assert (match.status, solution.status) == (MatchStatus.PROPOSED, SolutionStatus.SELECTED)
    assert match.anchor_confirmed_at == world.later
    assert match.firm_confirmed_at is None
    assert match.confirm_by == end_of_day(add_working_days(session, shanghai_day(world.later), 10))
    assert "match.proposed" in kinds(session)


def test_only_the_anchor_firm_selects_and_only_from_the_short_list(world, session):
    (solution,) = world.shortlisted("chip")
    for actor, error in ((world.chip(), Forbidden), (world.reviewer(), Forbidden), (world.actor("stranger"), NotFound)):
        with pytest.raises(error):
            operations.select_solution(session, solution, actor=actor, now=world.later)
    world.select(solution)
    with pytest.raises(WrongState):
        world.select(solution)


def test_more_firms_are_asked_than_there_are_places_until_every_place_is_taken(world):
    first, second, third = world.shortlisted("chip", "other", "third", award_places=1)
    match, other = (world.review(world.confirm(world.select(solution))) for solution in (first, second))
    world.approve(match)
    assert (match.place, other.reason) == (1, NO_PLACE_LEFT)
    with pytest.raises(WrongState):
        world.select(third)


def test_a_firm_takes_no_second_place(world):
    (solution,) = world.shortlisted("chip", award_places=2)
    world.select(solution)
    with pytest.raises(Conflict):
        world.direct(solution.scenario, "chip")


def test_the_chip_firms_yes_confirms_a_selection_with_the_solutions_declaration(world, session):
    match = world.match(MatchStatus.PROPOSED)
    operations.confirm(session, match, actor=world.chip(), now=world.later)
    assert (match.status, match.local_new_declared) == (MatchStatus.CONFIRMED, True)
    with pytest.raises(WrongState):
        operations.confirm(session, match, actor=world.chip(), now=world.later)


def test_a_firm_that_has_said_yes_cannot_say_it_for_the_other(world, session):
    match = world.match(MatchStatus.PROPOSED)
    with pytest.raises(WrongState):
        operations.confirm(session, match, actor=world.anchor(), now=world.later)


def test_a_direct_match_needs_both_yes_and_a_declaration(world, session):
    scenario = world.unfilled()
    match = world.direct(scenario)
    assert match.anchor_confirmed_at is None
    with pytest.raises(Invalid) as problem:
        operations.confirm(session, match, actor=world.chip("direct"), now=world.later)
    assert set(problem.value.fields) == {"local_new"}
    operations.confirm(session, match, actor=world.chip("direct"), now=world.later, local_new=False)
    assert (match.status, match.local_new_declared) == (MatchStatus.PROPOSED, False)
    operations.confirm(session, match, actor=world.anchor(), now=world.later)
    assert match.status is MatchStatus.CONFIRMED


def test_a_member_of_both_firms_confirms_for_the_one_acted_for(world, session):
    match = world.direct(world.unfilled())
    world.join("direct", "anchor")
    world.join("anchor", "direct")
    operations.confirm(session, match, actor=world.anchor(), now=world.later)
    assert match.firm_confirmed_at is None
    assert match.anchor_confirmed_at is not None
    operations.confirm(session, match, actor=world.anchor(), now=world.later, local_new=True)
    assert match.status is MatchStatus.CONFIRMED


@pytest.mark.parametrize("why", ["own", "retired", "unverified"])
def test_a_product_that_cannot_answer_is_not_proposed(world, session, why):
    scenario = world.unfilled()
    product = world.product("direct")
    if why == "own":
        product = world.product("anchor")
    if why == "retired":
        product.status = "retired"
    if why == "unverified":
        world.firms["unverified"] = world.firm("unverified", verified=False)
        product = world.product("unverified")
    with pytest.raises(Invalid) as problem:
        operations.propose_direct(session, scenario, product, actor=world.reviewer(), now=world.later)
    assert set(problem.value.fields) == {"product_id"}


def test_only_a_reviewer_of_no_firm_in_it_proposes_and_only_after_the_closing(world, session):
    scenario = world.scenario()
    product = world.product("direct")
    with pytest.raises(WrongState):
        operations.propose_direct(session, scenario, product, actor=world.reviewer(), now=world.now)
    world.close()
    for actor in (world.anchor(), world.approver(), world.chip("direct"), world.actor("stranger")):
        with pytest.raises(Forbidden):
            operations.propose_direct(session, scenario, product, actor=actor, now=world.later)
    world.reviewer("insider")
    world.join("insider", "direct")
    with pytest.raises(Forbidden):
        operations.propose_direct(session, scenario, product, actor=world.reviewer("insider"), now=world.later)


def test_proposing_twice_with_one_id_makes_one_match(world, session):
    scenario, product, match_id = world.unfilled(), world.product("direct"), uuid.uuid4()
    matches = [
        operations.propose_direct(session, scenario, product, actor=world.reviewer(), now=world.later, match_id=match_id)
        for _ in range(2)
    ]
    assert matches[0] is matches[1]
    with pytest.raises(NotFound):
        operations.propose_direct(session, scenario, product, actor=world.reviewer("second"), now=world.later, match_id=match_id)


def test_a_declined_match_puts_the_solution_back_on_the_short_list(world, session):
    match = world.match(MatchStatus.DECLINED)
    assert match.status is MatchStatus.DECLINED
    assert match.reason == "No capacity."
    assert session.get_one(Solution, match.solution_id).status is SolutionStatus.SHORTLISTED


def test_declining_needs_a_reason_and_a_party(world, session):
    match = world.match(MatchStatus.PROPOSED)
    with pytest.raises(Invalid):
        operations.decline(session, match, reason=" ", actor=world.chip(), now=world.later)
    with pytest.raises(NotFound):
        operations.decline(session, match, reason="No", actor=world.actor("stranger"), now=world.later)
    with pytest.raises(Forbidden):
        operations.decline(session, match, reason="No", actor=world.reviewer(), now=world.later)


def test_an_unanswered_match_lapses_and_no_later_yes_revives_it(world, session):
    match = world.match(MatchStatus.PROPOSED)
    assert operations.lapse_due(session, match.confirm_by - timedelta(seconds=1)) == 0
    with pytest.raises(WrongState):
        operations.confirm(session, match, actor=world.chip(), now=match.confirm_by)
    assert operations.lapse_due(session, match.confirm_by) == 1
    assert operations.lapse_due(session, match.confirm_by) == 0
    assert match.status is MatchStatus.LAPSED
    assert "match.lapsed" in kinds(session)


def test_the_review_freezes_the_end_of_the_notice(world, session):
    match = world.match(MatchStatus.NOTICED)
    # reviewed on Thursday 12 March: five working days end with Thursday 19 March
    assert (match.notice_starts_on, match.notice_working_days) == (date(2026, 3, 12), 5)
    assert match.notice_ends_at == end_of_day(date(2026, 3, 19))
    session.add(CalendarDay(day=date(2026, 3, 16), working=False))
    world.notice_days(9)
    assert match.notice_ends_at == end_of_day(date(2026, 3, 19))


def test_a_notice_that_runs_into_a_year_without_calendar_counts_monday_to_friday(session):
    world = MatchWorld(session, datetime(2026, 12, 18, 2, 0, tzinfo=UTC))
    match = world.match(MatchStatus.NOTICED)
    # from Monday 28 December 2026: 29, 30, 31, then, without a calendar for 2027, 1 and 4 January
    assert match.notice_starts_on == date(2026, 12, 28)
    assert match.notice_ends_at == end_of_day(date(2027, 1, 4))


def test_proposer_reviewer_and_approver_are_three_persons(world, session):
    match = world.confirm(world.direct(world.unfilled()))
    world.user("all", "reviewer", "approver")
    with pytest.raises(Forbidden):
        operations.review(session, match, local_new=True, actor=world.reviewer("proposer"), now=world.later)
    operations.review(session, match, local_new=True, actor=world.actor("all"), now=world.later)
    world.user("proposer").is_approver = True
    for name in ("all", "proposer"):
        with pytest.raises(Forbidden):
            operations.approve(session, match, actor=world.actor(name), now=match.notice_ends_at)
    assert world.approve(match).local_new


@pytest.mark.parametrize("firm", ["anchor", "chip", "rival"])
def test_nobody_of_a_firm_with_a_part_in_it_reviews_or_decides(world, session, firm):
    match = world.confirm(world.select(world.shortlisted("chip", "rival")[0]))
    world.user("insider", "reviewer", "approver")
    world.join("insider", firm)
    error = NotFound if firm == "rival" else Forbidden
    with pytest.raises(error):
        operations.review(session, match, local_new=True, actor=world.actor("insider"), now=world.later)
    with pytest.raises(error):
        operations.reject(session, match, reason="No", actor=world.actor("insider"), now=world.later)
    world.review(match)
    objection = world.object(match)
    with pytest.raises(Forbidden):
        operations.decide_objection(session, objection, upheld=True, reason="No", actor=world.actor("insider"), now=world.later)
    with pytest.raises(Forbidden):
        operations.approve(session, match, actor=world.actor("insider"), now=match.notice_ends_at + DAY)


def test_a_claim_that_was_not_made_cannot_be_verified(world, session):
    match = world.confirm(world.direct(world.unfilled()), local_new=False)
    with pytest.raises(Invalid) as problem:
        world.review(match, local_new=True)
    assert set(problem.value.fields) == {"local_new"}
    assert not world.approve(world.review(match, local_new=False)).local_new


def test_a_match_is_approved_only_after_its_notice(world, session):
    match = world.match(MatchStatus.NOTICED)
    with pytest.raises(Conflict):
        world.approve(match, match.notice_ends_at - timedelta(seconds=1))
    project = world.approve(match)
    assert (match.status, match.place) == (MatchStatus.APPROVED, 1)
    assert project.title == match.scenario.public_title
    assert (project.domain_code, project.area_code) == ("iov", "dushu")
    with pytest.raises(WrongState):
        world.approve(match)


def test_without_a_notice_period_approval_is_possible_at_once(world):
    world.notice_days(0)
    match = world.match(MatchStatus.NOTICED)
    assert world.approve(match, world.later).approved_on == shanghai_day(world.later)


def test_an_objection_stops_the_clock_by_the_working_days_until_it_is_dismissed(world, session):
    match = world.match(MatchStatus.NOTICED)  # Thursday 12 March, to Thursday 19 March
    first = world.object(match, now=datetime(2026, 3, 13, 2, tzinfo=UTC))
    second = world.object(match, "neighbour", now=datetime(2026, 3, 16, 2, tzinfo=UTC))
    with pytest.raises(Conflict):
        world.approve(match, match.notice_ends_at + DAY)
    approver = world.approver()
    operations.decide_objection(
        session, second, upheld=False, reason="Tested.", actor=approver, now=datetime(2026, 3, 17, 2, tzinfo=UTC)
    )
    assert match.notice_ends_at == end_of_day(date(2026, 3, 19))
    late = world.object(match, "late", now=datetime(2026, 3, 20, 2, tzinfo=UTC))
    for objection in (first, late):
        operations.decide_objection(
            session, objection, upheld=False, reason="Tested.", actor=approver, now=datetime(2026, 3, 20, 3, tzinfo=UTC)
        )
    # it stood still from Friday 13 to Friday 20 March: five working days
    assert match.notice_ends_at == end_of_day(date(2026, 3, 26))
    third = world.object(match, "third", now=datetime(2026, 3, 24, 2, tzinfo=UTC))
    operations.decide_objection(
        session, third, upheld=False, reason="Tested.", actor=approver, now=datetime(2026, 3, 25, 2, tzinfo=UTC)
    )
    assert match.notice_ends_at == end_of_day(date(2026, 3, 27))


def test_an_upheld_objection_rejects_the_match(world, session):
    match = world.match(MatchStatus.NOTICED)
    objection = world.object(match)
    with pytest.raises(Invalid):
        operations.decide_objection(session, objection, upheld=True, reason="", actor=world.approver(), now=world.later)
    operations.decide_objection(
        session, objection, upheld=True, reason="Known since 2020.", actor=world.approver(), now=world.later
    )
    assert (match.status, match.reason) == (MatchStatus.REJECTED, "Known since 2020.")
    with pytest.raises(WrongState):
        operations.decide_objection(session, objection, upheld=True, reason="Again", actor=world.approver(), now=world.later)


@pytest.mark.parametrize("end", ["rejected", "displaced", "upheld"])
def test_whoever_waits_for_the_decision_of_an_objection_hears_that_the_match_has_ended(world, session, worker, end):
    first, second = world.shortlisted("chip", "other", award_places=1)
    match, rival = (world.review(world.confirm(world.select(solution))) for solution in (first, second))
    decided, waiting = world.object(match, "decided"), world.object(match, "waiting")
    by = {"actor": world.approver(), "now": world.later}
    operations.decide_objection(session, decided, upheld=end == "upheld", reason="So.", **by)
    if end == "rejected":
        operations.reject(session, match, reason="No.", **by)
    if end == "displaced":
        world.approve(rival)
    assert match.state_of(waiting) is ObjectionState.MOOT
    worker(world.later + 20 * DAY)
    told = select(Notification.user_id).where(Notification.kind == "match.objection_moot")
    assert session.scalars(told).all() == [world.users["waiting"].id]


def test_who_objects_does_not_decide(world, session):
    match = world.match(MatchStatus.NOTICED)
    world.user("approver", "approver")
    objection = world.object(match, "approver")
    with pytest.raises(Forbidden):
        operations.decide_objection(session, objection, upheld=True, reason="Mine", actor=world.approver(), now=world.later)


def test_an_objection_is_raised_by_name_while_the_notice_runs_and_sent_twice_it_is_one(world, session):
    match = world.match(MatchStatus.NOTICED)
    citizen, objection_id = world.actor("citizen"), uuid.uuid4()
    for _ in range(2):
        operations.raise_objection(session, match, objection_id, text="Old.", actor=citizen, now=world.later)
    assert len(match.objections) == 1
    for text in ("", "x" * 2001):
        with pytest.raises(Invalid):
            operations.raise_objection(session, match, uuid.uuid4(), text=text, actor=world.actor("other"), now=world.later)
    world.user("auditor", "auditor")
    with pytest.raises(Forbidden):
        operations.raise_objection(session, match, uuid.uuid4(), text="Old.", actor=world.actor("auditor"), now=world.later)
    other = world.match(MatchStatus.NOTICED, firm="other")
    with pytest.raises(WrongState):
        world.object(other, now=other.notice_ends_at)


@pytest.mark.parametrize("decided", [False, True])
def test_a_person_objects_to_a_match_once(world, session, decided):
    match = world.match(MatchStatus.NOTICED)
    objection = world.object(match)
    if decided:
        operations.decide_objection(session, objection, upheld=False, reason="New.", actor=world.approver(), now=world.later)
    assert "object" not in policy.actions(session, world.actor("citizen"), match, world.later)
    with pytest.raises(Conflict) as refused:
        world.object(match)
    assert refused.type is Conflict
    assert "object" in policy.actions(session, world.actor("neighbour"), match, world.later)
    world.object(match, "neighbour")


def test_the_database_itself_refuses_a_second_objection_of_one_person(world, session):
    objection = world.object(world.match(MatchStatus.NOTICED))
    session.add(Objection(match_id=objection.match_id, user_id=objection.user_id, text="Again.", raised_at=world.later))
    with pytest.raises(IntegrityError):
        session.flush()


def test_rejection_by_reviewer_and_by_approver(world, session):
    confirmed = world.match(MatchStatus.CONFIRMED)
    with pytest.raises(Forbidden):
        operations.reject(session, confirmed, reason="No", actor=world.approver(), now=world.later)
    with pytest.raises(Invalid):
        operations.reject(session, confirmed, reason="", actor=world.reviewer(), now=world.later)
    operations.reject(session, confirmed, reason="No", actor=world.reviewer(), now=world.later)
    assert confirmed.status is MatchStatus.REJECTED
    noticed = world.match(MatchStatus.NOTICED, firm="other")
    with pytest.raises(Forbidden):
        operations.reject(session, noticed, reason="No", actor=world.reviewer("second"), now=world.later)
    operations.reject(session, noticed, reason="No", actor=world.approver(), now=world.later)
    assert noticed.status is MatchStatus.REJECTED
    with pytest.raises(WrongState):
        operations.reject(session, noticed, reason="No", actor=world.approver(), now=world.later)


def test_the_last_place_ends_the_matches_still_under_way(world, session):
    first, second = (world.select(solution) for solution in world.shortlisted("chip", "other", award_places=2))
    third_solution_scenario = first.scenario
    for match in (first, second):
        world.review(world.confirm(match))
    world.approve(first)
    assert third_solution_scenario.status is ScenarioStatus.EVALUATING
    world.approve(second)
    assert (first.place, second.place) == (1, 2)
    assert third_solution_scenario.status is ScenarioStatus.MATCHED


def test_displaced_matches_say_so_and_their_solutions_return(world, session):
    scenario = world.unfilled(award_places=1)
    first, second = world.direct(scenario, "one"), world.direct(scenario, "two")
    world.review(world.confirm(first))
    world.approve(first)
    assert (second.status, second.reason) == (MatchStatus.REJECTED, NO_PLACE_LEFT)
    assert scenario.status is ScenarioStatus.MATCHED


@pytest.mark.parametrize("ended_by", ["last place", "anchor firm"])
def test_what_a_selection_leaves_undecided_is_declined_and_its_firms_told(world, session, worker, ended_by):
    places = 1 if ended_by == "last place" else 2
    chosen, displaced, waiting = world.shortlisted("chip", "other", "third", award_places=places)
    first, second = world.select(chosen), world.select(displaced)
    world.review(world.confirm(first))
    if ended_by == "anchor firm":
        operations.decline(session, second, reason="No capacity.", actor=world.chip("other"), now=world.later)
    world.approve(first)
    if ended_by == "anchor firm":
        assert waiting.status == "shortlisted"
        operations.end_selection(session, first.scenario, actor=world.anchor(), now=world.later)
    assert [row.status for row in (chosen, displaced, waiting)] == ["selected", "declined", "declined"]
    assert displaced.decline_reason == waiting.decline_reason == SELECTION_ENDED
    worker(first.decided_at)
    told = session.scalars(select(Notification.user_id).where(Notification.kind == "solution.passed_over"))
    assert set(told) == {world.users["other"].id, world.users["third"].id}


def test_an_unfilled_scenario_is_rescued_by_a_direct_match(world):
    scenario = world.unfilled(award_places=2)
    first, second = world.direct(scenario, "one"), world.direct(scenario, "two")
    for match in (first, second):
        world.review(world.confirm(match))
    world.approve(first)
    assert scenario.status is ScenarioStatus.MATCHED
    world.approve(second)
    assert second.place == 2


def test_a_matched_scenario_waits_for_the_matches_under_way_before_it_closes(world, session):
    scenario = world.unfilled(award_places=2)
    first, second = world.direct(scenario, "one"), world.direct(scenario, "two")
    world.review(world.confirm(first))
    project = world.approve(first)
    projects.terminate(session, project, reason="Stopped.", actor=world.anchor(), now=world.later)
    assert scenario.status is ScenarioStatus.MATCHED
    operations.lapse_due(session, second.confirm_by)
    assert scenario.status is ScenarioStatus.CLOSED


def test_ending_the_selection_leaves_the_scenario_unfilled_or_matched(world, session):
    (solution,) = world.shortlisted("chip")
    scenario = solution.scenario
    match = world.select(solution)
    with pytest.raises(Conflict):
        operations.end_selection(session, scenario, actor=world.anchor(), now=world.later)
    with pytest.raises(Forbidden):
        operations.end_selection(session, scenario, actor=world.chip(), now=world.later)
    operations.decline(session, match, reason="No", actor=world.anchor(), now=world.later)
    operations.end_selection(session, scenario, actor=world.anchor(), now=world.later)
    assert scenario.status is ScenarioStatus.UNFILLED
    with pytest.raises(WrongState):
        operations.end_selection(session, scenario, actor=world.anchor(), now=world.later)
    approved = world.match(MatchStatus.APPROVED, firm="other", award_places=2)
    project = project_queries.of_match(session, approved.id)
    projects.terminate(session, project, reason="Stopped.", actor=world.anchor(), now=world.later)
    operations.end_selection(session, approved.scenario, actor=world.anchor(), now=world.later)
    assert approved.scenario.status is ScenarioStatus.CLOSED


SEEN = {MatchStatus.NOTICED: Sight.MINIMUM, MatchStatus.APPROVED: Sight.MINIMUM}


@pytest.mark.parametrize("confidentiality", [Confidentiality.PUBLIC, Confidentiality.VERIFIED])
@pytest.mark.parametrize("status", list(MatchStatus))
def test_who_sees_a_match_in_which_state(world, session, status, confidentiality):
    match = world.match(status, confidentiality=confidentiality)
    world.user("auditor", "auditor")
    world.user("admin", "admin")
    world.user("reviewing_admin", "admin", "reviewer")
    world.chip("rival")
    sights = {
        "anchor": Sight.ALL, "chip": Sight.ALL, "reviewer": Sight.ALL, "approver": Sight.ALL, "auditor": Sight.ALL,
        "admin": SEEN.get(status, Sight.NOTHING), "rival": SEEN.get(status, Sight.NOTHING),
        "stranger": SEEN.get(status, Sight.NOTHING), "reviewing_admin": SEEN.get(status, Sight.NOTHING),
    }  # fmt: skip
    world.approver()
    for name, sight in sights.items():
        actor = world.actor(name)
        assert policy.sight_of(session, actor, match) is sight, name
        listed = session.scalars(select(Match.id).join(Match.scenario).where(policy.visible_to(actor))).all()
        assert (match.id in listed) is (sight is not Sight.NOTHING), name


def test_a_reviewer_who_is_system_administrator_sees_direct_matches_in_whole(world, session):
    match = world.direct(world.unfilled())
    actor = world.actor("reviewing_admin", "admin", "reviewer")
    assert policy.sight_of(session, actor, match) is Sight.ALL
    assert session.scalars(select(Match.id).join(Match.scenario).where(policy.visible_to(actor))).all() == [match.id]


def test_a_reviewer_who_is_system_administrator_does_not_review_a_selected_match(world, session):
    match = world.match(MatchStatus.CONFIRMED)
    with pytest.raises(NotFound):
        operations.review(session, match, local_new=True, actor=world.actor("both", "admin", "reviewer"), now=world.later)


def test_who_objected_sees_what_became_of_the_match(world, session):
    match = world.match(MatchStatus.NOTICED)
    world.object(match)
    operations.reject(session, match, reason="No", actor=world.approver(), now=world.later)
    assert policy.sight_of(session, world.actor("citizen"), match) is Sight.MINIMUM


ACTIONS = {
    "confirm": lambda s, m, a, n: operations.confirm(s, m, actor=a, now=n, local_new=True),
    "decline": lambda s, m, a, n: operations.decline(s, m, reason="No", actor=a, now=n),
    "review": lambda s, m, a, n: operations.review(s, m, local_new=True, actor=a, now=n),
    "reject": lambda s, m, a, n: operations.reject(s, m, reason="No", actor=a, now=n),
    "approve": lambda s, m, a, n: operations.approve(s, m, actor=a, now=m.notice_ends_at or n),
}
ALLOWED = {
    "confirm": {"anchor", "chip"}, "decline": {"anchor", "chip"}, "review": {"reviewer2"}, "approve": {"approver"},
}  # fmt: skip
SEERS = {"anchor", "chip", "reviewer2", "approver", "auditor"}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", list(MatchStatus))
@pytest.mark.any_database
def test_every_action_by_everybody_in_every_state(world, session, status, action):
    match = world.match(status)
    world.user("auditor", "auditor")
    world.user("admin", "admin")
    world.reviewer("reviewer2")
    world.approver()
    world.chip("rival")
    for name in ("anchor", "chip", "reviewer2", "approver", "auditor", "admin", "rival", "stranger"):
        seen = name in SEERS or status in SEEN
        allowed = ALLOWED.get(action, {"approver"} if status is MatchStatus.NOTICED else {"reviewer2"})
        if action == "reject" and status not in {MatchStatus.CONFIRMED, MatchStatus.NOTICED}:
            allowed = {"reviewer2", "approver"}
        possible = MATCH.allows(status, action) and not (action == "confirm" and name == "anchor")
        expected = NotFound if not seen else Forbidden if name not in allowed else None if possible else WrongState
        with session.begin_nested() as attempt:
            if expected is None:
                ACTIONS[action](session, match, world.actor(name), world.later)
            else:
                with pytest.raises(expected) as error:
                    ACTIONS[action](session, match, world.actor(name), world.later)
                assert error.type is expected, (name, error.type)
            attempt.rollback()
        session.refresh(match)


def test_what_waits_for_whom_stands_in_the_queues(world, session):
    proposed = world.match(MatchStatus.PROPOSED)
    confirmed = world.match(MatchStatus.CONFIRMED, firm="other")
    noticed = world.match(MatchStatus.NOTICED, firm="third")
    assert [row.id for row in queries.waiting_for(session, world.chip())] == [proposed.id]
    assert queries.waiting_for(session, world.anchor()) == []
    assert [row.id for row in queries.to_review(session)] == [confirmed.id]
    assert [row.id for row in queries.under_notice(session)] == [noticed.id]


def test_a_match_or_an_objection_that_does_not_exist_is_not_found(session):
    for look in (queries.lock_match, queries.objection_match_id):
        with pytest.raises(NotFound):
            look(session, uuid.uuid4())


def test_too_long_a_comment_is_refused(world, session):
    match = world.match(MatchStatus.CONFIRMED)
    with pytest.raises(Invalid) as problem:
        operations.review(session, match, local_new=True, comment="x" * 2001, actor=world.reviewer(), now=world.later)
    assert set(problem.value.fields) == {"comment"}
