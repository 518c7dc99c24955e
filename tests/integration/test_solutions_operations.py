"""Writing, submitting, withdrawing and deciding solutions."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actor import SYSTEM, VISITOR
from app.audit.models import AuditDetail
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WrongState
from app.outbox.models import OutboxEvent
from app.solutions import operations, queries
from app.solutions.content import digest
from app.solutions.models import ComplianceStatus, SolutionStatus
from app.solutions.operations import Answer
from tests.factories.solutions import World


@pytest.fixture
def world(session, now):
    return World(session, now)


@pytest.fixture
def scenario(world):
    return world.scenario()


def start(world, scenario, actor, solution_id=None, now=None):
    return operations.start_solution(
        world.session,
        scenario,
        solution_id=solution_id or uuid.uuid4(),
        organization_id=actor.organization_id,
        actor=actor,
        now=now or world.now,
    )


def test_starting_twice_with_one_id_makes_one_solution(world, scenario):
    chip, solution_id = world.chip(), uuid.uuid4()
    assert start(world, scenario, chip, solution_id) is start(world, scenario, chip, solution_id)


def test_a_firm_has_one_live_solution_to_a_scenario(world, scenario):
    start(world, scenario, world.chip())
    with pytest.raises(Conflict):
        start(world, scenario, world.chip())


def test_the_id_of_another_firms_solution_is_not_found(world, scenario):
    solution = world.draft(scenario, "chip")
    with pytest.raises(NotFound):
        start(world, scenario, world.chip("other"), solution.id)


def test_a_firm_never_answers_its_own_scenario(world, scenario):
    world.firms["anchor"].is_chip = True
    world.session.flush()
    with pytest.raises(Forbidden):
        start(world, scenario, world.actor("anchor"))


@pytest.mark.parametrize("change", [{"verified": False}, {"chip": False, "anchor": True}])
def test_only_verified_chip_firms_answer(world, scenario, change):
    world.firm("somebody", **change)
    with pytest.raises(Forbidden):
        start(world, scenario, world.actor("somebody"))


def test_nobody_starts_once_the_closing_time_has_come(world, scenario):
    with pytest.raises(WrongState):
        start(world, scenario, world.chip(), now=world.closing)


def test_saving_keeps_what_is_not_named(world, scenario):
    solution = world.fill(world.draft(scenario))
    working = operations.save_draft(world.session, solution, {"summary": "Better."}, actor=world.chip(), now=world.now)
    assert (working.summary, working.approach) == ("Better.", "We take our chip.")


def test_the_second_of_two_editors_is_told(world, scenario):
    solution = world.draft(scenario)
    read = queries.working_version(world.session, solution.id).version
    operations.save_draft(world.session, solution, {"summary": "A"}, actor=world.chip(), now=world.now, version=read)
    with pytest.raises(Stale):
        operations.save_draft(world.session, solution, {"summary": "B"}, actor=world.chip(), now=world.now, version=read)
    assert queries.working_version(world.session, solution.id).summary == "A"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"summary": "x" * 20_001}, "summary"),
        ({"price": Decimal(-1)}, "price"),
        ({"price": Decimal("0.001")}, "price"),
        ({"compliance": [Answer(uuid.uuid4())]}, "compliance"),
        ({"products": [uuid.uuid4()]}, "products"),
    ],
)
def test_even_a_draft_refuses(world, scenario, changes, field):
    with pytest.raises(Invalid) as problem:
        operations.save_draft(world.session, world.draft(scenario), changes, actor=world.chip(), now=world.now)
    assert list(problem.value.fields) == [field]


def test_a_firm_uses_only_its_own_products(world, scenario):
    foreign = world.product("other")
    with pytest.raises(Invalid):
        operations.save_draft(world.session, world.draft(scenario), {"products": [foreign.id]}, actor=world.chip(), now=world.now)


def test_an_answer_longer_than_a_line_is_refused(world, scenario):
    line = queries.requirements_of(world.session, scenario.id)[0]
    answer = Answer(line.id, ComplianceStatus.MET, "x" * 201)
    with pytest.raises(Invalid):
        operations.save_draft(world.session, world.draft(scenario), {"compliance": [answer]}, actor=world.chip(), now=world.now)


def test_submitting_says_everything_that_is_missing_at_once(world, scenario):
    solution = world.draft(scenario)
    with pytest.raises(Invalid) as problem:
        operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    assert set(problem.value.fields) == {"summary", "approach", "price", "schedule", "compliance"}
    assert "power" in str(problem.value.fields["compliance"][0])


def test_a_must_line_may_be_answered_as_not_met(world, scenario):
    line = queries.requirements_of(world.session, scenario.id)[0]
    solution = world.submitted(scenario, compliance=[Answer(line.id, ComplianceStatus.UNMET)])
    assert solution.status is SolutionStatus.SUBMITTED


def test_the_receipt_is_the_hash_of_the_canonical_content(world, scenario):
    solution = world.submitted(scenario)
    version = queries.version_of(world.session, solution.id, 1)
    assert version.submitted_at == world.now
    assert version.sha256 == digest(version.content)
    assert '"price":"1200000.00"' in version.content
    assert '"required":"2"' in version.content


def test_a_submission_sent_twice_is_one(world, scenario):
    solution = world.submitted(scenario)
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now + timedelta(minutes=1))
    assert solution.submitted_at == world.now


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1)])
def test_a_submission_at_or_after_the_closing_time_is_refused(world, scenario, late):
    solution = world.fill(world.draft(scenario))
    with pytest.raises(WrongState):
        operations.submit_solution(world.session, solution, actor=world.chip(), now=world.closing + late)


def test_a_submission_a_microsecond_before_closing_is_accepted(world, scenario):
    solution = world.fill(world.draft(scenario))
    last = world.closing - timedelta(microseconds=1)
    assert operations.submit_solution(world.session, solution, actor=world.chip(), now=last).submitted_at == last


def test_a_new_version_stands_beside_the_submitted_one_until_it_is_submitted(world, scenario):
    solution = world.submitted(scenario)
    working = operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now)
    assert operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now) is working
    operations.save_draft(world.session, solution, {"summary": "Second."}, actor=world.chip(), now=world.now)
    assert queries.submitted_version(world.session, solution.id).summary == "A chip that fits."
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    assert queries.submitted_version(world.session, solution.id).summary == "Second."
    assert [version.number for version in queries.history_of(world.session, solution.id)] == [2, 1]
    assert queries.version_of(world.session, solution.id, 1).summary == "A chip that fits."


def test_saving_without_a_working_draft_is_refused(world, scenario):
    solution = world.submitted(scenario)
    with pytest.raises(WrongState):
        operations.save_draft(world.session, solution, {"summary": "x"}, actor=world.chip(), now=world.now)


def test_discarding_a_revision_leaves_the_submitted_version(world, scenario):
    solution = world.submitted(scenario)
    operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now)
    assert operations.discard_draft(world.session, solution, actor=world.chip(), now=world.now) is solution
    assert queries.working_version(world.session, solution.id) is None
    with pytest.raises(WrongState):
        operations.discard_draft(world.session, solution, actor=world.chip(), now=world.now)


def test_discarding_a_draft_that_was_never_submitted_removes_it(world, scenario):
    solution = world.draft(scenario)
    solution_id = solution.id
    assert operations.discard_draft(world.session, solution, actor=world.chip(), now=world.now) is None
    assert queries.get_solution(world.session, solution_id) is None


def test_a_firm_that_withdrew_starts_anew(world, scenario):
    solution = world.submitted(scenario)
    operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now)
    operations.withdraw(world.session, solution, actor=world.chip(), now=world.now)
    assert solution.status is SolutionStatus.WITHDRAWN
    assert start(world, scenario, world.chip()).id != solution.id


def test_a_solution_is_not_withdrawn_after_closing(world, scenario):
    solution = world.submitted(scenario)
    with pytest.raises(WrongState):
        operations.withdraw(world.session, solution, actor=world.chip(), now=world.closing)


def test_changed_requirements_flag_what_was_submitted_until_a_new_version_comes(world, scenario):
    solution = world.submitted(scenario)
    operations.flag_outdated(world.session, scenario.id, changed_at=world.now, now=world.now)
    assert solution.outdated_since == world.now
    operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now)
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    assert solution.outdated_since is None


def test_the_worker_closes_to_evaluation_what_has_answers_and_to_unfilled_what_has_none(world, scenario):
    empty = world.scenario(requirements=scenario_rows(scenario))
    world.submitted(scenario)
    world.close()
    assert (scenario.status, empty.status) == ("evaluating", "unfilled")


def scenario_rows(scenario):
    from app.scenarios.content import RequirementRow

    return [RequirementRow(line.name, value=line.value) for line in scenario.requirements]


def test_the_anchor_firm_shortlists_and_declines_with_a_reason(world, scenario):
    first, second = world.submitted(scenario), world.submitted(scenario, "other")
    world.close()
    operations.shortlist(world.session, first, actor=world.anchor(), now=world.later)
    operations.decline(world.session, second, reason="Too dear.", actor=world.anchor(), now=world.later)
    assert (first.status, second.status, second.decline_reason) == ("shortlisted", "declined", "Too dear.")
    with pytest.raises(WrongState):
        operations.shortlist(world.session, second, actor=world.anchor(), now=world.later)


def test_declining_needs_a_reason(world, scenario):
    solution = world.submitted(scenario)
    world.close()
    with pytest.raises(Invalid):
        operations.decline(world.session, solution, reason=" ", actor=world.anchor(), now=world.later)


def test_time_opens_the_evaluation_though_the_worker_is_late(world, scenario):
    solution = world.submitted(scenario)
    assert operations.shortlist(world.session, solution, actor=world.anchor(), now=world.later).status == "shortlisted"


def test_selecting_and_a_match_that_fails(world, scenario):
    solution, other = world.submitted(scenario), world.submitted(scenario, "other")
    world.close()
    with pytest.raises(WrongState):
        operations.mark_selected(world.session, solution, actor=world.anchor(), now=world.later)
    operations.shortlist(world.session, solution, actor=world.anchor(), now=world.later)
    operations.mark_selected(world.session, solution, actor=world.anchor(), now=world.later)
    operations.return_to_shortlist(world.session, solution, actor=SYSTEM, now=world.later)
    assert solution.status == "shortlisted"
    operations.mark_selected(world.session, solution, actor=world.anchor(), now=world.later)
    assert operations.pass_over_rest(world.session, scenario.id, actor=SYSTEM, now=world.later) == 1
    assert (solution.status, other.status) == ("selected", "declined")


def test_the_firm_sees_its_solution_and_decides_nothing(world, scenario):
    solution = world.submitted(scenario)
    world.close()
    with pytest.raises(Forbidden):
        operations.shortlist(world.session, solution, actor=world.chip(), now=world.later)


@pytest.mark.parametrize("name", ["reviewer", "approver", "auditor"])
def test_those_who_only_read_decide_nothing(world, scenario, name):
    solution = world.submitted(scenario)
    world.close()
    with pytest.raises(Forbidden):
        operations.decline(world.session, solution, reason="No.", actor=world.actor(name, name), now=world.later)


def test_entries_and_events_of_a_sealed_solution_stay_under_its_seal(world):
    scenario = world.scenario(sealed=True)
    world.submitted(scenario)
    world.session.commit()
    details = world.session.scalars(select(AuditDetail).where(AuditDetail.subject_type == "solutions")).all()
    assert {detail.action for detail in details} == {"solutions.start", "solutions.submit"}
    assert {detail.seal_id for detail in details} == {scenario.id}
    kinds = set(world.session.scalars(select(OutboxEvent.kind).where(OutboxEvent.kind.like("solution.%"))))
    assert kinds == {"solution.submitted"}


def test_a_visitor_learns_nothing(world, scenario):
    solution = world.submitted(scenario)
    with pytest.raises(NotFound):
        operations.withdraw(world.session, solution, actor=VISITOR, now=world.now)
