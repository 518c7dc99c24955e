"""Who may see a product, and who may keep it."""

from sqlalchemy import ColumnElement, and_, or_, select, true

from app.actor import Actor, Role
from app.organizations.models import Organization, OrganizationStatus
from app.products.models import Product, ProductStatus


def _sees_all(actor: Actor) -> bool:
    return actor.is_system or actor.is_administrator or actor.has(Role.AUDITOR)


def can_see(actor: Actor, product: Product) -> bool:
    """What a verified firm offers is public; other products are seen by their firm and the staff. Needs `product.organization`."""
    public = product.status is ProductStatus.ACTIVE and product.organization.is_verified
    return public or actor.belongs_to(product.organization_id) or _sees_all(actor)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a person sees a product in lists; the same rule as `can_see`."""
    if _sees_all(actor):
        return true()
    verified = select(Organization.id).where(Organization.status == OrganizationStatus.VERIFIED)
    public = and_(Product.status == ProductStatus.ACTIVE, Product.organization_id.in_(verified))
    return or_(public, Product.organization_id.in_(list(actor.affiliations)))


def can_create(actor: Actor) -> bool:
    """Members of a verified chip firm, for the firm that they act for."""
    affiliation = actor.affiliations.get(actor.organization_id) if actor.organization_id else None
    return affiliation is not None and affiliation.verified and affiliation.chip


def can_edit(actor: Actor, product: Product) -> bool:
    """Members of the verified firm that offers it."""
    return actor.acts_for(product.organization_id)
