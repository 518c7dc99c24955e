"""What became of each demo scenario, told as stories: generators that yield the moment of their next scene.

The days are those of the catalogue; what lies between them (questions, answers) is spread over the time there was.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.clock import shanghai_day
from app.demo.catalogue import Row
from app.demo.stage import Stage, Story, demo_id
from app.formats import YUAN_PER_WAN
from app.organizations.models import Organization
from app.scenarios import operations
from app.scenarios.content import CriterionRow, RequirementRow
from app.scenarios.models import AwardKind, Confidentiality, Operator, Scenario

CLOSING_HOUR = 18
WITHOUT_DATES = {"draft": -3, "in_review": -2}
EVALUATORS = ("expert@demo.example", "expert2@demo.example")


def tell(stage: Stage, row: Row) -> Story:
    """A scenario from its draft to its opening, and, where it was, its cancellation."""
    session, anchor = stage.session, stage.firm(row["firm"])
    opened = row.get("opened", WITHOUT_DATES.get(row["state"], 0) + 4)
    yield stage.at(opened - 5, 14)
    scenario_id = demo_id("scenario", row["key"])
    draft = operations.create_draft(
        session, scenario_id, organization_id=anchor.organization_id, title=row["title"], actor=anchor, now=stage.at(opened - 5, 14)
    )
    operations.save_draft(session, draft, content_of(stage, row), actor=anchor, now=stage.at(opened - 5, 15))
    if row["state"] == "draft":
        return
    moment = stage.at(opened - 4, 10)
    yield moment
    scenario = operations.submit(session, draft, actor=anchor, now=moment)
    if row["state"] == "in_review":
        return
    moment = stage.at(opened, 9, 30)
    yield moment
    scenario = operations.approve(session, scenario, actor=stage.reviewer, now=moment)
    yield from _invite(stage, row, scenario)
    if row["state"] == "cancelled":
        moment = stage.at(last_open_day(row), 16)
        yield moment
        operations.cancel(session, scenario, reason=row["cancel_reason"], actor=anchor, now=moment)


def _invite(stage: Stage, row: Row, scenario: Scenario) -> Story:
    moment = stage.at(row["opened"], 15)
    yield moment
    anchor = stage.firm(row["firm"])
    if row["confidentiality"] == Confidentiality.INVITED:
        for key in sorted({answer["firm"] for answer in row.get("solutions") or row.get("questions") or ()}):
            firm = stage.session.get_one(Organization, demo_id("organization", key))
            operations.invite_firm(stage.session, scenario, firm, actor=anchor, now=moment)
    for email in EVALUATORS:
        invitation = operations.invite_evaluator(stage.session, scenario, email=email, actor=anchor, now=moment)
        operations.accept_invitation(stage.session, invitation, actor=stage.actor(email), now=moment + timedelta(hours=1))


def ask_and_answer(stage: Stage, row: Row, number: int, question: Row) -> Story:
    """A question in the first days, and its answer two days later, where there is one."""
    opened, end = row["opened"], min(row["closes"] - 6, 0)
    if end <= opened:
        return
    asked = stage.at(opened + 1 + number % max(end - opened - 1, 1), 10, 7 * number)
    yield asked
    scenario = stage.session.get_one(Scenario, demo_id("scenario", row["key"]))
    asker = stage.firm(question["firm"])
    question_id = demo_id("question", row["key"], str(number))
    asked_question = operations.ask(stage.session, question_id, scenario, text=question["text"], actor=asker, now=asked)
    if question["answer"]:
        answered = min(asked + timedelta(days=2), stage.at(row["closes"], 9))
        yield answered
        operations.answer(stage.session, asked_question, text=question["answer"], actor=stage.firm(row["firm"]), now=answered)


def close_at_the_time(stage: Stage, row: Row) -> Story:
    """What the worker does when the closing time has come."""
    moment = closing_time(stage, row) + timedelta(seconds=20)
    yield moment
    operations.close_due(stage.session, moment)


def last_open_day(row: Row) -> int:
    """The last day on which a scenario stands open so far: until today, its closing, or half that time where it was cancelled."""
    last = min(row["closes"], 0)
    return (row["opened"] + last) // 2 + 1 if row["state"] == "cancelled" else int(last)


def closing_time(stage: Stage, row: Row) -> datetime:
    """The closing moment of a scenario, as its firm set it."""
    return stage.at(row["closes"], CLOSING_HOUR)


def content_of(stage: Stage, row: Row) -> dict[str, Any]:
    """What the anchor firm wrote, as the plain values of `scenarios.content`."""
    closes = row.get("closes", 30)
    minimum, maximum = (Decimal(str(wan)) * YUAN_PER_WAN for wan in row["budget_wan"]) if row["budget_wan"] else (None, None)
    return {
        "title": row["title"],
        "public_title": row["public_title"],
        "domain_code": row["domain"],
        "area_code": row["area"],
        "tracks": row["tracks"],
        "background": row["background"].strip(),
        "need": row["need"].strip(),
        "benefit": row["benefit"].strip(),
        "award_kind": AwardKind(row["award_kind"]),
        "award_places": row["award_places"],
        "budget_min": minimum,
        "budget_max": maximum,
        "ip_terms": row["ip_terms"],
        "confidentiality": Confidentiality(row["confidentiality"]),
        "sealed": row["sealed"],
        "questions_close_at": stage.at(closes - 5, CLOSING_HOUR),
        "closes_at": stage.at(closes, CLOSING_HOUR),
        "delivery_by": shanghai_day(stage.at(closes + row["delivery_days"])),
        "requirements": list(_requirements(row["requirements"])),
        "criteria": [CriterionRow(criterion["name"], criterion["weight"]) for criterion in row["criteria"]],
    }


def _requirements(lines: Iterable[Row]) -> Iterable[RequirementRow]:
    for line in lines:
        yield RequirementRow(
            name=line["name"],
            operator=Operator(line["operator"]),
            value=str(line["value"]),
            unit=line.get("unit") or "",
            must=line["must"],
            weight=line["weight"],
            test_method=line.get("test") or "",
        )
