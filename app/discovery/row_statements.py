"""What the rows of the lists are made of, as statements that take `ids`; each is built once for each reader, and kept."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, func, literal, select, union_all
from sqlalchemy.orm import aliased

from app.actor import Actor
from app.organizations import policy as organizations_policy
from app.organizations.models import Organization, OrganizationTrack
from app.products import policy as products_policy
from app.products.models import Product, ProductParameter, ProductTechnology
from app.projects.models import Project
from app.scenarios import policy as scenarios_policy
from app.scenarios.models import Question, Scenario
from app.taxonomy.models import Area, Domain, Technology, Term, Track

EXCERPT = 240
PARAMETERS = 3
READERS = 256
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

TERMS: dict[str, type[Term]] = {"domain": Domain, "area": Area, "track": Track, "technology": Technology}
_words = union_all(
    *(
        select(literal(name).label("kind"), term.code, term.name_zh, term.name_en, term.retired, term.position)
        for name, term in TERMS.items()
    )
).subquery()
VOCABULARY = select(_words).order_by(_words.c.position, _words.c.code)


@lru_cache(READERS)
def scenarios(actor: Actor) -> Select[*tuple[Any, ...]]:
    """What a row of a scenario shows; `whole` says whether more than its public minimum may be shown."""
    answered = select(func.count()).where(Question.scenario_id == Scenario.id, Question.answered_at.is_not(None))
    return (
        select(
            Scenario.id, Scenario.title, Scenario.public_title, Scenario.status, Scenario.closes_at, Scenario.opened_at,
            Scenario.domain_code, Scenario.area_code, Scenario.award_kind, Scenario.sealed, Scenario.round,
            Scenario.confidentiality, Scenario.budget_min, Scenario.budget_max,
            func.substr(Scenario.need, 1, EXCERPT).label("need"),
            Organization.name_zh, Organization.name_en, Organization.short_zh, Organization.short_en,
            scenarios_policy.readable_by(actor).label("whole"),
            answered.correlate(Scenario).scalar_subquery().label("answered"),
        )
        .join(Organization, Organization.id == Scenario.organization_id)
        .where(Scenario.id.in_(_IDS), scenarios_policy.visible_to(actor))
    )  # fmt: skip


@lru_cache(READERS)
def products(actor: Actor) -> Select[*tuple[Any, ...]]:
    """What a row of a product shows, once for each of its first parameters."""
    technologies = select(func.aggregate_strings(ProductTechnology.technology_code, ","))
    return (
        select(
            Product.id, Product.name, Product.model, Product.status, Product.maturity, Product.track_code, Product.created_at,
            func.substr(Product.description, 1, EXCERPT).label("description"),
            Organization.name_zh, Organization.name_en, Organization.short_zh, Organization.short_en, Organization.area_code,
            technologies.where(ProductTechnology.product_id == Product.id).scalar_subquery().label("technologies"),
            ProductParameter.name.label("parameter"), ProductParameter.value, ProductParameter.unit,
        )
        .join(Organization, Organization.id == Product.organization_id)
        .outerjoin(ProductParameter, and_(ProductParameter.product_id == Product.id, ProductParameter.position < PARAMETERS))
        .where(Product.id.in_(_IDS), products_policy.visible_to(actor))
        .order_by(Product.id, ProductParameter.position)
    )  # fmt: skip


@lru_cache(READERS)
def organizations(actor: Actor) -> Select[*tuple[Any, ...]]:
    """What a row of a firm shows."""
    tracks = select(func.aggregate_strings(OrganizationTrack.track_code, ","))
    return select(
        Organization.id, Organization.name_zh, Organization.name_en, Organization.is_anchor, Organization.is_chip,
        Organization.status, Organization.demo, Organization.area_code, Organization.verified_at,
        func.substr(Organization.profile_zh, 1, EXCERPT).label("profile_zh"),
        func.substr(Organization.profile_en, 1, EXCERPT).label("profile_en"),
        tracks.where(OrganizationTrack.organization_id == Organization.id).scalar_subquery().label("tracks"),
    ).where(Organization.id.in_(_IDS), organizations_policy.visible_to(actor))  # fmt: skip


@cache
def projects() -> Select[*tuple[Any, ...]]:
    """What a row of a project shows: the same for everybody."""
    anchor, firm = aliased(Organization), aliased(Organization)
    return (
        select(
            Project.id, Project.number, Project.title, Project.status, Project.domain_code, Project.area_code,
            Project.approved_on, Project.accepted_on, Project.established_at,
            *(getattr(firms, name).label(f"{side}_{name}") for side, firms in (("anchor", anchor), ("firm", firm))
              for name in ("name_zh", "name_en", "short_zh", "short_en")),
        )
        .join(anchor, anchor.id == Project.anchor_id)
        .join(firm, firm.id == Project.firm_id)
        .where(Project.id.in_(_IDS))
    )  # fmt: skip
