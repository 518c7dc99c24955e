"""What became of each demo solution until the closing time, and how it was judged after it."""

from datetime import datetime
from decimal import Decimal

from app.demo.catalogue import Row
from app.demo.scenario_stories import EVALUATORS, last_open_day
from app.demo.stage import Stage, Story, demo_id
from app.formats import YUAN_PER_WAN
from app.scenarios.models import Scenario
from app.scenarios.queries import lock_scenario
from app.solutions import operations
from app.solutions.models import ComplianceStatus, Solution

UNSUBMITTED = ("draft", "withdrawn")


def solution_of(stage: Stage, row: Row, answer: Row) -> Solution:
    """The record of a solution that was started."""
    return stage.session.get_one(Solution, demo_id("solution", row["key"], answer["firm"]))


def submit(stage: Stage, row: Row, answer: Row, share: float) -> Story:
    """A firm writes its answer and submits it, after this share of the time that the scenario stood open (or has so far)."""
    session, firm = stage.session, stage.firm(answer["firm"])
    opened, end = row["opened"], last_open_day(row)
    begun = stage.at(opened, 13) + (stage.at(end, 8) - stage.at(opened, 13)) * share * 0.8
    yield begun
    scenario = session.get_one(Scenario, demo_id("scenario", row["key"]))
    solution = operations.start_solution(
        session,
        scenario,
        solution_id=demo_id("solution", row["key"], answer["firm"]),
        organization_id=firm.organization_id,
        actor=firm,
        now=begun,
    )
    written = begun + (stage.at(end, 8) - begun) * 0.5
    yield written
    operations.save_draft(session, solution, _content(stage, row, answer), actor=firm, now=written)
    if answer["outcome"] == "draft":
        return
    submitted = begun + (stage.at(end, 8) - begun) * 0.8
    yield submitted
    operations.submit_solution(session, solution, actor=firm, now=submitted)
    if answer["outcome"] == "withdrawn":
        withdrawn = begun + (stage.at(end, 8) - begun) * 0.95
        yield withdrawn
        operations.withdraw(session, solution, actor=firm, now=withdrawn)


def judge(stage: Stage, row: Row, answer: Row, evaluator: int, moment: datetime) -> Story:
    """One evaluator scores the solution at this moment; the second one sees it a little differently from the first."""
    if answer["outcome"] in UNSUBMITTED or "scores" not in answer:
        return
    yield moment
    solution = solution_of(stage, row, answer)
    criteria = lock_scenario(stage.session, solution.scenario_id).criteria
    shift = (-2, 3)[evaluator]
    scores = [
        operations.Score(criterion.id, max(0, min(100, score + shift * (1 if number % 2 else -1))), comment)
        for number, (criterion, score, comment) in enumerate(zip(criteria, answer["scores"], answer["comments"], strict=True))
    ]
    actor = stage.actor(EVALUATORS[evaluator])
    operations.evaluate(stage.session, solution, conflict=False, scores=scores, actor=actor, now=moment)


def _content(stage: Stage, row: Row, answer: Row) -> operations.Changes:
    requirements = lock_scenario(stage.session, demo_id("scenario", row["key"])).requirements
    return {
        "summary": answer["summary"].strip(),
        "approach": answer["approach"].strip(),
        "schedule": answer["schedule"].strip(),
        "team": answer["team"].strip(),
        "price": Decimal(str(answer["price_wan"])) * YUAN_PER_WAN,
        "local_new": answer["local_new"],
        "products": [demo_id("product", key) for key in answer["products"]],
        "compliance": [
            operations.Answer(requirement.id, *_response(text))
            for requirement, text in zip(requirements, answer["compliance"], strict=True)
        ],
    }


def _response(text: str) -> tuple[ComplianceStatus, str, str]:
    status, value, evidence = (part.strip() for part in text.split("|", 2))
    return ComplianceStatus(status), value, evidence
