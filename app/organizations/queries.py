"""Reading organisations and who belongs to them."""

import uuid
from types import MappingProxyType

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import User
from app.actor import Actor, Affiliation
from app.attachments.models import Attachment
from app.organizations.models import ColleagueInvitation, Membership, Organization


def actor_for(session: Session, user: User, *, organization_id: uuid.UUID | None = None, address: str = "") -> Actor:
    """The person as an actor, acting for `organization_id` where they belong to it, else for their first organisation."""
    statement = (
        select(Organization, Membership.owner)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user.id)
        .order_by(Membership.joined_at, Organization.id)
    )
    affiliations = {
        organization.id: Affiliation(
            owner,
            organization.is_verified,
            organization.is_anchor,
            organization.is_chip,
            organization.short_zh or organization.name_zh,
            organization.short_en or organization.name_en,
        )
        for organization, owner in session.execute(statement)
    }
    chosen = organization_id if organization_id in affiliations else next(iter(affiliations), None)
    return Actor(user.id, user.name, user.roles, MappingProxyType(affiliations), chosen, address)


def lock_organization(session: Session, organization_id: uuid.UUID) -> Organization | None:
    """The organisation with its tracks, its row locked until the transaction ends."""
    statement = (
        select(Organization)
        .where(Organization.id == organization_id)
        .options(selectinload(Organization.tracks))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).one_or_none()


def code_taken(session: Session, code: str, *, except_id: uuid.UUID | None) -> bool:
    """Whether another organisation is registered under this credit code."""
    other = select(Organization.id).where(Organization.credit_code == code)
    if except_id is not None:
        other = other.where(Organization.id != except_id)
    return session.scalar(select(other.exists())) or False


def is_member(session: Session, organization_id: uuid.UUID, *, email: str) -> bool:
    """Whether the person with this address belongs to the organisation."""
    member = exists().where(Membership.user_id == User.id, Membership.organization_id == organization_id, User.email == email)
    return session.scalar(select(member)) or False


def invitation_to(session: Session, organization_id: uuid.UUID, email: str) -> ColleagueInvitation | None:
    """The invitation of this address to the organisation, used or not."""
    statement = select(ColleagueInvitation).filter_by(organization_id=organization_id, email=email)
    return session.scalars(statement).one_or_none()


def has_licence(session: Session, organization_id: uuid.UUID) -> bool:
    """Whether the organisation has uploaded its licence (the one kind of file that an organisation owns)."""
    return session.scalar(select(exists().where(Attachment.organization_id == organization_id))) or False


def member_ids(session: Session, organization_id: uuid.UUID) -> list[uuid.UUID]:
    """The people of an organisation, for notifications."""
    return list(session.scalars(select(Membership.user_id).where(Membership.organization_id == organization_id)))


def owner_ids(session: Session, organization_id: uuid.UUID) -> list[uuid.UUID]:
    """The owners of an organisation."""
    statement = select(Membership.user_id).where(Membership.organization_id == organization_id, Membership.owner)
    return list(session.scalars(statement))
