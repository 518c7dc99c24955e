"""Who is told what of a match."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.errors import Text
from app.matching import queries
from app.matching.labels import NO_PLACE_LEFT
from app.matching.models import Match, Objection, ObjectionState
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify, settle
from app.organizations.models import Organization
from app.organizations.queries import member_ids
from app.outbox.registry import Event, handles

GROUP = _l("Matches")


def _kind(code: str, label: Text, title: Text, body: Text) -> Kind:
    return Kind(f"match.{code}", GROUP, label, title, body)


declare(
    _kind(
        "proposed",
        _l("A match waits for my firm's yes"),
        _l("To confirm: %(title)s"),
        _l("A match of %(firm)s with the scenario “%(title)s” is proposed. Please confirm or decline it by %(confirm_by_at)s."),
    ),
    _kind(
        "confirmed",
        _l("A match waits for review"),
        _l("To review: match %(number)s"),
        _l("Both firms have confirmed the match %(number)s of %(firm)s with “%(title)s”."),
    ),
    _kind(
        "noticed",
        _l("My firm's match is in the public notice"),
        _l("Public notice: %(title)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” stands in the public notice until %(notice_ends_at)s."),
    ),
    _kind(
        "to_decide",
        _l("A match under notice will wait for my decision"),
        _l("Public notice begun: match %(number)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” can be decided after %(notice_ends_at)s."),
    ),
    _kind(
        "objected",
        _l("An objection waits for a decision"),
        _l("Objection to match %(number)s"),
        _l("Somebody has objected to the match %(number)s of %(firm)s with “%(title)s”. Its notice stands still until a decision."),
    ),
    _kind(
        "objection_decided",
        _l("My objection was decided"),
        _l("Your objection to match %(number)s was decided"),
        _l("The decision on your objection to the match of %(firm)s with “%(title)s”: %(reason)s"),
    ),
    _kind(
        "objection_moot",
        _l("My objection needs no decision any more"),
        _l("Your objection to match %(number)s needs no decision any more"),
        _l("The match of %(firm)s with “%(title)s”, to which you objected, has ended without an approval."),
    ),
    _kind(
        "approved",
        _l("My firm's match was approved"),
        _l("Approved: %(title)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” has been approved; its project is established."),
    ),
    _kind(
        "rejected",
        _l("My firm's match was rejected"),
        _l("Not approved: %(title)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” was rejected: %(reason)s"),
    ),
    _kind(
        "displaced",
        _l("My firm's match found no place left"),
        _l("No place left: %(title)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” has ended: another match took the last place."),
    ),
    _kind(
        "declined",
        _l("My firm's match was declined"),
        _l("Match declined: %(title)s"),
        _l("A firm has declined the match %(number)s of %(firm)s with “%(title)s”: %(reason)s"),
    ),
    _kind(
        "lapsed",
        _l("My firm's match has lapsed"),
        _l("Lapsed: %(title)s"),
        _l("The match %(number)s of %(firm)s with “%(title)s” was not confirmed in time and has lapsed."),
    ),
)


def _tell(session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID], **params: Any) -> None:
    match = _match(session, event)
    firm: Organization = match.firm
    known = {
        "number": match.number,
        "title": match.scenario.shown_title,
        "firm": {"zh": firm.short_zh or firm.name_zh, "en": firm.short_en or firm.name_en},
        "confirm_by_at": match.confirm_by.isoformat(),
        "notice_ends_at": match.notice_ends_at.isoformat() if match.notice_ends_at else "",
        "reason": match.reason,
        **params,
    }
    key = f"{event.key}:{kind}"
    notify(session, people, kind=f"match.{kind}", event_key=key, params=known, path=_path(match), at=event.created_at, now=now)


def _settle(session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID]) -> None:
    settle(session, people, kind=f"match.{kind}", path=_path(_match(session, event)), now=now)


def _path(match: Match) -> str:
    return f"/matches/{match.id}"


def _match(session: Session, event: Event) -> Match:
    match = queries.get(session, event.uuid("match_id"))
    if match is None:
        raise LookupError(f"{event.key} names no match")
    return match


def _parties(session: Session, match: Match) -> set[uuid.UUID]:
    return {*member_ids(session, match.scenario.organization_id), *member_ids(session, match.firm_id)}


def _staff(session: Session, match: Match, role: Role, *barred: uuid.UUID | None) -> set[uuid.UUID]:
    """Who holds a duty and may use it on this match: of neither firm, and not barred by another part in it."""
    return {*user_ids_with_role(session, role)} - _parties(session, match) - {*barred}


@handles("match.proposed")
def tell_who_is_to_confirm(session: Session, event: Event, now: datetime) -> None:
    """The firms whose yes is missing have a match to confirm."""
    match = _match(session, event)
    people = set(member_ids(session, match.firm_id))
    if match.anchor_confirmed_at is None:
        people |= set(member_ids(session, match.scenario.organization_id))
    _tell(session, event, now, "proposed", people)


@handles("match.confirmed")
def tell_reviewers(session: Session, event: Event, now: datetime) -> None:
    """A firm that has said yes has nothing left to confirm; with the second yes reviewers have a match to review."""
    match = _match(session, event)
    sides = {match.scenario.organization_id: match.anchor_confirmed_at, match.firm_id: match.firm_confirmed_at}
    for firm_id, said_yes in sides.items():
        if said_yes:
            _settle(session, event, now, "proposed", member_ids(session, firm_id))
    if event.payload["both"]:
        _tell(session, event, now, "confirmed", _staff(session, match, Role.REVIEWER, match.proposed_by))


@handles("match.noticed")
def tell_of_notice(session: Session, event: Event, now: datetime) -> None:
    """The firms learn of the public notice, approvers of what will wait for them after it."""
    match = _match(session, event)
    _settle(session, event, now, "confirmed", user_ids_with_role(session, Role.REVIEWER))
    _tell(session, event, now, "noticed", _parties(session, match))
    approvers = _staff(session, match, Role.APPROVER, match.proposed_by, match.reviewed_by)
    _tell(session, event, now, "to_decide", approvers)


@handles("match.objected")
def tell_of_objection(session: Session, event: Event, now: datetime) -> None:
    """Approvers have an objection to decide, and the firms learn that the clock stands still."""
    match, objection = _match(session, event), session.get_one(Objection, event.uuid("objection_id"))
    people = {*_staff(session, match, Role.APPROVER, objection.user_id), *_parties(session, match)}
    _tell(session, event, now, "objected", people)


@handles("match.objection_decided")
def tell_objector(session: Session, event: Event, now: datetime) -> None:
    """Whoever objected learns what was decided and why."""
    objection = session.get_one(Objection, event.uuid("objection_id"))
    _settle(session, event, now, "objected", user_ids_with_role(session, Role.APPROVER))
    _tell(session, event, now, "objection_decided", [objection.user_id], reason=objection.decision_reason)


@handles("match.approved", "match.rejected", "match.declined", "match.lapsed")
def tell_of_end(session: Session, event: Event, now: datetime) -> None:
    """Both firms learn how their match has ended; whoever waits for the decision of an objection, that there will be none."""
    match = _match(session, event)
    _settle(session, event, now, "proposed", _parties(session, match))
    _settle(session, event, now, "confirmed", user_ids_with_role(session, Role.REVIEWER))
    for kind in ("to_decide", "objected"):
        _settle(session, event, now, kind, user_ids_with_role(session, Role.APPROVER))
    kind = "displaced" if match.reason == NO_PLACE_LEFT else event.kind.removeprefix("match.")
    _tell(session, event, now, kind, _parties(session, match))
    waiting = [objection.user_id for objection in match.objections if match.state_of(objection) is ObjectionState.MOOT]
    _tell(session, event, now, "objection_moot", waiting)
