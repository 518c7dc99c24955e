"""Inviting firms to answer a scenario and people to evaluate what is answered."""

import uuid
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts.operations.account import normal_email
from app.accounts.queries import user_by_email
from app.actor import Actor
from app.audit import operations as audit
from app.errors import REASON_LENGTH, WrongState, collecting, require_allowed, require_visible
from app.organizations.models import Organization
from app.outbox import operations as outbox
from app.products.models import Product, ProductStatus
from app.scenarios import policy, queries
from app.scenarios.models import Invitation, InvitationKind, Scenario, ScenarioStatus
from app.scenarios.operations.guards import require_open
from app.scenarios.transitions import INVITATION


def invite_firm(
    session: Session,
    scenario: Scenario,
    organization: Organization,
    *,
    actor: Actor,
    now: datetime,
    message: str = "",
    product: Product | None = None,
) -> Invitation:
    """Invite a verified chip firm (perhaps for one of its products) to answer an open scenario; a second time changes nothing.

    Raises Invalid for a firm that cannot answer.
    """
    scenario = _lock_for_inviting(session, scenario, actor)
    require_open(scenario, now)
    present = queries.invitation_of(session, scenario.id, organization_id=organization.id)
    if present is not None:
        return present
    with collecting() as problems:
        if organization.id == scenario.organization_id:
            problems.add("organization_id", _l("A firm does not answer its own scenario."))
        elif not (organization.is_verified and organization.is_chip):
            problems.add("organization_id", _l("Only verified chip firms can answer."))
        if product is not None and product.status is not ProductStatus.ACTIVE:
            problems.add("product_id", _l("This product is offered no more."))
        problems.limit("message", message, REASON_LENGTH)
    product_id = None if product is None else product.id
    who = {"kind": InvitationKind.FIRM, "organization_id": organization.id, "product_id": product_id}
    return _invite(session, scenario, who, message, actor=actor, now=now)


def invite_product(
    session: Session, scenario: Scenario, product: Product, *, actor: Actor, now: datetime, message: str = ""
) -> Invitation:
    """Invite the firm behind a product that seems to fit. Raises Invalid for a product that is offered no more."""
    organization = session.get_one(Organization, product.organization_id)
    return invite_firm(session, scenario, organization, actor=actor, now=now, message=message, product=product)


def invite_evaluator(
    session: Session, scenario: Scenario, *, email: str, actor: Actor, now: datetime, message: str = ""
) -> Invitation:
    """Invite the person with this address to evaluate, while the scenario is open or evaluated; a second time changes nothing.

    Somebody without an account is asked by mail to sign up. Whether that person's own firm has answered is not looked at here: a
    refusal would tell. Such a person is barred later. Raises Invalid for an address that is none.
    """
    scenario = _lock_for_inviting(session, scenario, actor)
    if scenario.status not in {ScenarioStatus.OPEN, ScenarioStatus.EVALUATING}:
        raise WrongState
    address = normal_email(email.strip())
    with collecting() as problems:
        problems.limit("message", message, REASON_LENGTH)
    present = queries.invitation_of(session, scenario.id, email=address)
    if present is not None:
        return present
    user = user_by_email(session, address)
    confirmed = user is not None and user.email_confirmed_at is not None
    who = {"kind": InvitationKind.EVALUATOR, "email": address, "user_id": user.id if user and confirmed else None}
    invitation = _invite(session, scenario, who, message, actor=actor, now=now)
    if invitation.user_id is None:
        outbox.emit(session, "mail.evaluator_invitation", str(invitation.id), now=now, invitation_id=invitation.id)
    return invitation


def _lock_for_inviting(session: Session, scenario: Scenario, actor: Actor) -> Scenario:
    scenario = queries.lock_scenario(session, scenario.id)
    require_visible(policy.can_see(session, actor, scenario))
    require_allowed(policy.can_invite(actor, scenario))
    return scenario


def _invite(session: Session, scenario: Scenario, who: dict[str, Any], message: str, *, actor: Actor, now: datetime) -> Invitation:
    invitation = Invitation(
        id=uuid.uuid4(),
        scenario_id=scenario.id,
        status=INVITATION.initial,
        message=message,
        invited_by=actor.user_id,
        invited_at=now,
        **who,
    )
    session.add(invitation)
    session.flush()
    audit.record(session, "scenario.invited", invitation, actor=actor, now=now, after=who)
    outbox.emit(session, "scenario.invited", str(invitation.id), now=now, scenario_id=scenario.id, invitation_id=invitation.id)
    return invitation


def accept_invitation(session: Session, invitation: Invitation, *, actor: Actor, now: datetime) -> Invitation:
    """Say yes to an invitation: a firm means to answer, a person is to evaluate. Possible after a no, too."""
    return _answer(session, invitation, "accept", actor=actor, now=now)


def decline_invitation(session: Session, invitation: Invitation, *, actor: Actor, now: datetime) -> Invitation:
    """Say no to an invitation. Possible after a yes, too."""
    return _answer(session, invitation, "decline", actor=actor, now=now)


def _answer(session: Session, invitation: Invitation, action: str, *, actor: Actor, now: datetime) -> Invitation:
    scenario = queries.lock_scenario(session, invitation.scenario_id)
    invitation = queries.lock_invitation(session, invitation.id)
    email = queries.confirmed_email(session, actor)
    addressed = policy.is_addressed(actor, invitation, email=email)
    require_visible(addressed or policy.can_edit(actor, scenario))
    require_allowed(addressed and policy.can_answer_invitation(actor, invitation))
    INVITATION.require(invitation, action)
    if scenario.status not in {ScenarioStatus.OPEN, ScenarioStatus.EVALUATING}:
        raise WrongState
    INVITATION.move(invitation, action)
    invitation.answered_at = now
    if invitation.kind is InvitationKind.EVALUATOR:
        invitation.user_id = actor.user_id
    audit.record(session, f"scenario.invitation_{invitation.status}", invitation, actor=actor, now=now)
    ids: dict[str, Any] = {"scenario_id": scenario.id, "invitation_id": invitation.id, "status": invitation.status}
    outbox.emit(session, "scenario.invitation_answered", f"{invitation.id}:{now.isoformat()}", now=now, **ids)
    return invitation
