"""Who may see a scenario, and who may do what with it. States are `transitions.py`'s question, not this one's.

Each rule of sight stands twice, for one record and as a condition for lists; a test holds the two together.
"""

import enum
import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.actor import Actor, Role
from app.attachments.models import Attachment, Visibility
from app.scenarios.models import (
    Amendment,
    AmendmentStatus,
    Confidentiality,
    Invitation,
    InvitationKind,
    InvitationStatus,
    Scenario,
    ScenarioStatus,
)

UNOPENED = (ScenarioStatus.DRAFT, ScenarioStatus.IN_REVIEW)


class Sight(enum.IntEnum):
    """How much of a scenario somebody sees: nothing (it does not exist for them), the public minimum, or all."""

    NOTHING = 0
    MINIMUM = 1
    ALL = 2


def sight(actor: Actor, scenario: Scenario, *, invited: bool) -> Sight:
    """How much of the scenario this person sees. `invited`: an invitation to it reaches them."""
    if actor.is_system or actor.has(Role.AUDITOR) or actor.belongs_to(scenario.organization_id):
        return Sight.ALL
    if actor.is_administrator and scenario.status is not ScenarioStatus.DRAFT:
        return Sight.ALL
    if scenario.status in UNOPENED:
        return Sight.NOTHING
    if invited or scenario.confidentiality is Confidentiality.PUBLIC:
        return Sight.ALL
    if scenario.confidentiality is Confidentiality.INVITED:
        return Sight.NOTHING
    return Sight.ALL if actor.is_verified else Sight.MINIMUM


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a scenario is seen in whole."""
    if actor.is_system or actor.has(Role.AUDITOR):
        return true()
    own = Scenario.organization_id.in_(list(actor.affiliations))
    reviewed = Scenario.status != ScenarioStatus.DRAFT if actor.is_administrator else false()
    confidentiality = {Confidentiality.PUBLIC, Confidentiality.VERIFIED} if actor.is_verified else {Confidentiality.PUBLIC}
    invited = exists().where(Invitation.scenario_id == Scenario.id, reaches(actor)) if actor.signed_in else false()
    opened = and_(Scenario.status.not_in(UNOPENED), or_(Scenario.confidentiality.in_(confidentiality), invited))
    return or_(own, reviewed, opened)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which at least the public minimum of a scenario is seen."""
    minimum = and_(Scenario.status.not_in(UNOPENED), Scenario.confidentiality == Confidentiality.VERIFIED)
    return or_(readable_by(actor), minimum)


def reaches(actor: Actor) -> ColumnElement[bool]:
    """The condition under which an invitation is this person's: to their verified firm, or to evaluate."""
    firms = [organization_id for organization_id, affiliation in actor.affiliations.items() if affiliation.verified]
    return or_(Invitation.organization_id.in_(firms), asks_to_evaluate(actor))


def asks_to_evaluate(actor: Actor) -> ColumnElement[bool]:
    """The condition under which an invitation asks this person to evaluate, and was not declined.

    An address counts only once it is confirmed: anybody can sign up with somebody else's. A firm's program is no person.
    """
    if actor.for_firm:
        return false()
    confirmed = select(User.email).where(User.id == actor.user_id, User.email_confirmed_at.is_not(None)).scalar_subquery()
    person = or_(Invitation.user_id == actor.user_id, Invitation.email == confirmed)
    return and_(Invitation.kind == InvitationKind.EVALUATOR, Invitation.status != InvitationStatus.DECLINED, person)


