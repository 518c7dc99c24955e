"""What fits what, why, and "not for us"."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.api.frame import Listing, Resource, page_of, page_of_rows
from app.api.schemas.recommendations import (
    DismissalSchema,
    GapSchema,
    ProductDismissal,
    ProductFitSchema,
    ScenarioDismissal,
    ScenarioFitSchema,
)
from app.api.showing import Shown, each
from app.errors import require_allowed, require_visible
from app.matching.fits import operations, policy, queries
from app.matching.fits.labels import PARTS
from app.matching.fits.models import Dismissal, DismissalReason, Fit
from app.matching.fits.showing import found_by
from app.organizations import policy as organizations_policy
from app.organizations import queries as organizations
from app.products import policy as products_policy
from app.products import queries as products
from app.products.models import Product
from app.scenarios import queries as scenarios
from app.scenarios.models import Scenario
from app.web import current_actor, database, now, record_or_404

resource = Resource("recommendations", "What fits what, and why")
PER_POINT = 100


def _fits(fits: Sequence[Fit]) -> list[Shown]:
    return [
        Shown(
            fit,
            score=fit.score / PER_POINT,
            reasons=[
                {"part": name, "label": str(PARTS[name]), "points": hundredths / PER_POINT, "detail": found_by(name, detail)}
                for name, hundredths, _value, detail in fit.parts
            ],
            requirements=[verdict | {"evidence": _evidence(verdict)} for verdict in fit.verdicts],
        )
        for fit in fits
    ]


def _evidence(verdict: dict[str, Any]) -> str | None:
    """The parameter that decided a verdict, with what it says where that proved the verdict."""
    return f"{verdict['evidence']} {verdict['data'].get('value', '')}".strip() if verdict["evidence"] else None


def _scenario(scenario_id: uuid.UUID) -> Scenario:
    return scenarios.visible(database(), current_actor(), scenario_id)[0]


def _product(product_id: uuid.UUID) -> Product:
    product = record_or_404(products.get_product(database(), product_id))
    require_visible(products_policy.can_see(current_actor(), product))
    return product


def _firm(organization_id: uuid.UUID) -> None:
    """Raise NotFound where the firm does not exist for this person."""
    firm = record_or_404(organizations.get_organization(database(), organization_id))
    require_visible(organizations_policy.can_see(current_actor(), firm))


@resource.lists("/scenarios/<uuid:scenario_id>/recommendations", ProductFitSchema, public=False)
def list_fits_of_scenario(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """The products that fit a scenario, the best first, with reasons that add up to the score."""
    scenario = _scenario(scenario_id)
    require_allowed(policy.can_see_for_scenario(current_actor(), scenario))
    return each(page_of(queries.for_scenario(current_actor(), scenario), query), _fits)


@resource.lists("/products/<uuid:product_id>/recommendations", ScenarioFitSchema, public=False)
def list_fits_of_product(query: dict[str, Any], product_id: uuid.UUID) -> Listing:
    """The scenarios that a product fits, the best first; of those, the ones that one reads."""
    product = _product(product_id)
    require_allowed(policy.can_see_for_firm(current_actor(), product.organization_id))
    return each(page_of(queries.for_product(current_actor(), product), query), _fits)


@resource.lists("/organizations/<uuid:organization_id>/recommendations", ScenarioFitSchema, public=False)
def list_fits_of_firm(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """The scenarios that a firm fits, the best first, each with the best of its products; of those, the ones that one reads."""
    _firm(organization_id)
    require_allowed(policy.can_see_for_firm(current_actor(), organization_id))
    return each(page_of(queries.for_organization(current_actor(), organization_id), query), _fits)


@resource.creates("/scenarios/<uuid:scenario_id>/recommendations/dismiss", DismissalSchema, takes=ProductDismissal)
def dismiss_product(body: dict[str, Any], scenario_id: uuid.UUID) -> Shown:
    """Say that a product is not for one's scenario."""
    scenario, product = _scenario(scenario_id), _product(body["product_id"])
    why = _why(body["reason"])
    return _dismissal(operations.dismiss_product(database(), scenario, product, actor=current_actor(), now=now(), **why))


@resource.creates("/products/<uuid:product_id>/recommendations/dismiss", DismissalSchema, takes=ScenarioDismissal)
def dismiss_scenario_for_product(body: dict[str, Any], product_id: uuid.UUID) -> Shown:
    """Say that a scenario is not for one's product."""
    product = _product(product_id)
    return _dismiss(body, product.organization_id, product)


@resource.creates("/organizations/<uuid:organization_id>/recommendations/dismiss", DismissalSchema, takes=ScenarioDismissal)
def dismiss_scenario(body: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """Say that a scenario is not for one's firm."""
    _firm(organization_id)
    return _dismiss(body, organization_id, None)


def _dismiss(body: dict[str, Any], firm_id: uuid.UUID, product: Product | None) -> Shown:
    scenario, actor, why = _scenario(body["scenario_id"]), current_actor(), _why(body["reason"])
    return _dismissal(operations.dismiss_scenario(database(), scenario, firm_id, product=product, actor=actor, now=now(), **why))


def _why(reason: str) -> dict[str, Any]:
    """A reason by its code; one in somebody's own words is another one, with those words."""
    known = reason in list(DismissalReason) and reason != DismissalReason.OTHER
    return {"reason": DismissalReason(reason)} if known else {"reason": DismissalReason.OTHER, "note": reason}


def _dismissal(dismissal: Dismissal) -> Shown:
    return Shown(dismissal, status="dismissed")


@resource.lists("/organizations/<uuid:organization_id>/dismissals", DismissalSchema, public=False)
def list_dismissals(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """What one's firm does not want, the latest first."""
    require_visible(current_actor().belongs_to(organization_id))
    return each(page_of(queries.dismissals_of(organization_id), query), lambda rows: [_dismissal(row) for row in rows])


@resource.acts("/dismissals/<uuid:dismissal_id>/restore", None)
def restore_dismissal(_body: dict[str, Any], dismissal_id: uuid.UUID) -> None:
    """Take a dismissal back: the pair is shown again, and no longer learned from."""
    dismissal = record_or_404(database().get(Dismissal, dismissal_id))
    operations.restore(database(), dismissal, actor=current_actor(), now=now())


@resource.lists("/coverage-gaps", GapSchema, public=False)
def list_gaps(query: dict[str, Any]) -> Listing:
    """Requirement lines, of scenarios that one reads, that no local product meets: by field, must lines first."""
    require_allowed(policy.can_see_gaps(current_actor()))
    return page_of_rows(queries.gaps(database(), current_actor()), query)
