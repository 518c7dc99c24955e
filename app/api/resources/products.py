"""The catalogues of the chip firms."""

import uuid
from typing import Any

from app.api.frame import Listing, Resource, page_of
from app.api.schemas.products import ProductBody, ProductHit, ProductPatch, ProductSchema
from app.api.searching import query_of, search
from app.discovery.shapes import PRODUCTS
from app.errors import require_visible
from app.organizations import policy as organizations_policy
from app.organizations import queries as organizations
from app.products import operations, policy, queries
from app.products.models import Product
from app.products.operations import Parameter, ProductContent
from app.web import current_actor, database, new_id, now, record_or_404

resource = Resource("products", "Products of the chip firms")


@resource.lists("/products", ProductHit, query=query_of(PRODUCTS))
def list_products(query: dict[str, Any]) -> Listing:
    """Products on offer, and one's own retired ones: searched, filtered, with their counts."""
    return search(PRODUCTS, query, lambda ids: {each.id: each for each in queries.of_ids(database(), current_actor(), ids)})


@resource.lists("/organizations/<uuid:organization_id>/products", ProductSchema)
def list_firm_products(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """The catalogue of one firm as it stands this moment, retired products last."""
    firm = record_or_404(organizations.get_organization(database(), organization_id))
    require_visible(organizations_policy.can_see(current_actor(), firm))
    return page_of(queries.of_firm(current_actor(), organization_id), query)


@resource.reads("/products/<uuid:product_id>", ProductSchema)
def show_product(_query: dict[str, Any], product_id: uuid.UUID) -> Product:
    """A product with its data sheet."""
    return _shown(product_id)


@resource.creates("/products", ProductSchema, takes=ProductBody)
def create_product(body: dict[str, Any]) -> Product:
    """Add a product to the firm's catalogue."""
    product = operations.create_product(database(), _content(body), product_id=new_id(), actor=current_actor(), now=now())
    return _shown(product.id)


def _shown(product_id: uuid.UUID) -> Product:
    product = record_or_404(queries.get_product(database(), product_id))
    require_visible(policy.can_see(current_actor(), product))
    return product


@resource.replaces("/products/<uuid:product_id>", ProductSchema, takes=ProductPatch, current=_shown)
def edit_product(body: dict[str, Any], product_id: uuid.UUID) -> Product:
    """Change a product; what is left out stays as it is."""
    product = _shown(product_id)
    content, version = _content(body, product), product.version
    operations.edit_product(database(), product_id, content, version=version, actor=current_actor(), now=now())
    return _shown(product_id)


@resource.removes("/products/<uuid:product_id>", ProductSchema, current=_shown, keeps=True)
def retire_product(product_id: uuid.UUID) -> Product:
    """Offer a product no longer; where it is used already, it stays readable."""
    operations.retire_product(database(), product_id, actor=current_actor(), now=now())
    return _shown(product_id)


@resource.acts("/products/<uuid:product_id>/reactivate", ProductSchema)
def reactivate_product(_body: dict[str, Any], product_id: uuid.UUID) -> Product:
    """Offer a retired product again."""
    operations.reactivate_product(database(), product_id, actor=current_actor(), now=now())
    return _shown(product_id)


def _content(body: dict[str, Any], product: Product | None = None) -> ProductContent:
    """What is sent, over what stands."""
    standing: dict[str, Any] = {}
    if product is not None:
        standing = {
            name: getattr(product, name) for name in ("name", "track_code", "maturity", "model", "description", "certifications")
        }
        standing["technology_codes"] = [technology.code for technology in product.technologies]
        standing["parameters"] = [{"name": row.name, "value": row.value, "unit": row.unit} for row in product.parameters]
    merged = {**standing, **body}
    merged["technology_codes"] = tuple(merged.get("technology_codes", ()))
    merged["parameters"] = tuple(Parameter(**row) for row in merged.get("parameters", ()))
    return ProductContent(**merged)
