"""Who is told what of a scenario. Firms that have answered are told by `solutions`, which alone may know them."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.personal import Leaving, on_erasure
from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.audit.operations import erase_naming
from app.extensions import db
from app.locales import LOCALES
from app.notifications import mail
from app.notifications.handlers import DEMO_DOMAIN
from app.notifications.kinds import declare, fill, kind_of
from app.notifications.operations import notify, settle
from app.organizations.queries import member_ids
from app.outbox.operations import emit
from app.outbox.registry import Event, delivers, handles
from app.scenarios import queries
from app.scenarios.models import (
    Amendment,
    AmendmentKind,
    Invitation,
    InvitationKind,
    InvitationStatus,
    Question,
    Scenario,
    ScenarioStatus,
)
from app.scenarios.news import KINDS
from app.web import absolute_url

declare(*KINDS)


def _tell(
    session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID], *, tail: str = "", **params: Any
) -> None:
    """Tell people of the event's scenario; `tail` continues the address of its page."""
    scenario = _scenario(session, event)
    closes_at = scenario.closes_at.isoformat() if scenario.closes_at else ""
    known = {"title": scenario.title, "firm": _name(scenario), "closes_at": closes_at, **params}
    path = f"/scenarios/{scenario.id}{tail}"
    notify(session, people, kind=f"scenario.{kind}", event_key=event.key, params=known, path=path, at=event.created_at, now=now)


def _settle(session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID], *, tail: str = "") -> None:
    path = f"/scenarios/{event.uuid('scenario_id')}{tail}"
    settle(session, people, kind=f"scenario.{kind}", path=path, now=now)


def _scenario(session: Session, event: Event) -> Scenario:
    scenario = queries.get(session, event.uuid("scenario_id"))
    if scenario is None:
        raise LookupError(f"{event.key} names no scenario")
    return scenario


def _stands(session: Session, event: Event) -> bool:
    return queries.get(session, event.uuid("scenario_id")) is not None


def _name(scenario: Scenario) -> dict[str, str]:
    firm = scenario.organization
    return {"zh": firm.short_zh or firm.name_zh, "en": firm.short_en or firm.name_en}


def _members(session: Session, organization_ids: Iterable[uuid.UUID | None]) -> set[uuid.UUID]:
    return {user_id for firm in set(organization_ids) if firm is not None for user_id in member_ids(session, firm)}


def _reviewers(session: Session, event: Event) -> set[uuid.UUID]:
    """The reviewers who are not of the firm."""
    return {*user_ids_with_role(session, Role.REVIEWER)} - _firm(session, event)


def _firm(session: Session, event: Event) -> set[uuid.UUID]:
    return _members(session, [_scenario(session, event).organization_id])


def _concerned(session: Session, event: Event) -> set[uuid.UUID]:
    """Members of the firms that asked or were invited (and have not declined), and the evaluators."""
    scenario_id = event.uuid("scenario_id")
    invited = session.scalars(
        select(Invitation).where(Invitation.scenario_id == scenario_id, Invitation.status != InvitationStatus.DECLINED)
    ).all()
    firms = queries.askers(session, scenario_id) | {i.organization_id for i in invited if i.organization_id}
    return _members(session, firms) | {i.user_id for i in invited if i.user_id}


@handles("scenario.submitted")
def tell_reviewers(session: Session, event: Event, now: datetime) -> None:
    """Reviewers have a scenario to review, unless it was taken back and deleted in the meantime."""
    if _stands(session, event):
        _tell(session, event, now, "submitted", _reviewers(session, event))


@handles("scenario.approved")
def tell_firm_of_opening(session: Session, event: Event, now: datetime) -> None:
    """The firm's scenario is open."""
    _settle(session, event, now, "submitted", user_ids_with_role(session, Role.REVIEWER))
    _tell(session, event, now, "approved", _firm(session, event))


@handles("scenario.returned")
def tell_firm_of_return(session: Session, event: Event, now: datetime) -> None:
    """The firm has something to correct, unless it has deleted the draft already."""
    _settle(session, event, now, "submitted", user_ids_with_role(session, Role.REVIEWER))
    if _stands(session, event):
        _tell(session, event, now, "returned", _firm(session, event), reason=_scenario(session, event).return_reason)


@handles("scenario.cancelled")
def tell_of_cancellation(session: Session, event: Event, now: datetime) -> None:
    """Whoever asked, or was invited, learns that the scenario was withdrawn."""
    _tell(session, event, now, "cancelled", _concerned(session, event), reason=_scenario(session, event).cancel_reason)


@handles("scenario.closed")
def tell_firm_of_closing(session: Session, event: Event, now: datetime) -> None:
    """The firm can evaluate, or start a new round."""
    empty = event.payload["status"] == ScenarioStatus.UNFILLED
    _tell(session, event, now, "unfilled" if empty else "closed", _firm(session, event))


