"""What became of each demo solution after the closing time: judged, declined or selected, matched, and made a project."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.clock import shanghai_day
from app.demo.catalogue import Row
from app.demo.scenario_stories import EVALUATORS, closing_time
from app.demo.solution_stories import judge, solution_of
from app.demo.stage import Stage, Story, demo_id
from app.matching import operations as matching
from app.matching.models import Match
from app.projects import operations as projects
from app.projects.models import Project
from app.projects.queries import of_match
from app.solutions import operations as solutions

# days after the closing time; a scenario that is still being evaluated has fewer of them, and the pace is quicker
JUDGED, SHORTLISTED, SELECTED, CONFIRMED, REVIEWED, DECLINED, APPROVED = 3, 6, 8, 9, 10, 13, 22
UNHURRIED, LAPSED_PACE = 24, 0.1
WAITING_SINCE = -3  # on which day a match that nobody has confirmed yet was proposed at the earliest: well within its deadline
SHORTLISTED_OUTCOMES = ("shortlisted", "approved", "proposed", "confirmed", "noticed", "lapsed", "declined_by_firm", "rejected")
MATCHED_OUTCOMES = SHORTLISTED_OUTCOMES[1:]
ENDED_OUTCOMES = ("lapsed", "declined_by_firm", "rejected")
REQUEST_BEFORE_ACCEPTANCE = 6
NO_MILESTONE_LATER_THAN = 9
FIRM_DECLINES = "产能已排满，无法在要求的时间内交付，谢谢贵方的认可。"


def stories(stage: Stage, row: Row, answers: Sequence[Row]) -> Iterable[Story]:
    """All stories of a scenario's solutions after the closing time."""
    if row["closes"] >= 0:
        return
    for answer in answers:
        pace = _pace(row, answer)
        # what nobody has decided on yet waits for the scores of the first evaluator
        for evaluator in range(answer["outcome"] == "submitted", len(EVALUATORS)):
            yield judge(stage, row, answer, evaluator, _day(stage, row, JUDGED + evaluator, pace, 11))
        if answer["outcome"] == "declined":
            yield _decline(stage, row, answer, pace)
        elif answer["outcome"] in SHORTLISTED_OUTCOMES:
            yield _shortlist(stage, row, answer, pace)
    in_vain = sum(answer["outcome"] in ENDED_OUTCOMES for answer in answers)
    for number, answer in enumerate(answer for answer in answers if answer["outcome"] in MATCHED_OUTCOMES):
        # who was chosen after a match in vain was chosen two days later
        delay = 0 if answer["outcome"] in ENDED_OUTCOMES else 2 * in_vain
        yield _match(stage, row, answer, _pace(row, answer), number, delay)


def _pace(row: Row, answer: Row) -> float:
    """How much of an unhurried day a day lasts: less where the scenario closed only lately."""
    if answer["outcome"] == "lapsed":
        return LAPSED_PACE  # chosen at once, so that its deadline of ten working days has passed since
    return min(1.0, float(-row["closes"]) / UNHURRIED)


def _day(stage: Stage, row: Row, after: float, pace: float, hour: int) -> datetime:
    """A moment so many days of this pace after the closing time: at this hour of the day, as long as there are whole days."""
    if pace == 1.0:
        return stage.at(row["closes"] + after, hour)
    return closing_time(stage, row) + timedelta(hours=1) + timedelta(days=after) * pace * 0.9


def _decline(stage: Stage, row: Row, answer: Row, pace: float) -> Story:
    moment = _day(stage, row, DECLINED, pace, 11)
    yield moment
    reason = answer["decline_reason"]
    solutions.decline(stage.session, solution_of(stage, row, answer), reason=reason, actor=stage.firm(row["firm"]), now=moment)


def _shortlist(stage: Stage, row: Row, answer: Row, pace: float) -> Story:
    moment = _day(stage, row, SHORTLISTED, pace, 15)
    yield moment
    solutions.shortlist(stage.session, solution_of(stage, row, answer), actor=stage.firm(row["firm"]), now=moment)


