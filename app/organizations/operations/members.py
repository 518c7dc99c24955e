"""The people of an organisation: inviting colleagues, making owners, and leaving."""

import uuid
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.operations.account import normal_email
from app.accounts.policy import OF_NO_FIRM
from app.accounts.queries import lock_user
from app.actor import Actor
from app.audit.operations import record as audit
from app.errors import Conflict, NotFound, collecting, require_allowed, require_visible
from app.organizations import policy, queries
from app.organizations.models import ColleagueInvitation, Membership, Organization
from app.outbox.operations import emit

INVITATION_LASTS = timedelta(days=14)


def invite_colleague(
    session: Session, organization_id: uuid.UUID, *, email: str, owner: bool = False, actor: Actor, now: datetime
) -> ColleagueInvitation:
    """Invite somebody by mail. Inviting the same address again renews its invitation and sends another link.

    Raises Forbidden unless an owner of a verified organisation invites, Invalid for an address that is none, or that of somebody
    who belongs to the organisation already.
    """
    organization = _locked_by_owner(session, organization_id, actor)
    require_allowed(policy.can_invite(actor, organization))
    address = normal_email(email.strip())
    with collecting() as problems:
        if queries.is_member(session, organization.id, email=address):
            problems.add("email", _l("This person belongs to the organisation already."))
    invitation = queries.invitation_to(session, organization.id, address) or ColleagueInvitation(
        id=uuid.uuid4(), organization_id=organization.id, email=address
    )
    invitation.owner, invitation.accepted_at = owner, None
    invitation.invited_by, invitation.invited_at, invitation.expires_at = actor.person, now, now + INVITATION_LASTS
    session.add(invitation)
    session.flush()
    audit(session, "organization.invited", organization, actor=actor, now=now, after={"email": address, "owner": owner})
    key = f"{invitation.id}:{now.isoformat()}"
    emit(session, "organization.colleague_invited", key, now=now, invitation_id=invitation.id)
    return invitation


def revoke_invitation(session: Session, invitation_id: uuid.UUID, *, actor: Actor, now: datetime) -> uuid.UUID:
    """Take an invitation back before it is used. Returns the id of the organisation."""
    invitation = session.get(ColleagueInvitation, invitation_id)
    if invitation is None:
        raise NotFound
    organization = _locked_by_owner(session, invitation.organization_id, actor)
    session.delete(invitation)
    session.flush()
    audit(session, "organization.invitation_revoked", organization, actor=actor, now=now, before={"email": invitation.email})
    return organization.id


def accept_invitation(session: Session, invitation_id: uuid.UUID, *, user: User, actor: Actor, now: datetime) -> Membership:
    """Join by an invitation that was sent to one's own confirmed address. Accepting it twice joins once.

    Raises NotFound for an invitation that was taken back, has expired or is somebody else's, Forbidden where a duty excludes it.
    """
    invitation = session.get(ColleagueInvitation, invitation_id, with_for_update=True, populate_existing=True)
    if invitation is None or invitation.email != user.email or user.email_confirmed_at is None:
        raise NotFound
    require_may_belong(session, user.id)
    present = session.get(Membership, (invitation.organization_id, user.id))
    if present is not None:
        return present
    if invitation.accepted_at is not None or invitation.expires_at <= now:
        raise NotFound
    invitation.accepted_at = now
    membership = Membership(organization_id=invitation.organization_id, user_id=user.id, owner=invitation.owner, joined_at=now)
    session.add(membership)
    session.flush()
    organization = session.get_one(Organization, invitation.organization_id)
    audit(session, "organization.joined", organization, actor=actor, now=now, after={"owner": membership.owner})
    key = f"{invitation.id}:{now.isoformat()}"  # a renewed invitation is the same one, and leads to another joining
    emit(session, "organization.joined", key, now=now, organization_id=organization.id, user_id=user.id)
    return membership


def require_may_belong(session: Session, user_id: uuid.UUID) -> None:
    """Raise Forbidden for somebody whose duty excludes every firm. The account stays locked: no such duty is granted meanwhile."""
    user = lock_user(session, user_id)
    require_allowed(user is not None and not user.roles & OF_NO_FIRM)


def set_owner(
    session: Session, organization_id: uuid.UUID, user_id: uuid.UUID, *, owner: bool, actor: Actor, now: datetime
) -> Membership:
    """Make a member an owner, or an owner a member. Raises Conflict when nobody would own the organisation."""
    organization = _locked_by_owner(session, organization_id, actor)
    membership = session.get(Membership, (organization.id, user_id))
    if membership is None:
        raise NotFound
    if not owner:
        _require_another_owner(session, organization, user_id)
    before = {"user": user_id, "owner": membership.owner}
    membership.owner = owner
    session.flush()
    audit(session, "organization.owner_set", organization, actor=actor, now=now, before=before, after={"owner": owner})
    return membership


def remove_member(session: Session, organization_id: uuid.UUID, user_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """End somebody's membership: an owner ends anybody's, everybody ends their own. The last owner stays (Conflict)."""
    organization = queries.lock_organization(session, organization_id)
    if organization is None:
        raise NotFound
    require_visible(policy.can_see(actor, organization))
    require_allowed(policy.can_edit(actor, organization) or (actor.belongs_to(organization.id) and actor.user_id == user_id))
    membership = session.get(Membership, (organization.id, user_id))
    if membership is None:
        raise NotFound
    _require_another_owner(session, organization, user_id)
    session.delete(membership)
    session.flush()
    before = {"user": user_id, "owner": membership.owner}
    audit(session, "organization.member_removed", organization, actor=actor, now=now, before=before)


def _locked_by_owner(session: Session, organization_id: uuid.UUID, actor: Actor) -> Organization:
    organization = queries.lock_organization(session, organization_id)
    if organization is None:
        raise NotFound
    require_visible(policy.can_see(actor, organization))
    require_allowed(policy.can_edit(actor, organization))
    return organization


def _require_another_owner(session: Session, organization: Organization, user_id: uuid.UUID) -> None:
    if not set(queries.owner_ids(session, organization.id)) - {user_id}:
        raise Conflict(_l("An organisation keeps at least one owner. Make somebody else an owner first."))
