"""Who belongs to a firm, and whom its owners invite."""

import uuid
from typing import Any

from flask_babel import gettext as _

from app.accounts import tokens
from app.accounts.models import User
from app.api import bearer
from app.api.frame import Listing, Resource, page_of_rows
from app.api.resources.organizations import Shown, shown, visible
from app.api.schemas.organizations import (
    ColleagueBody,
    ColleagueInvitationSchema,
    JoinBody,
    MemberSchema,
    OrganizationSchema,
    OwnerBody,
)
from app.errors import NotFound, require_allowed
from app.organizations import operations, policy, queries
from app.organizations.handlers import JOINING
from app.organizations.models import ColleagueInvitation, Membership
from app.organizations.operations.members import INVITATION_LASTS
from app.web import current_actor, database, now

resource = Resource("members", "Who belongs to a firm")


class Member:
    """A membership with the name and address of its person."""

    def __init__(self, membership: Membership, user: User) -> None:
        self.user_id, self.name, self.email = user.id, user.name, user.email
        self.owner, self.joined_at = membership.owner, membership.joined_at


def _members(organization_id: uuid.UUID) -> list[Member]:
    database().flush()
    return [Member(membership, user) for membership, user in queries.members(database(), organization_id)]


@resource.lists("/organizations/<uuid:organization_id>/members", MemberSchema, public=False)
def list_members(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """Who belongs to a firm, owners first."""
    require_allowed(policy.can_see_members(current_actor(), visible(organization_id)))
    return page_of_rows(_members(organization_id), query)


@resource.acts("/organizations/<uuid:organization_id>/members/<uuid:user_id>/owner", MemberSchema, takes=OwnerBody)
def set_owner(body: dict[str, Any], organization_id: uuid.UUID, user_id: uuid.UUID) -> Member:
    """Make a member an owner, or an owner a member."""
    operations.set_owner(database(), organization_id, user_id, owner=body["owner"], actor=current_actor(), now=now())
    return next(member for member in _members(organization_id) if member.user_id == user_id)


@resource.acts("/organizations/<uuid:organization_id>/members/<uuid:user_id>/remove", None)
def remove_member(_body: dict[str, Any], organization_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """End somebody's membership, or one's own."""
    operations.remove_member(database(), organization_id, user_id, actor=current_actor(), now=now())


@resource.lists("/organizations/<uuid:organization_id>/invitations", ColleagueInvitationSchema, public=False)
def list_colleague_invitations(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """Invitations of colleagues that can still be used."""
    require_allowed(policy.can_see_members(current_actor(), visible(organization_id)))
    return page_of_rows(queries.open_invitations(database(), organization_id, now()), query)


@resource.creates("/organizations/<uuid:organization_id>/invitations", ColleagueInvitationSchema, takes=ColleagueBody)
def invite_colleague(body: dict[str, Any], organization_id: uuid.UUID) -> ColleagueInvitation:
    """Invite a colleague by mail; the same address again renews its invitation."""
    return operations.invite_colleague(database(), organization_id, actor=current_actor(), now=now(), **body)


@resource.acts("/colleague-invitations/<uuid:colleague_invitation_id>/revoke", None)
def revoke_colleague_invitation(_body: dict[str, Any], colleague_invitation_id: uuid.UUID) -> None:
    """Take an invitation back."""
    operations.revoke_invitation(database(), colleague_invitation_id, actor=current_actor(), now=now())


@resource.acts("/colleague-invitations/accept", OrganizationSchema, takes=JoinBody)
def accept_colleague_invitation(body: dict[str, Any]) -> Shown:
    """Join a firm by the link of an invitation."""
    user, data = bearer.person(), tokens.read(JOINING, body["token"], max_age=INVITATION_LASTS)
    if data is None:
        raise NotFound(_("This invitation has expired. Ask for a new one."))
    invitation_id = uuid.UUID(data["invitation_id"])
    membership = operations.accept_invitation(database(), invitation_id, user=user, actor=current_actor(), now=now())
    bearer.refresh()
    return shown(membership.organization_id)