def _match(stage: Stage, row: Row, answer: Row, pace: float, number: int, delay: int) -> Story:
    outcome, anchor, firm = answer["outcome"], stage.firm(row["firm"]), stage.firm(answer["firm"])
    moment = _day(stage, row, SELECTED + delay, pace, 10 + number)
    if outcome == "proposed":
        moment = max(moment, stage.at(WAITING_SINCE, 10 + number))
    yield moment
    match = matching.select_solution(stage.session, solution_of(stage, row, answer), actor=anchor, now=moment)
    if outcome == "lapsed":
        yield match.confirm_by
        matching.lapse_due(stage.session, match.confirm_by)
    if outcome in {"proposed", "lapsed"}:
        return
    moment = _day(stage, row, CONFIRMED + delay, pace, 9 + number)
    yield moment
    if outcome == "declined_by_firm":
        matching.decline(stage.session, match, reason=FIRM_DECLINES, actor=firm, now=moment)
        return
    match = matching.confirm(stage.session, match, actor=firm, now=moment)
    if outcome != "confirmed":
        yield from _review(stage, row, answer, match, pace, delay)


def _review(stage: Stage, row: Row, answer: Row, match: Match, pace: float, delay: int) -> Story:
    moment = _day(stage, row, REVIEWED + delay, pace, 14)
    yield moment
    if answer["outcome"] == "rejected":
        matching.reject(stage.session, match, reason=answer["decline_reason"], actor=stage.reviewer, now=moment)
        return
    match = matching.review(stage.session, match, local_new=answer["local_new"], actor=stage.reviewer, now=moment)
    if answer["outcome"] == "noticed" or match.notice_ends_at is None:
        return
    moment = max(match.notice_ends_at + timedelta(hours=10), stage.at(row["closes"] + APPROVED, 10))
    yield moment
    matching.approve(stage.session, match, actor=stage.approver, now=moment)
    project = of_match(stage.session, match.id)
    if project is not None:
        yield from _project(stage, row, answer, project, moment)


def _project(stage: Stage, row: Row, answer: Row, project: Project, approved: datetime) -> Story:
    plan, firm, anchor = answer["project"], stage.firm(answer["firm"]), stage.firm(row["firm"])
    accepted = stage.at(plan["accepted"], 15) if plan["status"] == "accepted" else None
    last = accepted - timedelta(days=NO_MILESTONE_LATER_THAN) if accepted else stage.now
    moment = approved + timedelta(days=1)
    yield moment
    milestones = []
    for number, step in enumerate(plan["milestones"]):
        due = approved + timedelta(days=step["after_days"])
        milestone_id = demo_id("milestone", row["key"], answer["firm"], str(number))
        milestones.append(
            projects.add_milestone(
                stage.session, project, milestone_id, name=step["name"], due_on=shanghai_day(due), actor=anchor, now=moment
            )
        )
    for milestone, step in zip(milestones, plan["milestones"], strict=True):
        if not step.get("evidence"):
            continue
        moment = max(moment + timedelta(hours=2), min(approved + timedelta(days=step["after_days"] - 2), last))
        yield moment
        projects.submit_milestone(stage.session, milestone, evidence=step["evidence"], actor=firm, now=moment)
        moment += timedelta(days=1)
        yield moment
        projects.accept_milestone(stage.session, milestone, actor=anchor, now=moment)
    if plan["status"] == "active":
        return
    moment = accepted - timedelta(days=REQUEST_BEFORE_ACCEPTANCE) if accepted else max(moment, stage.at(-4, 11))
    yield moment
    projects.request_acceptance(stage.session, project, actor=firm, now=moment)
    if accepted:
        yield accepted
        projects.accept(stage.session, project, local_new=plan["local_new"], actor=stage.approver, now=accepted)
