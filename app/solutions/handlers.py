"""What follows from events: outdated answers, and people told. Before the closing time only the firm itself hears of an answer."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.errors import Text
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify
from app.organizations.queries import member_ids
from app.outbox.registry import Event, handles
from app.scenarios.models import Amendment, AmendmentKind, Scenario, ScenarioStatus
from app.solutions import operations, queries
from app.solutions.models import Solution

GROUP = _l("Solutions")


def _kind(code: str, label: Text, title: Text, body: Text) -> Kind:
    return Kind(f"solution.{code}", GROUP, label, title, body)


declare(
    _kind(
        "submitted",
        _l("My firm's solution was submitted"),
        _l("Receipt: %(title)s"),
        _l("Version %(version)s of your solution to “%(title)s” was submitted at %(submitted_at)s. SHA-256: %(sha256)s"),
    ),
    _kind(
        "withdrawn",
        _l("My firm's solution was withdrawn"),
        _l("Solution withdrawn: %(title)s"),
        _l("Your firm has withdrawn its solution to “%(title)s”."),
    ),
    _kind(
        "outdated",
        _l("Requirements changed after my firm's submission"),
        _l("Check your solution: %(title)s"),
        _l("The requirements of “%(title)s” have changed. Your solution stays submitted as it is; submit a new version if needed."),
    ),
    _kind(
        "scenario_changed",
        _l("A scenario that my firm answers has changed"),
        _l("Changed: %(title)s"),
        _l("The scenario “%(title)s”, which your firm answers, has changed: %(reason)s"),
    ),
    _kind(
        "scenario_cancelled",
        _l("A scenario that my firm answers was withdrawn"),
        _l("Withdrawn: %(title)s"),
        _l("The scenario “%(title)s”, which your firm answers, was withdrawn: %(reason)s"),
    ),
    _kind(
        "to_evaluate",
        _l("Solutions wait for my evaluation"),
        _l("To evaluate: %(title)s"),
        _l("The scenario “%(title)s” has closed. Its solutions wait for your evaluation."),
    ),
    _kind(
        "shortlisted",
        _l("My firm's solution is on the short list"),
        _l("Shortlisted: %(title)s"),
        _l("Your solution to “%(title)s” is on the short list."),
    ),
    _kind(
        "declined",
        _l("My firm's solution was declined"),
        _l("Declined: %(title)s"),
        _l("Your solution to “%(title)s” was declined: %(reason)s"),
    ),
    _kind(
        "passed_over",
        _l("My firm's solution was not chosen"),
        _l("Not chosen: %(title)s"),
        _l("The selection for “%(title)s” has ended without choosing your solution."),
    ),
)


def _tell(session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID], path: str, **params: Any) -> None:
    notify(session, people, kind=f"solution.{kind}", event_key=event.key, params=params, path=path, at=event.created_at, now=now)


def _tell_firm(session: Session, event: Event, now: datetime, kind: str, **params: Any) -> None:
    solution = queries.get_solution(session, event.uuid("solution_id"))
    if solution is not None:
        _tell_firm_of(session, event, now, kind, solution, solution.scenario, **params)


def _tell_firm_of(
    session: Session, event: Event, now: datetime, kind: str, solution: Solution, scenario: Scenario, **params: Any
) -> None:
    people = member_ids(session, solution.organization_id)
    _tell(session, event, now, kind, people, f"/solutions/{solution.id}", title=scenario.title, **params)


@handles("solution.submitted")
def tell_of_receipt(session: Session, event: Event, now: datetime) -> None:
    """The firm has its receipt."""
    version = queries.version_of(session, event.uuid("solution_id"), event.payload["version"])
    if version is not None and version.submitted_at is not None:
        receipt = {"version": version.number, "submitted_at": version.submitted_at.isoformat(), "sha256": version.sha256}
        _tell_firm(session, event, now, "submitted", **receipt)


@handles("solution.withdrawn", "solution.shortlisted", "solution.passed_over")
def tell_of_state(session: Session, event: Event, now: datetime) -> None:
    """The firm's members learn what became of their answer."""
    _tell_firm(session, event, now, event.kind.removeprefix("solution."))


@handles("solution.declined")
def tell_of_decline(session: Session, event: Event, now: datetime) -> None:
    """The firm reads why."""
    _tell_firm(session, event, now, "declined", reason=session.get_one(Solution, event.uuid("solution_id")).decline_reason)


@handles("scenario.amended", "scenario.extended")
def follow_amendment(session: Session, event: Event, now: datetime) -> None:
    """Changed requirements mark submitted answers as outdated; whoever answers learns of any change."""
    amendment = session.get_one(Amendment, event.uuid("amendment_id"))
    scenario = session.get_one(Scenario, amendment.scenario_id)
    outdated = set()
    if amendment.kind is AmendmentKind.REQUIREMENTS:
        changed_at = amendment.decided_at or now
        outdated = {row.id for row in operations.flag_outdated(session, scenario.id, changed_at=changed_at, now=now)}
    for solution in queries.live_solutions(session, scenario.id):
        kind = "outdated" if solution.id in outdated else "scenario_changed"
        _tell_firm_of(session, event, now, kind, solution, scenario, reason=amendment.reason)


@handles("scenario.cancelled")
def tell_of_cancellation(session: Session, event: Event, now: datetime) -> None:
    """Every firm that answers learns that the scenario was withdrawn."""
    scenario = session.get_one(Scenario, event.uuid("scenario_id"))
    for solution in queries.live_solutions(session, scenario.id):
        _tell_firm_of(session, event, now, "scenario_cancelled", solution, scenario, reason=scenario.cancel_reason)


@handles("scenario.closed")
def tell_evaluators(session: Session, event: Event, now: datetime) -> None:
    """Evaluators have solutions to judge."""
    if event.payload["status"] == ScenarioStatus.EVALUATING:
        scenario = session.get_one(Scenario, event.uuid("scenario_id"))
        people = queries.evaluators_of(session, scenario.id)
        _tell(session, event, now, "to_evaluate", people, "/solutions/evaluations", title=scenario.title)
