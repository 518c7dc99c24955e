"""Who may see an organisation, and who may do what with it."""

from sqlalchemy import ColumnElement, or_, true

from app.accounts.policy import OF_NO_FIRM
from app.actor import Actor, Role
from app.organizations.models import Organization, OrganizationStatus


def can_register(actor: Actor) -> bool:
    """Any signed-in person registers a firm, except those whose duty excludes having one."""
    return actor.signed_in and not (actor.is_administrator or actor.roles & OF_NO_FIRM)


def _sees_all(actor: Actor) -> bool:
    staff = actor.has(Role.AUDITOR) or actor.has(Role.OPERATOR) or actor.has(Role.ADMIN)
    return actor.is_system or actor.is_administrator or staff


def can_see(actor: Actor, organization: Organization) -> bool:
    """Verified firms are public; others are seen by their own people and the staff."""
    return organization.is_verified or actor.belongs_to(organization.id) or _sees_all(actor)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a person sees an organisation in lists; the same rule as `can_see`."""
    if _sees_all(actor):
        return true()
    verified = Organization.status == OrganizationStatus.VERIFIED
    return or_(verified, Organization.id.in_(list(actor.affiliations)))


def can_edit(actor: Actor, organization: Organization) -> bool:
    """Owners keep the firm's record and its people."""
    return actor.owns(organization.id)


def can_invite(actor: Actor, organization: Organization) -> bool:
    """Owners invite colleagues, once the firm is verified: an unverified one does nothing but read."""
    return actor.owns(organization.id) and organization.is_verified


def can_verify(actor: Actor, organization: Organization) -> bool:
    """A reviewer who is not of the firm verifies or refuses it."""
    return actor.has(Role.REVIEWER) and not actor.belongs_to(organization.id)


def can_see_members(actor: Actor, organization: Organization) -> bool:
    """A firm's people, the reviewers, the auditors and the system administrator see who belongs to it."""
    staff = actor.has(Role.REVIEWER) or actor.has(Role.AUDITOR) or actor.has(Role.ADMIN)
    return actor.belongs_to(organization.id) or staff


def can_see_licence(actor: Actor, organization: Organization) -> bool:
    """The licence is for the firm's people, and for those who verify and audit."""
    return actor.belongs_to(organization.id) or actor.is_administrator or actor.has(Role.AUDITOR)
