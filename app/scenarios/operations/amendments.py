"""Changing an open scenario: wording and later deadlines at once, earlier ones with notice, requirement lines after a review."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import SYSTEM, Actor
from app.audit import operations as audit
from app.clock import end_of_day, shanghai_day
from app.errors import Conflict, check_reason, collecting, require_fresh, require_visible
from app.outbox import operations as outbox
from app.scenarios import content, facts, policy, queries
from app.scenarios.content import RequirementRow
from app.scenarios.models import Amendment, AmendmentKind, AmendmentStatus, Operator, RequirementLine, Scenario, ScenarioStatus
from app.scenarios.operations.guards import lock_for_firm, lock_for_reviewer, require_open
from app.scenarios.transitions import AMENDMENT
from app.taxonomy.operations import next_number
from app.taxonomy.queries import add_working_days, setting
from app.taxonomy.settings import NOTICE_WORKING_DAYS

Changes = dict[str, list[Any]]  # field (or `requirements`): its values before and after


def clarify(
    session: Session,
    scenario: Scenario,
    *,
    texts: Mapping[str, str],
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Amendment:
    """Make the wording of an open scenario clearer (`background`, `need`, `benefit`); it holds at once.

    Raises Stale, and Invalid when nothing changes.
    """
    scenario = _lock_open(session, scenario, actor, now, version)
    check_reason(reason)
    changed = {name: texts[name] for name in content.TEXTS if name in texts and texts[name] != getattr(scenario, name)}
    with collecting() as problems:
        content.check_texts(problems, changed)
        if not changed:
            problems.add("", _l("Nothing has changed."))
        if "need" in changed and not changed["need"]:
            problems.add("need", _l("This is needed before submission."))
    return _apply(session, scenario, AmendmentKind.CLARIFICATION, changed, reason=reason, actor=actor, now=now)


def extend(
    session: Session,
    scenario: Scenario,
    *,
    closes_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
    questions_close_at: datetime | None = None,
    delivery_by: date | None = None,
    version: int | None = None,
) -> Amendment:
    """Move the closing time of an open scenario to a later moment, and with it, if given, the end of questions and the delivery.

    It holds at once. Raises Stale, and Invalid for a date that is not later, or an order that cannot be.
    """
    scenario = _lock_open(session, scenario, actor, now, version)
    check_reason(reason)
    questions = questions_close_at or scenario.questions_close_at
    delivery = delivery_by or scenario.delivery_by
    with collecting() as problems:
        if scenario.closes_at is None or closes_at <= scenario.closes_at:
            problems.add("closes_at", _l("The new closing time must be later than the present one."))
        if questions is None or questions > closes_at:
            problems.add("questions_close_at", _l("Questions cannot end after the closing time."))
        elif scenario.questions_close_at and questions < scenario.questions_close_at:
            problems.add("questions_close_at", _l("A deadline only moves to a later time."))
        if delivery is None or delivery <= shanghai_day(closes_at):
            problems.add("delivery_by", _l("Delivery comes after the closing time."))
    changes = {"closes_at": closes_at, "questions_close_at": questions, "delivery_by": delivery}
    return _apply(session, scenario, AmendmentKind.EXTENSION, changes, reason=reason, actor=actor, now=now)


def close_early(session: Session, scenario: Scenario, *, reason: str, actor: Actor, now: datetime) -> Amendment:
    """Bring the closing time forward to the end of the notice period (at once where that is 0 days); questions end no later.

    Raises Conflict for a sealed scenario, where nothing was submitted, and where the scenario closes sooner anyway.
    """
    scenario = _lock_open(session, scenario, actor, now, None)
    if scenario.sealed:
        raise Conflict(_l("A sealed scenario is not closed early."))
    if not facts.has_submissions(session, scenario.id):
        raise Conflict(_l("Nothing has been submitted yet: the scenario stays open."))
    closes_at = notice_end(session, now)
    if scenario.closes_at is None or scenario.questions_close_at is None or closes_at >= scenario.closes_at:
        raise Conflict(_l("The scenario closes before the notice period would be over."))
    check_reason(reason)
    changes = {"closes_at": closes_at, "questions_close_at": min(scenario.questions_close_at, closes_at)}
    return _apply(session, scenario, AmendmentKind.EARLY_CLOSING, changes, reason=reason, actor=actor, now=now)


def notice_end(session: Session, now: datetime) -> datetime:
    """When a change that is announced now may take effect: at the end of the last working day of the notice period."""
    days = setting(session, NOTICE_WORKING_DAYS)
    return end_of_day(add_working_days(session, shanghai_day(now), days)) if days else now


def propose_requirements(
    session: Session,
    scenario: Scenario,
    *,
    rows: list[RequirementRow],
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Amendment:
    """Ask for changed requirement lines: the scenario stays open as it is until a reviewer has approved them.

    A row without an id is a new line; a line without a row is taken out. Raises Conflict while another proposal waits, Stale, and
    Invalid for an incomplete table or one that changes nothing.
    """
    scenario = _lock_open(session, scenario, actor, now, version)
    if queries.pending_amendment(session, scenario.id) is not None:
        raise Conflict(_l("A change of the requirements waits for its review already."))
    check_reason(reason)
    known = {line.id for line in scenario.requirements}
    rows = [row if row.id in known else RequirementRow(**{**vars(row), "id": uuid.uuid4()}) for row in rows]
    changes = {"requirements": [_stored(content.requirement_row(line) for line in scenario.requirements), _stored(rows)]}
    with collecting() as problems:
        content.check_rows(problems, rows)
        content.check_complete_rows(problems, rows)
        if changes["requirements"][0] == changes["requirements"][1]:
            problems.add("requirements", _l("Nothing has changed."))
    amendment = _new(session, scenario, AmendmentKind.REQUIREMENTS, changes, reason=reason, actor=actor, now=now)
    audit.record(session, "scenario.amendment_proposed", amendment, actor=actor, now=now, after={"changes": changes})
    outbox.emit(
        session, "scenario.amendment_proposed", str(amendment.id), now=now, scenario_id=scenario.id, amendment_id=amendment.id
    )
    return amendment


def approve_amendment(session: Session, amendment: Amendment, *, actor: Actor, now: datetime) -> Amendment:
    """Put changed requirement lines in force: closing moves until at least the notice period away, delivery stays behind it.

    Raises WrongState for an amendment that does not wait, or a scenario that is not open any more.
    """
    scenario, amendment = _lock_pending(session, amendment, actor)
    AMENDMENT.require(amendment, "approve")
    require_open(scenario, now)
    times = _times_after_notice(session, scenario, now)
    amendment.changes = amendment.changes | _changes(scenario, times)
    put_requirements(scenario, amendment.changes["requirements"][1])
    content.put(session, scenario, times)
    scenario.updated_at = now
    AMENDMENT.move(amendment, "approve")
    amendment.decided_by, amendment.decided_at = actor.user_id, now
    _announce(session, scenario, amendment, "scenario.amendment_approved", actor=actor, now=now)
    session.flush()
    session.expire(scenario, ["requirements"])
    return amendment


def return_amendment(session: Session, amendment: Amendment, *, reason: str, actor: Actor, now: datetime) -> Amendment:
    """Refuse changed requirement lines with a reason; the scenario stays as it is."""
    scenario, amendment = _lock_pending(session, amendment, actor)
    AMENDMENT.require(amendment, "return")
    check_reason(reason)
    AMENDMENT.move(amendment, "return")
    amendment.decided_by, amendment.decided_at, amendment.decision_reason = actor.user_id, now, reason
    audit.record(session, "scenario.amendment_returned", amendment, actor=actor, now=now, after={"reason": reason})
    ids: dict[str, Any] = {"scenario_id": scenario.id, "amendment_id": amendment.id}
    outbox.emit(session, "scenario.amendment_returned", str(amendment.id), now=now, **ids)
    return amendment


def end_pending(session: Session, scenario: Scenario, *, because: ScenarioStatus, now: datetime) -> None:
    """Return an amendment that still waits when its scenario ends; the reason kept is the state that the scenario is in then."""
    amendment = queries.pending_amendment(session, scenario.id)
    if amendment is None:
        return
    AMENDMENT.move(amendment, "end")
    amendment.decided_at, amendment.decision_reason = now, because.value
    audit.record(session, "scenario.amendment_ended", amendment, actor=SYSTEM, now=now, after={"because": because})


def put_requirements(scenario: Scenario, rows: list[dict[str, Any]]) -> None:
    """Write an amendment's rows into the lines. One that is taken out is retired, not deleted: solutions have answered it."""
    lines = {str(line.id): line for line in scenario.requirements}
    for position, row in enumerate(rows, 1):
        line = lines.pop(row["id"], None)
        if line is None:
            line = RequirementLine(id=uuid.UUID(row["id"]))
            scenario.requirements.append(line)
        for name in ("name", "value", "unit", "must", "weight", "test_method"):
            setattr(line, name, row[name])
        line.operator = Operator(row["operator"])
        line.position = position
    for line in lines.values():
        line.retired = True