@handles("scenario.extended", "scenario.amended")
def tell_of_amendment(session: Session, event: Event, now: datetime) -> None:
    """Whoever asked, or was invited, learns of a change; the firm too where a reviewer has put it in force."""
    amendment = session.get_one(Amendment, event.uuid("amendment_id"))
    people = _concerned(session, event)
    if amendment.kind is AmendmentKind.REQUIREMENTS:
        people |= _firm(session, event)
        _settle(session, event, now, "amendment_proposed", user_ids_with_role(session, Role.REVIEWER), tail="#amendments")
    kind = event.kind.removeprefix("scenario.")
    _tell(session, event, now, kind, people, tail="#amendments", reason=amendment.reason)


@handles("scenario.amendment_proposed")
def tell_reviewers_of_amendment(session: Session, event: Event, now: datetime) -> None:
    """Reviewers have changed requirements to review."""
    reason = session.get_one(Amendment, event.uuid("amendment_id")).reason
    people = _reviewers(session, event)
    _tell(session, event, now, "amendment_proposed", people, tail="#amendments", reason=reason)


@handles("scenario.amendment_returned")
def tell_firm_of_returned_amendment(session: Session, event: Event, now: datetime) -> None:
    """The firm's change was refused."""
    _settle(session, event, now, "amendment_proposed", user_ids_with_role(session, Role.REVIEWER), tail="#amendments")
    reason = session.get_one(Amendment, event.uuid("amendment_id")).decision_reason
    _tell(session, event, now, "amendment_returned", _firm(session, event), tail="#amendments", reason=reason)


@handles("scenario.question_asked")
def tell_firm_of_question(session: Session, event: Event, now: datetime) -> None:
    """The firm has a question to answer. Who asks is not said."""
    text = session.get_one(Question, event.uuid("question_id")).text
    _tell(session, event, now, "question_asked", _firm(session, event), tail="#questions", text=text)


@handles("scenario.question_answered")
def tell_asker(session: Session, event: Event, now: datetime) -> None:
    """The firm that asked has its answer; with the last answer no question waits for the other firm."""
    question = session.get_one(Question, event.uuid("question_id"))
    if not session.scalar(select(exists().where(Question.scenario_id == question.scenario_id, Question.answered_at.is_(None)))):
        _settle(session, event, now, "question_asked", _firm(session, event), tail="#questions")
    people = _members(session, [question.organization_id])
    _tell(session, event, now, "question_answered", people, tail="#questions", text=question.answer)


@handles("scenario.invited")
def tell_invited(session: Session, event: Event, now: datetime) -> None:
    """The invited firm's members, or the person with the invited address, who may have signed up in the meantime."""
    invitation = session.get_one(Invitation, event.uuid("invitation_id"))
    _tell(session, event, now, "invited", _invited(session, invitation), message=invitation.message)


def _invited(session: Session, invitation: Invitation) -> set[uuid.UUID]:
    return {invitation.user_id} if invitation.user_id else _members(session, [invitation.organization_id])


@handles("scenario.invitation_answered")
def tell_inviter(session: Session, event: Event, now: datetime) -> None:
    """Who invited learns of the answer, and it does not wait for the invited any more."""
    invitation = session.get_one(Invitation, event.uuid("invitation_id"))
    _settle(session, event, now, "invited", _invited(session, invitation))
    answer = event.payload["status"]
    _tell(session, event, now, f"invitation_{answer}", [invitation.invited_by], tail="/invitations")


@delivers("mail.evaluator_invitation")
def mail_stranger(event: Event) -> None:
    """Mail somebody without an account: the invitation waits for whoever signs up with this address."""
    with Session(db.engine) as session:  # its own, closed before the mail server is spoken to
        invitation = session.get(Invitation, event.uuid("invitation_id"))
        scenario = queries.get(session, invitation.scenario_id) if invitation else None
    if invitation is None or scenario is None or not invitation.email or invitation.email.endswith(DEMO_DOMAIN):
        return
    params = {"title": scenario.shown_title, "firm": _name(scenario), "message": invitation.message}
    kind = kind_of("scenario.invited")
    letter = mail.compose(
        "notification",
        key=event.key,
        to=invitation.email,
        locale=next(iter(LOCALES)),
        sent_at=event.created_at,
        news=lambda: [
            {"title": fill(kind.title, params), "body": fill(kind.body, params), "url": absolute_url("accounts.sign_up")}
        ],
    )
    mail.send(letter)


@on_erasure
def erase_invitations(session: Session, leaving: Leaving, now: datetime) -> None:
    """That somebody was invited to evaluate stays; who it was, and what they were written, goes."""
    theirs = or_(Invitation.user_id == leaving.user_id, Invitation.email.in_(leaving.addresses))
    for invitation in session.scalars(select(Invitation).where(Invitation.kind == InvitationKind.EVALUATOR, theirs)):
        invitation.email, invitation.message = f"{invitation.id}@erased.invalid", ""
        # whoever holds an invited address finds the scenario: the index follows
        emit(session, "scenario.changed", f"{invitation.id}:erased", now=now, scenario_id=invitation.scenario_id)
    erase_naming(session, ("scenario.invited",), leaving.addresses, now=now)
