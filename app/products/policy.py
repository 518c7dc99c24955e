"""Who may see a product, and who may keep it."""

from sqlalchemy import ColumnElement, or_, true

from app.actor import Actor, Role
from app.products.models import Product, ProductStatus


def _sees_all(actor: Actor) -> bool:
    return actor.is_system or actor.is_administrator or actor.has(Role.AUDITOR)


def can_see(actor: Actor, product: Product) -> bool:
    """Products on offer are public; a retired one is seen by its firm and the staff."""
    return product.status is ProductStatus.ACTIVE or actor.belongs_to(product.organization_id) or _sees_all(actor)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a person sees a product in lists; the same rule as `can_see`."""
    if _sees_all(actor):
        return true()
    return or_(Product.status == ProductStatus.ACTIVE, Product.organization_id.in_(list(actor.affiliations)))


def can_create(actor: Actor) -> bool:
    """Members of a verified chip firm, for the firm that they act for."""
    affiliation = actor.affiliations.get(actor.organization_id) if actor.organization_id else None
    return affiliation is not None and affiliation.verified and affiliation.chip


def can_edit(actor: Actor, product: Product) -> bool:
    """Members of the verified firm that offers it."""
    return actor.acts_for(product.organization_id)
