"""Evaluating solutions, the ranking, and the deeds of handlers."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from app.errors import Forbidden, Invalid, NotFound, Stale, WrongState
from app.notifications.models import Notification
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow
from app.scenarios.models import Operator
from app.solutions import operations, policy, queries
from app.solutions.comparison import rows_of
from tests.factories.solutions import HOUR, World


@pytest.fixture
def world(session, now):
    return World(session, now)


@pytest.fixture
def scenario(world):
    return world.scenario()


@pytest.fixture
def solution(world, scenario):
    solution = world.submitted(scenario)
    world.close()
    return solution


def judge(world, solution, actor, *points, **more):
    scores = world.scores(solution, *points) if points else []
    return operations.evaluate(
        world.session, solution, **{"conflict": False, "scores": scores, "actor": actor, "now": world.later, **more}
    )


def compare(world, scenario, actor):
    standing = policy.standing_of(world.session, actor, scenario.id)
    return rows_of(world.session, actor, scenario, standing, now=world.later)[0]


def test_the_ranking_is_the_exact_mean_of_weighted_scores(world, scenario):
    first, second = world.submitted(scenario), world.submitted(scenario, "other")
    world.close()
    expert, anchor = world.evaluator(scenario), world.anchor()
    for actor, points in ((expert, (81, 70)), (anchor, (90, 33))):
        judge(world, first, actor, *points)
    judge(world, second, expert, 90, 90)
    judge(world, second, anchor, 80, 80)
    rows = compare(world, scenario, anchor)
    assert [row.solution.id for row in rows] == [second.id, first.id]
    assert [row.place.score for row in rows] == [Fraction(85), (Fraction(766, 10) + Fraction(672, 10)) / 2]
    assert [row.place.rank for row in rows] == [1, 2]


def test_a_conflicted_evaluation_holds_no_scores_and_does_not_count(world, scenario, solution):
    expert = world.evaluator(scenario)
    judge(world, solution, expert, 100, 100)
    judge(world, solution, world.anchor(), 50, 50)
    evaluation = judge(world, solution, expert, conflict=True, conflict_note="I worked there.")
    assert evaluation.scores == []
    assert compare(world, scenario, world.anchor())[0].place.score == 50


def test_others_scores_stay_hidden_until_ones_own_are_in(world, scenario, solution):
    expert, anchor = world.evaluator(scenario), world.anchor()
    judge(world, solution, expert, 60, 60)
    assert compare(world, scenario, anchor)[0].evaluations is None
    judge(world, solution, anchor, conflict=True)
    assert compare(world, scenario, anchor)[0].evaluations is None
    judge(world, solution, anchor, 70, 70)
    assert len(compare(world, scenario, anchor)[0].evaluations) == 2


def test_administrators_and_auditors_see_scores_without_scoring(world, scenario, solution):
    judge(world, solution, world.anchor(), 60, 60)
    for name in ("reviewer", "approver", "auditor"):
        assert len(compare(world, scenario, world.actor(name, name))[0].evaluations) == 1


@pytest.mark.parametrize("firm", [None, "anchor", "chip"])
@pytest.mark.parametrize("duty", ["reviewer", "operator", "evaluator"])
def test_a_system_administrator_reads_no_solution_whatever_else_that_person_is(world, scenario, solution, duty, firm):
    world.user("admin", "admin", duty)
    world.evaluator(scenario, "admin")
    if firm is not None:
        world.join("admin", firm)
    actor = world.actor("admin")
    standing = policy.standing_of(world.session, actor, scenario.id)
    assert not policy.can_see(actor, solution, standing, now=world.later)
    assert not policy.can_list(actor, scenario, standing, now=world.later)


def test_nothing_waits_for_the_scores_of_an_evaluator_who_became_system_administrator(world, scenario, solution):
    world.evaluator(scenario)
    world.users["expert"].is_admin = True
    assert world.session.scalars(queries.to_evaluate(world.actor("expert"), now=world.later)).all() == []


def test_the_firm_never_sees_scores(world, solution):
    chip = world.chip()
    standing = policy.standing_of(world.session, chip, solution.scenario_id)
    assert not policy.can_see_evaluations(chip, solution, standing, None, now=world.later)


@pytest.mark.parametrize("points", [(101, 1), (-1, 1)])
def test_scores_lie_between_0_and_100(world, solution, points):
    with pytest.raises(Invalid):
        judge(world, solution, world.anchor(), *points)


def test_each_criterion_needs_a_score(world, solution):
    with pytest.raises(Invalid):
        judge(world, solution, world.anchor())


def test_an_evaluation_can_be_changed_until_the_solution_is_decided(world, solution):
    anchor = world.anchor()
    evaluation = judge(world, solution, anchor, 10, 10)
    assert judge(world, solution, anchor, 20, 20, version=evaluation.version) is evaluation
    with pytest.raises(Stale):
        judge(world, solution, anchor, 30, 30, version=1)
    operations.decline(world.session, solution, reason="No.", actor=anchor, now=world.later)
    with pytest.raises(WrongState):
        judge(world, solution, anchor, 40, 40)


def test_nobody_evaluates_before_closing(world, scenario):
    solution = world.submitted(scenario)
    with pytest.raises(NotFound):
        judge(world, solution, world.evaluator(scenario), 50, 50, now=world.now)


def test_an_evaluator_whose_firm_answered_is_barred_from_the_whole_scenario(world, scenario):
    foreign = world.submitted(scenario, "other")
    own = world.submitted(scenario)
    world.close()
    world.evaluator(scenario)
    world.join("expert", "chip")
    expert = world.actor("expert")
    with pytest.raises(NotFound):
        judge(world, foreign, expert, 50, 50)
    with pytest.raises(Forbidden):
        judge(world, own, expert, 50, 50)


@pytest.mark.parametrize("name", ["reviewer", "approver", "auditor"])
def test_those_who_only_read_do_not_score(world, solution, name):
    with pytest.raises(Forbidden):
        judge(world, solution, world.actor(name, name), 50, 50)


def test_the_desk_lists_what_one_may_score(world, scenario, solution):
    def desk(actor):
        return world.session.scalars(queries.to_evaluate(actor, now=world.later)).all()

    assert desk(world.evaluator(scenario)) == [solution]
    assert desk(world.anchor()) == [solution]
    assert desk(world.chip()) == []


def told(world, name):
    user = world.users[name]
    return [n.kind for n in world.session.scalars(select(Notification).where(Notification.user_id == user.id))]


def test_the_firm_gets_its_receipt_and_nobody_else_hears_of_it(world, worker):
    scenario = world.scenario(sealed=True)
    world.evaluator(scenario)
    world.submitted(scenario)
    worker(world.now)
    assert told(world, "chip") == ["solution.submitted"]
    assert not [kind for name in ("anchor", "expert", "reviewer") for kind in told(world, name) if kind.startswith("solution.")]


def test_decisions_and_the_closing_are_told(world, scenario, worker):
    world.evaluator(scenario)
    first, second = world.submitted(scenario), world.submitted(scenario, "other")
    world.close()
    operations.shortlist(world.session, first, actor=world.anchor(), now=world.later)
    operations.decline(world.session, second, reason="Too dear.", actor=world.anchor(), now=world.later)
    worker(world.later)
    assert sorted(told(world, "chip")) == ["solution.shortlisted", "solution.submitted"]
    assert sorted(told(world, "other")) == ["solution.declined", "solution.submitted"]
    assert "solution.to_evaluate" in told(world, "expert")


def test_whoever_answers_a_cancelled_scenario_is_told(world, scenario, worker):
    world.draft(scenario)
    scenarios.cancel(world.session, scenario, reason="Budget gone.", actor=world.anchor(), now=world.now)
    worker(world.now)
    assert told(world, "chip") == ["solution.scenario_cancelled"]


def test_only_what_was_submitted_before_the_requirements_changed_is_outdated(world, scenario, worker):
    before = world.submitted(scenario)
    rows = [RequirementRow("power", Operator.AT_MOST, "3", "W")]
    change = scenarios.propose_requirements(
        world.session, scenario, rows=rows, reason="Relaxed.", actor=world.anchor(), now=world.now
    )
    changed_at = world.now + HOUR
    scenarios.approve_amendment(world.session, change, actor=world.actor("reviewer"), now=changed_at)
    after = world.fill(world.draft(scenario, "other"), "other")
    operations.submit_solution(world.session, after, actor=world.chip("other"), now=world.now + 2 * HOUR)
    worker(world.now + 3 * HOUR)
    world.session.expire_all()
    assert (before.outdated_since, after.outdated_since) == (changed_at, None)
    assert "solution.outdated" in told(world, "chip")
    assert "solution.outdated" not in told(world, "other")


def test_an_extension_is_told_to_whoever_answers(world, scenario, worker):
    solution = world.submitted(scenario)
    changed = {"closes_at": world.closing + timedelta(days=5), "reason": "More time.", "actor": world.anchor(), "now": world.now}
    scenarios.extend(world.session, scenario, **changed)
    worker(world.now)
    assert "solution.scenario_changed" in told(world, "chip")
    assert solution.outdated_since is None
