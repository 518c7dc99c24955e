"""Reading organisations and who belongs to them."""

import uuid
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.actor import Actor, Affiliation
from app.organizations.models import Membership, Organization


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
