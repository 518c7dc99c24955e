"""Keeping the catalogue of a chip firm."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.models import Attachment, Visibility
from app.audit.operations import record as audit
from app.errors import NotFound, collecting, require_allowed, require_fresh, require_visible
from app.outbox.operations import emit
from app.products import policy, queries
from app.products.models import Maturity, Product, ProductParameter
from app.products.transitions import PRODUCT
from app.taxonomy.models import Technology, Track

MOST_PARAMETERS = 100


@dataclass(frozen=True)
class Parameter:
    """A row of the data sheet as it was typed."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class ProductContent:
    """What a firm writes of a product."""

    name: str
    track_code: str
    maturity: Maturity
    model: str = ""
    description: str = ""
    technology_codes: tuple[str, ...] = ()
    certifications: list[str] = field(default_factory=list)
    parameters: tuple[Parameter, ...] = ()


def create_product(session: Session, content: ProductContent, *, product_id: uuid.UUID, actor: Actor, now: datetime) -> Product:
    """Add a product to the catalogue of the firm that the person acts for. Sent twice with one id, it adds one.

    Raises Forbidden unless that firm is a verified chip firm, Invalid for fields that do not pass.
    """
    require_allowed(policy.can_create(actor))
    existing = session.get(Product, product_id)
    if existing is not None and actor.belongs_to(existing.organization_id):
        return existing
    technologies = _checked(session, content)
    product = Product(id=product_id, organization_id=actor.organization_id, status=PRODUCT.initial, created_at=now, updated_at=now)
    product.technologies, product.parameters = technologies, []
    _write(product, content)
    session.add(product)
    session.flush()
    audit(session, "product.created", product, actor=actor, now=now, after=_facts(product))
    emit(session, "product.changed", f"{product.id}:{product.version}", now=now, product_id=product.id)
    return product


def edit_product(
    session: Session, product_id: uuid.UUID, content: ProductContent, *, version: int | None, actor: Actor, now: datetime
) -> Product:
    """Change a product. Raises Stale when somebody else was faster, Invalid for fields that do not pass."""
    product = _locked(session, product_id, actor)
    require_fresh(product.version, version)
    technologies = _checked(session, content)
    before = _facts(product)
    _write(product, content)
    product.technologies, product.updated_at = technologies, now
    flag_modified(product, "updated_at")  # parameters stand in another table: the version rises for them too
    session.flush()
    audit(session, "product.edited", product, actor=actor, now=now, before=before, after=_facts(product))
    emit(session, "product.changed", f"{product.id}:{product.version}", now=now, product_id=product.id)
    return product


def retire_product(session: Session, product_id: uuid.UUID, *, actor: Actor, now: datetime) -> Product:
    """Offer a product no longer; where it is used already, it stays readable."""
    return _move(session, product_id, "retire", actor=actor, now=now)


def reactivate_product(session: Session, product_id: uuid.UUID, *, actor: Actor, now: datetime) -> Product:
    """Offer a retired product again."""
    return _move(session, product_id, "reactivate", actor=actor, now=now)


def attach_document(
    session: Session, product_id: uuid.UUID, upload: FileStorage, *, into: attachments.Store, actor: Actor, now: datetime
) -> Attachment:
    """Add a document to a product: public, as its page is. Raises Invalid at `file` for a file that is not taken."""
    product = _locked(session, product_id, actor)
    owner = {"product_id": product.id}
    return attachments.store(session, upload, owner=owner, into=into, actor=actor, now=now, visibility=Visibility.PUBLIC)


def remove_document(session: Session, product_id: uuid.UUID, attachment_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Take a document away from a product. Raises NotFound for a file of another record."""
    product = _locked(session, product_id, actor)
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or attachment.product_id != product.id:
        raise NotFound
    attachments.remove(session, attachment, actor=actor, now=now)


def _move(session: Session, product_id: uuid.UUID, action: str, *, actor: Actor, now: datetime) -> Product:
    product = _locked(session, product_id, actor)
    before = {"status": product.status}
    PRODUCT.move(product, action)
    product.updated_at = now
    session.flush()
    audit(session, f"product.{action}", product, actor=actor, now=now, before=before, after={"status": product.status})
    emit(session, "product.changed", f"{product.id}:{product.version}", now=now, product_id=product.id)
    return product


def _locked(session: Session, product_id: uuid.UUID, actor: Actor) -> Product:
    product = queries.lock_product(session, product_id)
    if product is None:
        raise NotFound
    require_visible(policy.can_see(actor, product))
    require_allowed(policy.can_edit(actor, product))
    return product


def _checked(session: Session, content: ProductContent) -> list[Technology]:
    """The technologies of a content that passes; Invalid otherwise."""
    statement = select(Technology).where(Technology.code.in_(content.technology_codes), Technology.track_code == content.track_code)
    technologies = list(session.scalars(statement.order_by(Technology.position)))
    with collecting() as problems:
        if not content.name:
            problems.add("name", _l("Please enter a name."))
        if session.get(Track, content.track_code) is None:
            problems.add("track_code", _l("Choose a track."))
        elif len(technologies) != len(set(content.technology_codes)):
            problems.add("technology_codes", _l("Choose technologies of the chosen track."))
        if len(content.parameters) > MOST_PARAMETERS:
            problems.add("parameters", _l("At most %(count)s parameters.", count=MOST_PARAMETERS))
        if any(bool(row.name) != bool(row.value) for row in content.parameters):
            problems.add("parameters", _l("Each parameter needs a name and a value."))
    return technologies


def _write(product: Product, content: ProductContent) -> None:
    for name in ("name", "model", "track_code", "maturity", "description", "certifications"):
        setattr(product, name, getattr(content, name))
    _write_parameters(product.parameters, content.parameters)


def _write_parameters(rows: list[ProductParameter], wanted: Sequence[Parameter]) -> None:
    """Fit the rows to what is wanted, by position: a row that stays is updated, so that no position is ever taken twice."""
    del rows[len(wanted) :]
    for position, parameter in enumerate(wanted):
        if position == len(rows):
            rows.append(ProductParameter(position=position))
        row = rows[position]
        row.name, row.value, row.unit = parameter.name, parameter.value, parameter.unit


def _facts(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "model": product.model,
        "track": product.track_code,
        "maturity": product.maturity,
        "description": product.description,
        "certifications": product.certifications,
        "technologies": [technology.code for technology in product.technologies],
        "parameters": [[row.name, row.value, row.unit] for row in product.parameters],
    }