def invited_to(session: Session, actor: Actor, scenario_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the scenarios to which an invitation reaches this person."""
    if not actor.signed_in:
        return set()
    return set(
        session.scalars(select(Invitation.scenario_id).where(Invitation.scenario_id.in_(list(scenario_ids)), reaches(actor)))
    )


def sight_of(session: Session, actor: Actor, scenario: Scenario) -> Sight:
    """How much of the scenario this person sees; asks for an invitation only where that decides."""
    without = sight(actor, scenario, invited=False)
    if without is Sight.ALL or scenario.status in UNOPENED:
        return without
    return sight(actor, scenario, invited=bool(invited_to(session, actor, [scenario.id])))


def can_see(session: Session, actor: Actor, scenario: Scenario) -> bool:
    """Whether the scenario exists for this person at all, if only by its public minimum."""
    return sight_of(session, actor, scenario) is not Sight.NOTHING


def can_read(session: Session, actor: Actor, scenario: Scenario) -> bool:
    """Whether this person sees the scenario in whole."""
    return sight_of(session, actor, scenario) is Sight.ALL


def can_read_attachment(session: Session, actor: Actor, scenario: Scenario, attachment: Attachment) -> bool:
    """Whether this person may open a file of the scenario."""
    if not can_read(session, actor, scenario):
        return False
    return attachment.visibility is Visibility.PUBLIC or reads_restricted(session, actor, scenario)


def reads_restricted(session: Session, actor: Actor, scenario: Scenario) -> bool:
    """Whether a reader of the scenario opens its restricted files, too: verified firms, the invited and the staff do."""
    staff = actor.is_administrator or actor.has(Role.AUDITOR)
    insider = actor.belongs_to(scenario.organization_id) or actor.is_verified or staff
    return insider or bool(invited_to(session, actor, [scenario.id]))


def can_create(actor: Actor, organization_id: uuid.UUID | None) -> bool:
    """Members of a verified anchor firm write its scenarios."""
    affiliation = actor.affiliations.get(organization_id) if organization_id else None
    return affiliation is not None and affiliation.verified and affiliation.anchor


def can_edit(actor: Actor, scenario: Scenario) -> bool:
    """The firm's members change it, submit it, take it back, cancel it, amend it and answer questions."""
    return can_create(actor, scenario.organization_id)


def can_review(actor: Actor, scenario: Scenario) -> bool:
    """A reviewer who is not of the firm approves or returns it and its amendments."""
    return actor.has(Role.REVIEWER) and not actor.belongs_to(scenario.organization_id)


def can_ask(session: Session, actor: Actor, scenario: Scenario) -> bool:
    """Members of a verified firm that reads the scenario and is not the one that opened it."""
    other_firm = actor.acts_for(actor.organization_id) and not actor.belongs_to(scenario.organization_id)
    return other_firm and can_read(session, actor, scenario)


def can_invite(actor: Actor, scenario: Scenario) -> bool:
    """The firm's members and reviewers invite firms and evaluators."""
    return can_edit(actor, scenario) or can_review(actor, scenario)


def can_see_invitations(actor: Actor, scenario: Scenario, now: datetime) -> bool:
    """Those who invite; and the auditor, but not while solutions are sealed: who has accepted is likely to answer."""
    return can_invite(actor, scenario) or (actor.has(Role.AUDITOR) and not scenario.hides_solutions(now))


def can_see_amendment(session: Session, actor: Actor, scenario: Scenario, amendment: Amendment) -> bool:
    """An applied amendment is read with the scenario; one that waits or was returned by the firm, administrators and auditors."""
    if amendment.scenario_id != scenario.id or not can_read(session, actor, scenario):
        return False
    return amendment.status is AmendmentStatus.APPLIED or sees_all_amendments(actor, scenario)


def sees_all_amendments(actor: Actor, scenario: Scenario) -> bool:
    """Whether this person also sees amendments that were not applied."""
    return actor.is_administrator or actor.has(Role.AUDITOR) or actor.belongs_to(scenario.organization_id)


def is_addressed(actor: Actor, invitation: Invitation, *, email: str | None) -> bool:
    """Whether an invitation is this person's: to their firm, or to their (confirmed) address."""
    if invitation.kind is InvitationKind.FIRM:
        return actor.belongs_to(invitation.organization_id)
    in_person = actor.signed_in and not actor.for_firm
    return in_person and (invitation.user_id == actor.user_id or (email is not None and invitation.email == email))


def can_answer_invitation(actor: Actor, invitation: Invitation) -> bool:
    """Members of the verified firm answer; a person for themselves, but no auditor or system administrator evaluates."""
    if invitation.kind is InvitationKind.FIRM:
        return actor.acts_for(invitation.organization_id)
    return not actor.has(Role.AUDITOR) and not actor.has(Role.ADMIN)
