"""Who reads which row of the match table, and who may say "not for us"."""

import uuid

from app.actor import Actor, Role
from app.products.models import Product
from app.scenarios.models import Scenario


def _staff(actor: Actor) -> bool:
    return actor.is_system or actor.is_administrator or actor.has(Role.AUDITOR)


def can_see_for_scenario(actor: Actor, scenario: Scenario) -> bool:
    """What fits a scenario is read by its firm, administrators and auditors."""
    return actor.belongs_to(scenario.organization_id) or _staff(actor)


def can_see_for_firm(actor: Actor, organization_id: uuid.UUID) -> bool:
    """What a firm or its products fit is read by the firm, administrators and auditors; only scenarios that the reader reads."""
    return actor.belongs_to(organization_id) or _staff(actor)


def can_see_gaps(actor: Actor) -> bool:
    """What no local product meets is for administrators, the operator and auditors."""
    return _staff(actor) or actor.has(Role.OPERATOR)


def can_dismiss_for_scenario(actor: Actor, scenario: Scenario) -> bool:
    """Members of the anchor firm say that a product is not for their scenario."""
    return actor.acts_for(scenario.organization_id)


def can_dismiss_for_firm(actor: Actor, organization_id: uuid.UUID) -> bool:
    """Members of the verified firm say that a scenario is not for it."""
    return actor.acts_for(organization_id)


def can_dismiss_for_product(actor: Actor, product: Product) -> bool:
    """Members of the verified firm that offers it."""
    return actor.acts_for(product.organization_id)
