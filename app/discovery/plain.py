"""Finding without the index: the words of the query in the records' own columns, newest first. For as long as the index is away."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.actor import Actor
from app.organizations import policy as organizations
from app.organizations.models import Organization
from app.products import policy as products
from app.products.models import Product, ProductParameter
from app.projects.models import Project
from app.scenarios import policy as scenarios
from app.scenarios.models import Scenario
from app.words import containing, words

FIRM_NAMES = (Organization.name_zh, Organization.short_zh, Organization.name_en, Organization.short_en)


def find(
    session: Session, actor: Actor, kinds: Iterable[str], query: str, *, page: int, per_page: int
) -> tuple[Sequence[tuple[str, uuid.UUID]], int]:
    """One page of what this person sees and what holds every word: kinds and ids, and how many there are. Two statements."""
    typed = words(query)
    found = union_all(*(_SELECTS[kind](actor, typed) for kind in kinds)).subquery()
    total = session.scalar(select(func.count()).select_from(found)) or 0
    statement = select(found.c.kind, found.c.id).order_by(found.c.moment.desc(), found.c.id)
    rows = session.execute(statement.limit(per_page).offset((page - 1) * per_page))
    return [(row.kind, row.id) for row in rows], total


def _scenarios(actor: Actor, typed: Sequence[str]) -> Select[*tuple[Any, ...]]:
    texts = (Scenario.title, Scenario.number, Scenario.need, Scenario.background, Scenario.benefit)
    inside = and_(scenarios.readable_by(actor), containing(typed, *texts, also=_of_firm(Scenario.organization_id)))
    outside = containing(typed, Scenario.public_title)
    statement = select(literal("scenario").label("kind"), Scenario.id, Scenario.updated_at.label("moment"))
    return statement.where(Scenario.status.not_in(scenarios.UNOPENED), scenarios.visible_to(actor), or_(inside, outside))


def _products(actor: Actor, typed: Sequence[str]) -> Select[*tuple[Any, ...]]:
    firm = _of_firm(Product.organization_id)

    def elsewhere(word: str) -> ColumnElement[bool]:
        row = containing([word], ProductParameter.name + " " + ProductParameter.value)
        return or_(exists().where(ProductParameter.product_id == Product.id, row), firm(word))

    statement = select(literal("product").label("kind"), Product.id, Product.updated_at.label("moment"))
    condition = containing(typed, Product.name, Product.model, Product.description, also=elsewhere)
    return statement.where(products.visible_to(actor), condition)


def _organizations(actor: Actor, typed: Sequence[str]) -> Select[*tuple[Any, ...]]:
    statement = select(literal("organization").label("kind"), Organization.id, Organization.applied_at.label("moment"))
    condition = containing(typed, *FIRM_NAMES, Organization.profile_zh, Organization.profile_en)
    return statement.where(organizations.visible_to(actor), condition)


def _projects(_actor: Actor, typed: Sequence[str]) -> Select[*tuple[Any, ...]]:
    statement = select(literal("project").label("kind"), Project.id, Project.established_at.label("moment"))
    return statement.where(containing(typed, Project.title, Project.number))


def _of_firm(column: Any) -> Callable[[str], ColumnElement[bool]]:
    return lambda word: exists().where(Organization.id == column, containing([word], *FIRM_NAMES).self_group())


_SELECTS: Mapping[str, Callable[[Actor, Sequence[str]], Select[*tuple[Any, ...]]]] = {
    "scenario": _scenarios,
    "product": _products,
    "organization": _organizations,
    "project": _projects,
}
