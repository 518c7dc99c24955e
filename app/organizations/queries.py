"""Reading organisations and who belongs to them."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.accounts import facts
from app.accounts.models import User
from app.actor import Actor, Affiliation
from app.attachments.models import Attachment
from app.organizations import policy
from app.organizations.models import ColleagueInvitation, Membership, Organization, OrganizationStatus

HEAD: tuple[ORMOption, ...] = (joinedload(Organization.area), selectinload(Organization.tracks))
# asked at each request of somebody signed in, and so built once
_AFFILIATIONS = (
    select(
        Organization.id,
        Membership.owner,
        (Organization.status == OrganizationStatus.VERIFIED).label("verified"),
        Organization.is_anchor,
        Organization.is_chip,
        Organization.short_zh,
        Organization.name_zh,
        Organization.short_en,
        Organization.name_en,
    )
    .join(Membership, Membership.organization_id == Organization.id)
    .where(Membership.user_id == bindparam("user_id"))
    .order_by(Membership.joined_at, Organization.id)
)


@facts.belongs_to_a_firm.answered_by
def belongs_to_a_firm(session: Session, user_id: uuid.UUID) -> bool:
    """Whether a person belongs to some organisation, verified or not."""
    return session.scalar(select(exists().where(Membership.user_id == user_id))) or False


def actor_for(session: Session, user: User, *, organization_id: uuid.UUID | None = None, address: str = "") -> Actor:
    """The person as an actor, acting for `organization_id` where they belong to it, else for their first organisation."""
    affiliations = {
        row.id: Affiliation(
            row.owner, row.verified, row.is_anchor, row.is_chip, row.short_zh or row.name_zh, row.short_en or row.name_en
        )
        for row in session.execute(_AFFILIATIONS, {"user_id": user.id})
    }
    chosen = organization_id if organization_id in affiliations else next(iter(affiliations), None)
    confirmed = user.email if user.email_confirmed_at is not None else ""
    return Actor(user.id, user.name, user.roles, MappingProxyType(affiliations), chosen, address, confirmed)


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


def solely_owned(session: Session, user_id: uuid.UUID) -> bool:
    """Whether a person is the only owner of some organisation."""
    other = aliased(Membership)
    another = exists().where(other.organization_id == Membership.organization_id, other.owner, other.user_id != user_id)
    statement = select(exists().where(Membership.user_id == user_id, Membership.owner, ~another))
    return session.scalar(statement) or False


def get_organization(session: Session, organization_id: uuid.UUID) -> Organization | None:
    """The organisation with its area and tracks."""
    statement = select(Organization).where(Organization.id == organization_id)
    return session.scalars(statement.options(*HEAD)).one_or_none()


def of_ids(session: Session, actor: Actor, ids: Iterable[uuid.UUID]) -> Sequence[Organization]:
    """Those of the organisations that this person sees."""
    statement = select(Organization).where(Organization.id.in_(list(ids)), policy.visible_to(actor))
    return session.scalars(statement.options(*HEAD)).all()


def members(session: Session, organization_id: uuid.UUID) -> Sequence[tuple[Membership, User]]:
    """Who belongs to an organisation, owners first."""
    statement = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
        .order_by(Membership.owner.desc(), User.name, User.id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def open_invitations(session: Session, organization_id: uuid.UUID, now: datetime) -> Sequence[ColleagueInvitation]:
    """Invitations of colleagues that can still be used."""
    statement = select(ColleagueInvitation).where(
        ColleagueInvitation.organization_id == organization_id,
        ColleagueInvitation.accepted_at.is_(None),
        ColleagueInvitation.expires_at > now,
    )
    return session.scalars(statement.order_by(ColleagueInvitation.invited_at)).all()


def inviting_organization(session: Session, invitation_id: uuid.UUID, *, email: str) -> Organization | None:
    """The organisation behind an invitation that was sent to this address, used or not."""
    statement = (
        select(Organization)
        .join(ColleagueInvitation, ColleagueInvitation.organization_id == Organization.id)
        .where(ColleagueInvitation.id == invitation_id, ColleagueInvitation.email == email)
    )
    return session.scalars(statement).one_or_none()


def pending(session: Session) -> Sequence[Organization]:
    """Organisations that wait for a reviewer, the oldest first."""
    statement = select(Organization).where(Organization.status == OrganizationStatus.PENDING).options(*HEAD)
    return session.scalars(statement.order_by(Organization.applied_at, Organization.id)).all()
