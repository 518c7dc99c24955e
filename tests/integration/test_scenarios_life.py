"""A scenario's life from draft to the end, through the operations."""

from datetime import timedelta

import pytest

import app.solutions.queries  # noqa: F401

from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WrongState
from app.scenarios import content, operations, queries
from app.scenarios.models import AmendmentStatus, ScenarioStatus
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import firm_actor


@pytest.fixture
def owner(session):
    return firm_actor(anchor=True)


@pytest.fixture
def reviewer(session):
    return actor_of(UserFactory(is_reviewer=True))


def test_a_complete_draft_is_submitted_approved_and_closed_by_time(session, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now)
    assert scenario.number.startswith("S-")
    assert scenario.status is ScenarioStatus.OPEN
    assert operations.close_due(session, now) == 0
    assert operations.close_due(session, scenario.closes_at) == 1
    assert scenario.status is ScenarioStatus.UNFILLED
    session.commit()


def test_changed_requirements_wait_for_a_reviewer_and_move_the_closing(session, owner, reviewer, now):
    scenario = make.open_scenario(
        owner, reviewer, now, closes_at=now + timedelta(days=2), questions_close_at=now + timedelta(days=1)
    )
    before = [content.requirement_row(line) for line in scenario.requirements]
    rows = [before[0], content.RequirementRow("通道数", value="3")]
    amendment = operations.propose_requirements(session, scenario, rows=rows, reason="天线改版", actor=owner, now=now)
    closes_at = scenario.closes_at
    operations.approve_amendment(session, amendment, actor=reviewer, now=now)
    session.commit()
    assert amendment.status is AmendmentStatus.APPLIED
    fresh = queries.get(session, scenario.id)
    assert [line.name for line in fresh.requirements] == ["工作频率", "通道数"]
    assert fresh.requirements[0].id == before[0].id
    assert fresh.closes_at > closes_at + timedelta(days=2)
    assert "closes_at" in amendment.changes


def test_a_new_round_copies_everything_but_the_dates(session, owner, reviewer, now):
    scenario = make.unfilled_scenario(owner, reviewer, now)
    following = operations.new_round(session, scenario, actor=owner, now=now)
    session.commit()
    again = operations.new_round(session, scenario, actor=owner, now=now)
    assert again.id == following.id
    fresh = queries.get(session, following.id)
    assert (fresh.round, fresh.previous_id, fresh.status, fresh.closes_at) == (2, scenario.id, ScenarioStatus.DRAFT, None)
    assert [line.name for line in fresh.requirements] == ["工作频率", "功耗"]
    assert not {line.id for line in fresh.requirements} & {line.id for line in queries.get(session, scenario.id).requirements}
