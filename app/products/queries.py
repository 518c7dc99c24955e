"""Reading products."""

import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.actor import Actor
from app.facets import Facet, containing, facet_of, words
from app.locales import localized
from app.organizations.models import Organization
from app.products import policy
from app.products.labels import MATURITY
from app.products.models import Product, ProductParameter
from app.taxonomy.models import Area, Track
from app.taxonomy.queries import terms

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


def search(actor: Actor, text: str | None) -> Select[Product]:
    """The products that a person sees and in whose name, model, description, parameters or firm every word of `text` stands."""
    typed = words(text)
    condition = containing(typed, Product.name, Product.model, Product.description, also=_elsewhere)
    return select(Product).join(Product.organization).where(policy.visible_to(actor), condition)


def _elsewhere(word: str) -> ColumnElement[bool]:
    row = or_(ProductParameter.name.icontains(word, autoescape=True), ProductParameter.value.icontains(word, autoescape=True))
    firm = or_(Organization.name_zh.icontains(word, autoescape=True), Organization.name_en.icontains(word, autoescape=True))
    return or_(exists().where(ProductParameter.product_id == Product.id, row), firm)


def listed(statement: Select[Product]) -> Select[Product]:
    """With what a row of the list shows, the last changed first."""
    return statement.options(*HEAD, selectinload(Product.parameters)).order_by(Product.updated_at.desc(), Product.id)


def of_firm(actor: Actor, organization_id: uuid.UUID) -> Select[Product]:
    """The products of one firm that a person sees, those on offer first."""
    statement = select(Product).where(Product.organization_id == organization_id, policy.visible_to(actor))
    return statement.options(*HEAD, selectinload(Product.parameters)).order_by(Product.status, Product.name, Product.id)


def facets(session: Session) -> list[Facet]:
    """The filters of the product list."""
    tracks = {track.code: localized(track) for track in terms(session, Track)}
    areas = {area.code: localized(area) for area in terms(session, Area)}
    return [
        facet_of("track", _l("Track"), Product.track_code, tracks),
        facet_of("maturity", _l("Maturity"), Product.maturity, {maturity.value: label for maturity, label in MATURITY.items()}),
        facet_of("area", _l("Area"), Organization.area_code, areas),
    ]
