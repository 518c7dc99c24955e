"""Scenarios in every state, reached through the real operations."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.actor import Actor
from app.clock import SHANGHAI
from app.extensions import db
from app.scenarios import operations
from app.scenarios.content import CriterionRow, RequirementRow
from app.scenarios.models import AwardKind, Confidentiality, Operator, Scenario


def scenario_values(now: datetime, **changes: Any) -> dict[str, Any]:
    """A complete content: open for twenty days, questions for ten."""
    closes_at = (now + timedelta(days=20)).astimezone(SHANGHAI)
    return {
        "title": "77 GHz 前向毫米波雷达收发芯片国产验证",
        "public_title": "车载毫米波雷达收发芯片验证",
        "domain_code": "iov",
        "area_code": "dushu",
        "tracks": ["design"],
        "background": "现用进口收发芯片交期超过 40 周。",
        "need": "寻找 76～81 GHz 单芯片收发方案。",
        "benefit": "首批 2 万套。",
        "award_kind": AwardKind.JOINT_RD,
        "award_places": 1,
        "budget_min": Decimal(500000),
        "budget_max": Decimal(2000000),
        "ip_terms": "双方共有",
        "confidentiality": Confidentiality.PUBLIC,
        "sealed": False,
        "questions_close_at": now + timedelta(days=10),
        "closes_at": closes_at,
        "delivery_by": closes_at.date() + timedelta(days=200),
        "requirements": [
            RequirementRow("工作频率", Operator.COVERS, "76~81", "GHz", True, 60, "第三方报告"),
            RequirementRow("功耗", Operator.AT_MOST, "2", "W", False, 40, "装车实测"),
        ],
        "criteria": [CriterionRow("指标符合性", 60), CriterionRow("成本与交付", 40)],
        **changes,
    }


def draft_scenario(owner: Actor, now: datetime, **changes: Any) -> Scenario:
    """A complete draft of the firm that `owner` acts for."""
    session = db.session()
    values = scenario_values(now, **changes)
    scenario = operations.create_draft(
        session, uuid.uuid4(), organization_id=owner.organization_id, title=values["title"], actor=owner, now=now
    )
    return operations.save_draft(session, scenario, values, actor=owner, now=now)


def submitted_scenario(owner: Actor, now: datetime, **changes: Any) -> Scenario:
    """A scenario that waits for its review."""
    return operations.submit(db.session(), draft_scenario(owner, now, **changes), actor=owner, now=now)


def open_scenario(owner: Actor, reviewer: Actor, now: datetime, **changes: Any) -> Scenario:
    """An open scenario."""
    return operations.approve(db.session(), submitted_scenario(owner, now, **changes), actor=reviewer, now=now)


def close_by_time(scenario: Scenario) -> Scenario:
    """Let the scenario's closing time come: to evaluating with submissions, else to unfilled."""
    assert scenario.closes_at is not None
    operations.close_due(db.session(), scenario.closes_at)
    return scenario


def unfilled_scenario(owner: Actor, reviewer: Actor, now: datetime, **changes: Any) -> Scenario:
    """A scenario that closed without a submission."""
    return close_by_time(open_scenario(owner, reviewer, now, **changes))
