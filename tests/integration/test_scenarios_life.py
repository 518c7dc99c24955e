"""A scenario's life from draft to the end, through the operations."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock
from app.accounts.operations.account import normal_email
from app.actor import SYSTEM
from app.audit.models import Seal
from app.errors import Conflict, Forbidden, Invalid, KaijingError, NotFound, Stale, WrongState
from app.facts import Fact
from app.notifications.models import Notification
from app.outbox.models import OutboxEvent
from app.scenarios import content, operations, queries
from app.scenarios.models import AmendmentStatus, Confidentiality, InvitationStatus, Scenario, ScenarioStatus
from app.scenarios.steps import steps_of
from app.scenarios.transitions import SCENARIO
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of
from tests.factories.solutions import World

DAY = timedelta(days=1)


@pytest.fixture
def owner(session):
    return firm_actor(anchor=True)


@pytest.fixture
def reviewer(session):
    return actor_of(UserFactory(is_reviewer=True))


@pytest.fixture
def chip(session):
    return firm_actor()


@pytest.fixture
def opened(owner, reviewer, now):
    return make.open_scenario(owner, reviewer, now)


def rows_of(scenario):
    return [content.requirement_row(line) for line in scenario.requirements]


def test_a_complete_draft_is_submitted_approved_and_closed_by_time(session, opened, now):
    assert opened.number == f"S-{now.year}-0001"
    assert operations.close_due(session, opened.closes_at - timedelta(seconds=1)) == 0
    assert operations.close_due(session, opened.closes_at) == 1
    assert opened.status is ScenarioStatus.UNFILLED
    session.commit()


def test_a_draft_is_created_once_for_one_id(session, owner, reviewer, now):
    scenario_id = uuid.uuid4()
    create = lambda who: operations.create_draft(  # noqa: E731
        session, scenario_id, organization_id=owner.organization_id, title="标题", actor=who, now=now
    )
    assert create(owner).id == create(owner).id
    colleague = actor_of(member_of(session.get(type(OrganizationFactory()), owner.organization_id)))
    with pytest.raises(NotFound):
        create(colleague)
    with pytest.raises(Forbidden):
        operations.create_draft(session, uuid.uuid4(), organization_id=owner.organization_id, title="标题", actor=reviewer, now=now)
    with pytest.raises(Invalid):
        operations.create_draft(session, uuid.uuid4(), organization_id=owner.organization_id, title="", actor=owner, now=now)


def wrong(now):
    row, criterion = content.RequirementRow("功耗", value="2"), content.CriterionRow("指标", 100)
    return {
        "budget_max": {"budget_max": Decimal(1)},
        "award_places": {"award_places": 6},
        "tracks": {"tracks": ["design", "nope"]},
        "domain_code": {"domain_code": "nope"},
        "questions_close_at": {"questions_close_at": now + 30 * DAY},
        "background": {"background": "长" * 20_001},
        "ip_terms": {"ip_terms": "长" * 201},
        "requirements": {"requirements": [row] * 51},
        "criteria": {"criteria": [replace(criterion, weight=101)]},
        "title": {"title": ""},
    }


@pytest.mark.parametrize("field", wrong(clock.utcnow()))
def test_not_even_a_draft_holds(session, owner, now, field):
    scenario = make.draft_scenario(owner, now)
    with pytest.raises(Invalid) as caught:
        operations.save_draft(session, scenario, wrong(now)[field], actor=owner, now=now)
    assert set(caught.value.fields) == {field}


def incomplete(now):
    row, criterion = content.RequirementRow("功耗", value="2"), content.CriterionRow("指标", 50)
    return [
        ("closes_at", {"closes_at": now - DAY, "questions_close_at": now - 2 * DAY}),
        ("questions_close_at", {"questions_close_at": now - DAY}),
        ("delivery_by", {"delivery_by": now.date()}),
        ("criteria", {"criteria": [criterion]}),
        ("criteria", {"criteria": [criterion, criterion]}),
        ("criteria", {"criteria": [criterion, content.CriterionRow("", 50)]}),
        ("requirements", {"requirements": []}),
        ("requirements", {"requirements": [replace(row, value="")]}),
        ("requirements", {"requirements": [row, row]}),
        ("public_title", {"public_title": "", "confidentiality": Confidentiality.VERIFIED}),
        *((name, {name: [] if name == "tracks" else None}) for name in ("domain_code", "tracks", "award_kind")),
        *((name, {name: ""}) for name in ("need", "benefit", "ip_terms")),
    ]


def test_submission_names_each_field_that_is_missing_or_wrong(session, owner, now):
    scenario = make.draft_scenario(owner, now)
    for field, values in incomplete(now):
        operations.save_draft(session, scenario, make.scenario_values(now) | values, actor=owner, now=now)
        with pytest.raises(Invalid) as caught:
            operations.submit(session, scenario, actor=owner, now=now)
        assert field in caught.value.fields
    operations.save_draft(session, scenario, make.scenario_values(now), actor=owner, now=now)
    assert operations.submit(session, scenario, actor=owner, now=now).status is ScenarioStatus.IN_REVIEW


def test_saving_over_a_newer_version_is_refused(session, owner, now):
    scenario = make.draft_scenario(owner, now)
    read = scenario.version
    operations.save_draft(session, scenario, {"need": "first"}, actor=owner, now=now, version=read)
    with pytest.raises(Stale):
        operations.save_draft(session, scenario, {"need": "second"}, actor=owner, now=now, version=read)
    assert scenario.need == "first"


def test_a_returned_scenario_keeps_its_number_and_can_be_submitted_again(session, owner, reviewer, now):
    scenario = make.submitted_scenario(owner, now)
    number = scenario.number
    with pytest.raises(Invalid):
        operations.return_to_draft(session, scenario, reason=" ", actor=reviewer, now=now)
    with pytest.raises(Invalid):
        operations.return_to_draft(session, scenario, reason="长" * 2001, actor=reviewer, now=now)
    operations.return_to_draft(session, scenario, reason="指标不可测", actor=reviewer, now=now)
    operations.submit(session, scenario, actor=owner, now=now)
    operations.take_back(session, scenario, actor=owner, now=now)
    operations.submit(session, scenario, actor=owner, now=now)
    assert (scenario.number, scenario.return_reason) == (number, "")
    session.commit()


@pytest.mark.parametrize("passed", ["closes_at", "questions_close_at"])
def test_a_scenario_of_which_a_deadline_passed_in_review_is_not_opened(session, owner, reviewer, now, passed):
    scenario = make.submitted_scenario(owner, now)
    with pytest.raises(Conflict):
        operations.approve(session, scenario, actor=reviewer, now=getattr(scenario, passed))


def test_time_decides_before_the_worker_moves_the_state(session, owner, opened):
    late = opened.closes_at
    for change in (
        lambda: operations.cancel(session, opened, reason="r", actor=owner, now=late),
        lambda: operations.extend(session, opened, closes_at=late + DAY, reason="r", actor=owner, now=late),
        lambda: operations.clarify(session, opened, texts={"need": "x"}, reason="r", actor=owner, now=late),
    ):
        with pytest.raises(WrongState):
            change()
    assert [step["state"] for step in steps_of(opened, late)].index("now") == 3


def test_the_seal_opens_at_closing_and_stays_after_a_cancellation(session, owner, reviewer, now):
    first, second = (make.open_scenario(owner, reviewer, now, sealed=True) for _ in range(2))
    operations.cancel(session, second, reason="r", actor=owner, now=now)
    make.close_by_time(first)
    session.commit()
    assert session.get(Seal, first.id).opened_at is not None
    assert session.get(Seal, second.id).opened_at is None
    assert not first.hides_solutions(first.closes_at)
    assert second.hides_solutions(second.closes_at)


def test_changed_requirements_wait_for_a_reviewer_and_move_the_closing(session, owner, reviewer, now):
    scenario = make.open_scenario(
        owner, reviewer, now, closes_at=now + 2 * DAY, questions_close_at=now + DAY, delivery_by=(now + 4 * DAY).date()
    )
    before, closes_at = rows_of(scenario), scenario.closes_at
    rows = [before[0], content.RequirementRow("通道数", value="3")]
    propose = lambda rows: operations.propose_requirements(session, scenario, rows=rows, reason="天线改版", actor=owner, now=now)  # noqa: E731
    with pytest.raises(Invalid):
        propose(before)
    amendment = propose(rows)
    with pytest.raises(Conflict):
        propose([before[1]])
    assert rows_of(queries.lock_scenario(session, scenario.id)) == before
    operations.approve_amendment(session, amendment, actor=reviewer, now=now)
    session.commit()
    fresh = queries.get(session, scenario.id)
    assert [line.name for line in fresh.requirements] == ["工作频率", "通道数"]
    assert fresh.requirements[0].id == before[0].id
    assert fresh.closes_at > closes_at + 2 * DAY
    assert fresh.delivery_by > fresh.closes_at.date()
    with pytest.raises(WrongState):
        operations.approve_amendment(session, amendment, actor=reviewer, now=now)
    second = operations.propose_requirements(session, fresh, rows=[rows_of(fresh)[0]], reason="r", actor=owner, now=now)
    operations.return_amendment(session, second, reason="不宜", actor=reviewer, now=now)
    assert len(rows_of(queries.lock_scenario(session, scenario.id))) == 2


def test_an_amendment_that_waits_ends_with_its_scenario(session, owner, opened, now):
    amendment = operations.propose_requirements(session, opened, rows=rows_of(opened)[:1], reason="r", actor=owner, now=now)
    make.close_by_time(opened)
    assert (amendment.status, amendment.decision_reason) == (AmendmentStatus.RETURNED, "unfilled")


def test_a_deadline_moves_later_only(session, owner, opened, now):
    later = opened.closes_at + DAY
    extend = lambda **dates: operations.extend(session, opened, reason="r", actor=owner, now=now, **dates)  # noqa: E731
    for dates in (
        {"closes_at": opened.closes_at},
        {"closes_at": later, "questions_close_at": later + DAY},
        {"closes_at": later, "questions_close_at": now + DAY},
        {"closes_at": later, "delivery_by": now.date()},
    ):
        with pytest.raises(Invalid):
            extend(**dates)
    amendment = extend(closes_at=later)
    assert opened.closes_at == later
    assert list(amendment.changes) == ["closes_at"]
    with pytest.raises(Invalid):
        operations.clarify(session, opened, texts={"need": opened.need}, reason="r", actor=owner, now=now)
    with pytest.raises(Invalid):
        operations.clarify(session, opened, texts={"need": ""}, reason="r", actor=owner, now=now)


def test_early_closing_takes_effect_after_the_notice_and_pulls_questions_back(session, now):
    world = World(session, now)
    scenario = world.scenario(closes_at=now + 40 * DAY, questions_close_at=now + 39 * DAY)
    owner = actor_of(world.user("anchor"))
    with pytest.raises(Conflict):
        operations.close_early(session, scenario, reason="r", actor=owner, now=now)
    world.submitted(scenario)
    operations.close_early(session, scenario, reason="方案已足够", actor=owner, now=now)
    assert now + 5 * DAY < scenario.closes_at < now + 20 * DAY
    assert scenario.questions_close_at == scenario.closes_at
    with pytest.raises(Conflict):
        operations.close_early(session, scenario, reason="r", actor=owner, now=scenario.closes_at - DAY)
    operations.close_due(session, scenario.closes_at)
    assert scenario.status is ScenarioStatus.EVALUATING


def test_a_sealed_scenario_is_not_closed_early(session, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now, sealed=True)
    with pytest.raises(Conflict):
        operations.close_early(session, scenario, reason="r", actor=owner, now=now)


def test_a_question_is_asked_once_for_one_id_and_answered_once(session, owner, chip, opened, now):
    question_id = uuid.uuid4()
    ask = lambda: operations.ask(session, question_id, opened, text="接口？", actor=chip, now=now)  # noqa: E731
    question = ask()
    assert ask() is question
    for text in ("", "长" * 2001):
        with pytest.raises(Invalid):
            operations.ask(session, uuid.uuid4(), opened, text=text, actor=chip, now=now)
    with pytest.raises(WrongState):
        operations.ask(session, uuid.uuid4(), opened, text="晚了", actor=chip, now=opened.questions_close_at)
    operations.answer(session, question, text="CAN FD", actor=owner, now=now)
    with pytest.raises(WrongState):
        operations.answer(session, question, text="又一个", actor=owner, now=now)


def test_only_firms_that_can_answer_are_invited_each_once(session, owner, opened, now):
    firm = OrganizationFactory()
    invite = lambda who, **more: operations.invite_firm(session, opened, who, actor=owner, now=now, **more)  # noqa: E731
    assert invite(firm) is invite(firm)
    own = session.get(type(firm), owner.organization_id)
    for who in (own, OrganizationFactory(unverified=True), OrganizationFactory(anchor=True)):
        with pytest.raises(Invalid):
            invite(who)
    with pytest.raises(Invalid):
        invite(OrganizationFactory(), message="长" * 2001)


def test_auditors_and_system_administrators_do_not_evaluate(session, owner, opened, now):
    for role in ("is_auditor", "is_admin"):
        user = UserFactory(**{role: True})
        invitation = operations.invite_evaluator(session, opened, email=user.email, actor=owner, now=now)
        with pytest.raises(Forbidden):
            operations.accept_invitation(session, invitation, actor=actor_of(user), now=now)
    expert = UserFactory()
    invitation = operations.invite_evaluator(session, opened, email=expert.email, actor=owner, now=now)
    assert operations.invite_evaluator(session, opened, email=expert.email, actor=owner, now=now) is invitation
    operations.accept_invitation(session, invitation, actor=actor_of(expert), now=now)
    assert invitation.status is InvitationStatus.ACCEPTED
    with pytest.raises(WrongState):
        operations.accept_invitation(session, invitation, actor=actor_of(expert), now=now)
    make.close_by_time(opened)
    assert invitation.status is InvitationStatus.ACCEPTED
    with pytest.raises(WrongState):
        operations.invite_evaluator(session, opened, email="late@example.com", actor=owner, now=now)


@pytest.mark.parametrize("written", [" Expert@xn--bcher-kva.example", "expert@BÜCHER.example ", "expert@bücher.test"])
def test_an_invitation_reaches_its_account_however_the_address_is_written(session, owner, opened, now, written):
    expert = UserFactory(email=normal_email(written.strip()))
    invitation = operations.invite_evaluator(session, opened, email=written, actor=owner, now=now)
    assert (invitation.email, invitation.user_id) == (expert.email, expert.id)


def test_what_is_no_address_is_not_invited(session, owner, opened, now):
    with pytest.raises(Invalid) as refused:
        operations.invite_evaluator(session, opened, email="nobody", actor=owner, now=now)
    assert set(refused.value.fields) == {"email"}


def test_a_new_round_copies_everything_but_the_dates(session, owner, reviewer, now):
    scenario = make.unfilled_scenario(owner, reviewer, now)
    following = operations.new_round(session, scenario, actor=owner, now=now)
    session.commit()
    assert operations.new_round(session, scenario, actor=owner, now=now).id == following.id
    fresh, old = queries.get(session, following.id), queries.get(session, scenario.id)
    assert (fresh.round, fresh.previous_id, fresh.status, fresh.closes_at) == (2, scenario.id, ScenarioStatus.DRAFT, None)
    assert [line.name for line in fresh.requirements] == ["工作频率", "功耗"]
    assert not {line.id for line in fresh.requirements} & {line.id for line in old.requirements}


def test_a_draft_is_deleted_and_what_its_former_submission_promised_is_dropped(session, owner, now, worker):
    scenario = make.submitted_scenario(owner, now)
    with pytest.raises(WrongState):
        operations.delete_draft(session, scenario, actor=owner, now=now)
    operations.take_back(session, scenario, actor=owner, now=now)
    operations.delete_draft(session, scenario, actor=owner, now=now)
    worker(now)
    assert queries.get(session, scenario.id) is None
    assert session.scalars(select(Notification)).all() == []
    waiting = select(OutboxEvent.kind).where(OutboxEvent.done_at.is_(None), OutboxEvent.kind.startswith("scenario."))
    assert session.scalars(waiting).all() == []


def test_a_deleted_draft_of_a_new_round_makes_room_for_another(session, owner, reviewer, now):
    scenario = make.unfilled_scenario(owner, reviewer, now)
    following = operations.new_round(session, scenario, actor=owner, now=now)
    operations.delete_draft(session, following, actor=owner, now=now)
    assert operations.new_round(session, scenario, actor=owner, now=now).id != following.id


def test_an_open_scenario_has_no_new_round(session, owner, opened, now):
    with pytest.raises(WrongState):
        operations.new_round(session, opened, actor=owner, now=now)


def test_a_fact_that_nobody_answers_is_an_error(session):
    with pytest.raises(RuntimeError):
        Fact("unknown")(session, uuid.uuid4())


def told(session, user):
    return set(session.scalars(select(Notification.kind).where(Notification.user_id == user)))


def test_whoever_waits_is_told(session, owner, reviewer, chip, now, worker):
    scenario = make.submitted_scenario(owner, now)
    operations.return_to_draft(session, scenario, reason="r", actor=reviewer, now=now)
    operations.submit(session, scenario, actor=owner, now=now)
    operations.approve(session, scenario, actor=reviewer, now=now)
    question = operations.ask(session, uuid.uuid4(), scenario, text="接口？", actor=chip, now=now)
    operations.answer(session, question, text="CAN FD", actor=owner, now=now)
    expert = UserFactory()
    invitation = operations.invite_evaluator(session, scenario, email=expert.email, actor=owner, now=now)
    operations.accept_invitation(session, invitation, actor=actor_of(expert), now=now)
    refused = operations.propose_requirements(session, scenario, rows=rows_of(scenario)[:1], reason="r", actor=owner, now=now)
    operations.return_amendment(session, refused, reason="r", actor=reviewer, now=now)
    changed = operations.propose_requirements(session, scenario, rows=rows_of(scenario)[:1], reason="r", actor=owner, now=now)
    operations.approve_amendment(session, changed, actor=reviewer, now=now)
    operations.extend(session, scenario, closes_at=scenario.closes_at + DAY, reason="r", actor=owner, now=now)
    operations.cancel(session, scenario, reason="r", actor=owner, now=now)
    closing = make.open_scenario(owner, reviewer, now)
    make.close_by_time(closing)
    worker(closing.closes_at)
    kinds = {f"scenario.{kind}" for kind in ("submitted", "amendment_proposed")}
    assert told(session, reviewer.user_id) == kinds
    kinds = ("returned", "approved", "question_asked", "invitation_accepted", "amendment_returned", "amended", "unfilled")
    assert told(session, owner.user_id) == {f"scenario.{kind}" for kind in kinds}
    kinds = ("question_answered", "amended", "extended", "cancelled")
    assert told(session, chip.user_id) == {f"scenario.{kind}" for kind in kinds}
    assert told(session, expert.id) == {f"scenario.{kind}" for kind in ("invited", "amended", "extended", "cancelled")}


def test_somebody_without_an_account_is_asked_by_mail(session, owner, opened, now, worker, mailbox):
    for address in ("expert@example.org", "expert@demo.example"):
        operations.invite_evaluator(session, opened, email=address, actor=owner, now=now, message="请评审")
    worker()
    assert "请评审" in mailbox.text("expert@example.org")
    assert not mailbox.to("expert@demo.example")


ACTIONS = ("submit", "take_back", "return", "approve", "cancel", "close", "fill", "end_unfilled", "finish", "extend", "new_round")


@given(plan=st.lists(st.sampled_from(ACTIONS), max_size=12))
def test_no_sequence_leaves_the_table_of_states(fresh_database, now, plan):
    session = fresh_database()
    owner, reviewer = firm_actor(anchor=True), actor_of(UserFactory(is_reviewer=True))
    scenario, moment = make.draft_scenario(owner, now), now
    calls = {
        "submit": lambda: operations.submit(session, scenario, actor=owner, now=moment),
        "take_back": lambda: operations.take_back(session, scenario, actor=owner, now=moment),
        "return": lambda: operations.return_to_draft(session, scenario, reason="r", actor=reviewer, now=moment),
        "approve": lambda: operations.approve(session, scenario, actor=reviewer, now=moment),
        "cancel": lambda: operations.cancel(session, scenario, reason="r", actor=owner, now=moment),
        "close": lambda: operations.close_due(session, scenario.closes_at),
        "fill": lambda: operations.fill(session, scenario, actor=SYSTEM, now=moment),
        "end_unfilled": lambda: operations.end_unfilled(session, scenario, actor=SYSTEM, now=moment),
        "finish": lambda: operations.finish(session, scenario, actor=SYSTEM, now=moment),
        "extend": lambda: operations.extend(
            session, scenario, closes_at=scenario.closes_at + DAY, reason="r", actor=owner, now=moment
        ),
        "new_round": lambda: operations.new_round(session, scenario, actor=owner, now=moment),
    }
    session.commit()
    for action in plan:
        before = scenario.status
        try:
            calls[action]()
            session.commit()
        except KaijingError:
            session.rollback()
            assert scenario.status is before
            continue
        moves = {row.target for row in SCENARIO.rows for source in row.sources if source is before} | {before}
        assert session.get(Scenario, scenario.id).status in moves
        if action in SCENARIO.actions and action != "close":
            assert SCENARIO.allows(before, action)
