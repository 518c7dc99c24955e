"""Invitations to answer a scenario or to evaluate its solutions."""

import uuid
from typing import Any

from flask_babel import gettext as _

from app.accounts.models import Scope
from app.api.frame import Listing, Resource, page_of
from app.api.resources.scenarios import whole
from app.api.schemas.scenarios import InvitationBody, InvitationSchema
from app.errors import Invalid, Text, require_allowed, require_visible
from app.organizations import policy as organizations_policy
from app.organizations.models import Organization
from app.products import policy as products_policy
from app.products import queries as products
from app.scenarios import operations, policy, queries
from app.scenarios.models import Invitation, Scenario
from app.web import current_actor, database, now, record_or_404

resource = Resource("invitations", "Invitations to answer or to evaluate")
WHOM = ("organization_id", "product_id", "email")


@resource.lists("/invitations", InvitationSchema, public=False)
def list_own_invitations(query: dict[str, Any]) -> Listing:
    """The invitations that reach one: to one's verified firms, or to evaluate."""
    return page_of(queries.invitations_for(current_actor()), query)


@resource.lists("/scenarios/<uuid:scenario_id>/invitations", InvitationSchema, public=False)
def list_invitations(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """Who was invited, for the firm and reviewers; for the auditor once nothing is sealed any more."""
    scenario = whole(scenario_id)
    require_allowed(policy.can_see_invitations(current_actor(), scenario, now()))
    return page_of(queries.invitations_of(scenario.id), query)


@resource.reads("/invitations/<uuid:invitation_id>", InvitationSchema, public=False)
def show_invitation(_query: dict[str, Any], invitation_id: uuid.UUID) -> Invitation:
    """An invitation, for those who are invited and those who invite."""
    invitation = record_or_404(database().get(Invitation, invitation_id))
    actor = current_actor()
    addressed = policy.is_addressed(actor, invitation, email=queries.confirmed_email(database(), actor))
    require_visible(addressed or policy.can_see_invitations(actor, whole(invitation.scenario_id), now()))
    return invitation


@resource.creates(
    "/scenarios/<uuid:scenario_id>/invitations", InvitationSchema, takes=InvitationBody, scopes=[Scope.WRITE, Scope.REVIEW]
)
def invite(body: dict[str, Any], scenario_id: uuid.UUID) -> Invitation:
    """Invite a firm, the firm behind a product, or a person to evaluate; a second time changes nothing."""
    scenario = whole(scenario_id)
    require_allowed(policy.can_invite(current_actor(), scenario))
    if len([name for name in WHOM if name in body]) != 1:
        raise Invalid({"": [_("Name one: organization_id, product_id or email.")]})
    if "email" in body:
        return operations.invite_evaluator(database(), scenario, actor=current_actor(), now=now(), **body)
    return _invite_firm(scenario, body)


def _invite_firm(scenario: Scenario, body: dict[str, Any]) -> Invitation:
    """Raises Invalid for a firm or product that this person does not see."""
    who: dict[str, Any] = {"actor": current_actor(), "now": now(), "message": body.get("message", "")}
    unknown: list[Text] = [_("There is no such record.")]
    if "product_id" in body:
        product = products.get_product(database(), body["product_id"])
        if product is None or not products_policy.can_see(current_actor(), product):
            raise Invalid({"product_id": unknown})
        return operations.invite_product(database(), scenario, product, **who)
    firm = database().get(Organization, body["organization_id"])
    if firm is None or not organizations_policy.can_see(current_actor(), firm):
        raise Invalid({"organization_id": unknown})
    return operations.invite_firm(database(), scenario, firm, **who)


@resource.acts("/invitations/<uuid:invitation_id>/accept", InvitationSchema)
def accept_invitation(_body: dict[str, Any], invitation_id: uuid.UUID) -> Invitation:
    """Say yes, for one's firm or as an evaluator."""
    invitation = record_or_404(database().get(Invitation, invitation_id))
    return operations.accept_invitation(database(), invitation, actor=current_actor(), now=now())


@resource.acts("/invitations/<uuid:invitation_id>/decline", InvitationSchema)
def decline_invitation(_body: dict[str, Any], invitation_id: uuid.UUID) -> Invitation:
    """Say no, for one's firm or as an evaluator."""
    invitation = record_or_404(database().get(Invitation, invitation_id))
    return operations.decline_invitation(database(), invitation, actor=current_actor(), now=now())
