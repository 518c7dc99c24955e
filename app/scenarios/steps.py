"""A scenario's state as a line of steps with dates, as its page shows it."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.scenarios.models import Scenario, ScenarioStatus

S = ScenarioStatus
# how many steps are behind a scenario in each state
BEHIND = {S.DRAFT: 0, S.IN_REVIEW: 0, S.OPEN: 1, S.EVALUATING: 3, S.MATCHED: 5, S.CLOSED: 6}


def steps_of(scenario: Scenario, now: datetime) -> list[dict[str, Any]]:
    """Rows of label, moment and state (`done`, `now` or nothing). One that ended otherwise shows where it ended."""
    if scenario.status in {S.CANCELLED, S.UNFILLED}:
        return _ended(scenario)
    names = (
        (_l("In review") if scenario.status is S.IN_REVIEW else _l("Reviewed"), scenario.opened_at),
        (_l("Open for solutions"), scenario.opened_at),
        (_l("Closing"), scenario.closes_at),
        (_l("Evaluation"), None),
        (_l("Notice and approval"), None),
        (_l("Establishment"), scenario.selection_ended_at),
    )
    behind = BEHIND[scenario.status]
    if scenario.status is S.OPEN and not scenario.accepts_solutions(now):
        behind = BEHIND[S.EVALUATING]
    return [
        {"label": label, "at": at, "state": "done" if place < behind else "now" if place == behind else ""}
        for place, (label, at) in enumerate(names)
    ]


def _ended(scenario: Scenario) -> list[dict[str, Any]]:
    rows = [{"label": _l("Reviewed"), "at": scenario.opened_at, "state": "done"}]
    if scenario.status is S.CANCELLED:
        return [*rows, {"label": _l("Withdrawn by the firm"), "at": scenario.cancelled_at, "state": "now"}]
    rows.append({"label": _l("Closing"), "at": scenario.closes_at, "state": "done"})
    if scenario.selection_ended_at is not None:
        rows.append({"label": _l("Evaluation"), "at": None, "state": "done"})
    return [*rows, {"label": _l("No award"), "at": scenario.selection_ended_at, "state": "now"}]
