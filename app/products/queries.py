"""Reading products."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.actor import Actor
from app.organizations.models import Organization
from app.products import policy
from app.products.models import Product

HEAD: tuple[ORMOption, ...] = (
    joinedload(Product.organization).joinedload(Organization.area), joinedload(Product.track), selectinload(Product.technologies),
)  # fmt: skip


def lock_product(session: Session, product_id: uuid.UUID) -> Product | None:
    """The product with its firm, parameters and technologies, its row locked until the transaction ends."""
    statement = (
        select(Product)
        .where(Product.id == product_id)
        .options(selectinload(Product.organization), selectinload(Product.parameters), selectinload(Product.technologies))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).one_or_none()


def get_product(session: Session, product_id: uuid.UUID) -> Product | None:
    """The product with everything that its page shows."""
    statement = select(Product).where(Product.id == product_id).options(*HEAD, selectinload(Product.parameters))
    return session.scalars(statement).one_or_none()


def of_firm(actor: Actor, organization_id: uuid.UUID) -> Select[Product]:
    """The products of one firm that a person sees, those on offer first."""
    statement = select(Product).where(Product.organization_id == organization_id, policy.visible_to(actor))
    return statement.options(*HEAD, selectinload(Product.parameters)).order_by(Product.status, Product.name, Product.id)


def of_ids(session: Session, actor: Actor, ids: Iterable[uuid.UUID]) -> Sequence[Product]:
    """Those of the products that this person sees, with their data sheets."""
    statement = select(Product).where(Product.id.in_(list(ids)), policy.visible_to(actor))
    return session.scalars(statement.options(selectinload(Product.technologies), selectinload(Product.parameters))).all()
