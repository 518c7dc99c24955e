"""What had been returned or refused before: why, and what has changed since, for whoever reviews it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.accounts.trail import reason_of
from app.audit.models import AuditDetail
from app.audit.queries import history, personal_of
from app.audit.views.values import Words, field_name, said
from app.organizations.models import Organization
from app.scenarios.diff import Row, paired
from app.scenarios.models import Amendment, AmendmentStatus, Scenario
from app.scenarios.queries import amendments_of
from app.taxonomy.queries import words_by_code

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Earlier:
    """The last time: when, by whom, why; `changes` since then, None where what stood there is no longer kept."""

    at: datetime
    who: str
    reason: str
    changes: Sequence[Row] | None


def of_scenario(session: Session, scenario: Scenario) -> Earlier | None:
    """The last return of a scenario, and how its present submission differs from the one that was returned."""
    entries = history(session, {"scenarios": [scenario.id]})
    place = _last(entries, "scenario.returned")
    if place is None:
        return None
    now, then = (
        next((_content(entry) for entry in part if entry.action == "scenario.submitted"), None)
        for part in (entries[:place], entries[place:])
    )
    return _earlier(session, entries[place], _changes(session, "scenarios", then, now))


def of_organization(session: Session, organization: Organization) -> Earlier | None:
    """The last refusal of a firm that applies again, and what its record says differently since."""
    entries = history(session, {"organizations": [organization.id]})
    place = _last(entries, "organization.refused")
    if place is None or not organization.refusal_reason:
        return None
    edits = [personal_of(entry) for entry in entries[:place] if entry.action == "organization.edited"]
    if None in edits:
        return _earlier(session, entries[place], None)
    then: dict[str, Any] = {}
    now: dict[str, Any] = {}
    for edit in reversed(edits):
        for name, before, after in edit.changes if edit else ():
            then.setdefault(name, before)
            now[name] = after
    return _earlier(session, entries[place], _changes(session, "organizations", then, now))


def of_amendment(session: Session, scenario: Scenario, amendment: Amendment) -> Earlier | None:
    """The last change of requirements that a reviewer returned, and how what is proposed now differs from it."""
    older = (row for row in amendments_of(session, scenario, unapplied=True) if row.proposed_at < amendment.proposed_at)
    last = next((row for row in older if row.status is AmendmentStatus.RETURNED and row.decided_by), None)
    if last is None or last.decided_at is None:
        return None
    then, now = ({"requirements": row.changes["requirements"][1]} for row in (last, amendment))
    who = names_of(session, [last.decided_by])
    return Earlier(last.decided_at, "".join(who.values()), last.decision_reason, _changes(session, "amendments", then, now))


def _last(entries: Sequence[AuditDetail], action: str) -> int | None:
    return next((place for place, entry in enumerate(entries) if entry.action == action), None)


def _content(entry: AuditDetail) -> dict[str, Any] | None:
    personal = personal_of(entry)
    return {name: after for name, _before, after in personal.changes} if personal else None


def _earlier(session: Session, entry: AuditDetail, changes: Sequence[Row] | None) -> Earlier:
    who = names_of(session, [entry.actor_id])
    return Earlier(entry.entry.at, "".join(who.values()), reason_of(entry), changes)


def _changes(session: Session, kind: str, then: Content | None, now: Content | None) -> list[Row] | None:
    """Field by field, tables row by row; None where one side is no longer kept."""
    if then is None or now is None:
        return None
    return list(_differences(kind, then, now, words_by_code(session)))


def _differences(kind: str, then: Content, now: Content, words: Words) -> Iterator[Row]:
    for name in dict.fromkeys([*then, *now]):
        before, after = then.get(name), now.get(name)
        if before == after or name == "status":
            continue
        if name == "requirements":
            yield from (Row(label, "requirement", was, row) for label, was, row in paired(before or [], after or []))
        elif name == "criteria":
            for label, was, row in paired(before or [], after or []):
                yield Row(label, "text", was and was["weight"], row and row["weight"])
        else:
            yield Row(field_name(name), "text", said(kind, name, before, words) or None, said(kind, name, after, words) or None)
