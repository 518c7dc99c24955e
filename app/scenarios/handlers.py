"""Who is told what of a scenario. Firms that have answered are told by `solutions`, which alone may know them."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.personal import Leaving, on_erasure
from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.audit.operations import erase_naming
from app.extensions import db
from app.locales import LOCALES
from app.notifications import mail
from app.notifications.handlers import DEMO_DOMAIN
from app.notifications.kinds import Kind, declare, fill, kind_of
from app.notifications.operations import notify
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
from app.web import absolute_url

GROUP = _l("Scenarios")


def _kind(code: str, label: Any, title: Any, body: Any) -> Kind:
    return Kind(f"scenario.{code}", GROUP, label, title, body)


declare(
    _kind(
        "submitted",
        _l("A scenario waits for review"),
        _l("To review: %(title)s"),
        _l("%(firm)s has submitted the scenario “%(title)s”."),
    ),
    _kind(
        "approved",
        _l("My firm's scenario is open"),
        _l("Now open: %(title)s"),
        _l("The scenario “%(title)s” has been approved and is open until %(closes_at)s."),
    ),
    _kind(
        "returned",
        _l("My firm's scenario was returned"),
        _l("Returned: %(title)s"),
        _l("A reviewer has returned the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "cancelled",
        _l("A scenario that concerns me was withdrawn"),
        _l("Withdrawn: %(title)s"),
        _l("%(firm)s has withdrawn the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "closed",
        _l("My firm's scenario has closed"),
        _l("Closed: %(title)s"),
        _l("The scenario “%(title)s” has closed. The solutions can be read and evaluated now."),
    ),
    _kind(
        "unfilled",
        _l("My firm's scenario closed without a solution"),
        _l("Nothing submitted: %(title)s"),
        _l("The scenario “%(title)s” has closed without a solution. You can start a new round."),
    ),
    _kind(
        "extended",
        _l("A scenario that concerns me closes later"),
        _l("Later deadline: %(title)s"),
        _l("The scenario “%(title)s” now closes at %(closes_at)s: %(reason)s"),
    ),
    _kind(
        "amended",
        _l("A scenario that concerns me was amended"),
        _l("Amended: %(title)s"),
        _l("The scenario “%(title)s” has been amended, and closes at %(closes_at)s: %(reason)s"),
    ),
    _kind(
        "amendment_proposed",
        _l("Changed requirements wait for review"),
        _l("To review: changed requirements of %(title)s"),
        _l("%(firm)s wants to change requirements of the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "amendment_returned",
        _l("My firm's change of requirements was returned"),
        _l("Returned: changed requirements of %(title)s"),
        _l("A reviewer has returned the changed requirements of “%(title)s”: %(reason)s"),
    ),
    _kind(
        "question_asked",
        _l("A question about my firm's scenario"),
        _l("A question about %(title)s"),
        _l("A verified firm asks: %(text)s"),
    ),
    _kind(
        "question_answered",
        _l("My firm's question was answered"),
        _l("Answered: your question about %(title)s"),
        _l("The answer to your question about “%(title)s”: %(text)s"),
    ),
    _kind(
        "invited",
        _l("An invitation to answer or evaluate a scenario"),
        _l("Invitation: %(title)s"),
        _l("%(firm)s: you are invited to the scenario “%(title)s”. %(message)s"),
    ),
    _kind(
        "invitation_accepted",
        _l("An invitation was accepted"),
        _l("Invitation accepted: %(title)s"),
        _l("An invitation to the scenario “%(title)s” has been accepted."),
    ),
    _kind(
        "invitation_declined",
        _l("An invitation was declined"),
        _l("Invitation declined: %(title)s"),
        _l("An invitation to the scenario “%(title)s” has been declined."),
    ),
)


def _tell(
    session: Session, event: Event, now: datetime, kind: str, people: Iterable[uuid.UUID], *, tail: str = "", **params: Any
) -> None:
    """Tell people of the event's scenario; `tail` continues the address of its page."""
    scenario = _scenario(session, event)
    closes_at = scenario.closes_at.isoformat() if scenario.closes_at else ""
    known = {"title": scenario.title, "firm": _name(scenario), "closes_at": closes_at, **params}
    path = f"/scenarios/{scenario.id}{tail}"
    notify(session, people, kind=f"scenario.{kind}", event_key=event.key, params=known, path=path, now=now)


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
        _tell(session, event, now, "submitted", user_ids_with_role(session, Role.REVIEWER))


@handles("scenario.approved")
def tell_firm_of_opening(session: Session, event: Event, now: datetime) -> None:
    """The firm's scenario is open."""
    _tell(session, event, now, "approved", _firm(session, event))


@handles("scenario.returned")
def tell_firm_of_return(session: Session, event: Event, now: datetime) -> None:
    """The firm has something to correct, unless it has deleted the draft already."""
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
    kind = event.kind.removeprefix("scenario.")
    _tell(session, event, now, kind, people, tail="#amendments", reason=amendment.reason)


@handles("scenario.amendment_proposed")
def tell_reviewers_of_amendment(session: Session, event: Event, now: datetime) -> None:
    """Reviewers have changed requirements to review."""
    reason = session.get_one(Amendment, event.uuid("amendment_id")).reason
    people = user_ids_with_role(session, Role.REVIEWER)
    _tell(session, event, now, "amendment_proposed", people, tail="#amendments", reason=reason)


@handles("scenario.amendment_returned")
def tell_firm_of_returned_amendment(session: Session, event: Event, now: datetime) -> None:
    """The firm's change was refused."""
    reason = session.get_one(Amendment, event.uuid("amendment_id")).decision_reason
    _tell(session, event, now, "amendment_returned", _firm(session, event), tail="#amendments", reason=reason)


@handles("scenario.question_asked")
def tell_firm_of_question(session: Session, event: Event, now: datetime) -> None:
    """The firm has a question to answer. Who asks is not said."""
    text = session.get_one(Question, event.uuid("question_id")).text
    _tell(session, event, now, "question_asked", _firm(session, event), tail="#questions", text=text)


@handles("scenario.question_answered")
def tell_asker(session: Session, event: Event, now: datetime) -> None:
    """The firm that asked has its answer."""
    question = session.get_one(Question, event.uuid("question_id"))
    people = _members(session, [question.organization_id])
    _tell(session, event, now, "question_answered", people, tail="#questions", text=question.answer)


@handles("scenario.invited")
def tell_invited(session: Session, event: Event, now: datetime) -> None:
    """The invited firm's members, or the person with the invited address, who may have signed up in the meantime."""
    invitation = session.get_one(Invitation, event.uuid("invitation_id"))
    people = {invitation.user_id} if invitation.user_id else _members(session, [invitation.organization_id])
    _tell(session, event, now, "invited", people, message=invitation.message)


@handles("scenario.invitation_answered")
def tell_inviter(session: Session, event: Event, now: datetime) -> None:
    """Who invited learns of the answer."""
    invitation = session.get_one(Invitation, event.uuid("invitation_id"))
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