def _lock_open(session: Session, scenario: Scenario, actor: Actor, now: datetime, version: int | None) -> Scenario:
    scenario = lock_for_firm(session, scenario.id, actor)
    require_open(scenario, now)
    require_fresh(scenario.version, version)
    return scenario


def _lock_pending(session: Session, amendment: Amendment, actor: Actor) -> tuple[Scenario, Amendment]:
    scenario = queries.lock_scenario(session, amendment.scenario_id)
    require_visible(policy.can_see_amendment(session, actor, scenario, amendment))
    scenario = lock_for_reviewer(session, scenario.id, actor)
    return scenario, queries.lock_amendment(session, amendment.id)


def _times_after_notice(session: Session, scenario: Scenario, now: datetime) -> dict[str, Any]:
    """Closing time and delivery as they must be at least, for firms to have the notice period to answer changed lines."""
    earliest = notice_end(session, now)
    if scenario.closes_at is None or scenario.delivery_by is None or scenario.closes_at >= earliest:
        return {}
    moved = shanghai_day(earliest) - shanghai_day(scenario.closes_at)
    late = scenario.delivery_by <= shanghai_day(earliest)
    return {"closes_at": earliest, "delivery_by": scenario.delivery_by + moved if late else scenario.delivery_by}


def _changes(scenario: Scenario, values: Mapping[str, Any]) -> Changes:
    return {
        name: [_plain(getattr(scenario, name)), _plain(value)] for name, value in values.items() if value != getattr(scenario, name)
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _stored(rows: Any) -> list[dict[str, Any]]:
    return [{**vars(row), "id": str(row.id), "operator": row.operator.value} for row in rows]


def _new(
    session: Session, scenario: Scenario, kind: AmendmentKind, changes: Changes, *, reason: str, actor: Actor, now: datetime
) -> Amendment:
    at_once = kind is not AmendmentKind.REQUIREMENTS
    amendment = Amendment(
        id=uuid.uuid4(),
        number=next_number(session, "A", shanghai_day(now)),
        scenario_id=scenario.id,
        kind=kind,
        status=AmendmentStatus.APPLIED if at_once else AMENDMENT.initial,
        changes=changes,
        reason=reason,
        proposed_by=actor.user_id,
        proposed_at=now,
        decided_at=now if at_once else None,
    )
    session.add(amendment)
    session.flush()
    return amendment


def _apply(
    session: Session,
    scenario: Scenario,
    kind: AmendmentKind,
    values: Mapping[str, Any],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Amendment:
    """Write values that hold at once, with the amendment that shows them."""
    amendment = _new(session, scenario, kind, _changes(scenario, values), reason=reason, actor=actor, now=now)
    content.put(session, scenario, values)
    scenario.updated_at = now
    _announce(session, scenario, amendment, f"scenario.{kind}", actor=actor, now=now)
    return amendment


def _announce(session: Session, scenario: Scenario, amendment: Amendment, action: str, *, actor: Actor, now: datetime) -> None:
    changes = amendment.changes.items()
    before, after = ({name: pair[side] for name, pair in changes} for side in (0, 1))
    audit.record(session, action, amendment, actor=actor, now=now, before=before, after=after)
    later = amendment.kind is AmendmentKind.EXTENSION
    ids: dict[str, Any] = {"scenario_id": scenario.id, "amendment_id": amendment.id, "amendment_kind": amendment.kind}
    outbox.emit(session, "scenario.extended" if later else "scenario.amended", str(amendment.id), now=now, **ids)
