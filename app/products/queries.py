"""Reading products."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.products.models import Product


def lock_product(session: Session, product_id: uuid.UUID) -> Product | None:
    """The product with its parameters and technologies, its row locked until the transaction ends."""
    statement = (
        select(Product)
        .where(Product.id == product_id)
        .options(selectinload(Product.parameters), selectinload(Product.technologies))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).one_or_none()
