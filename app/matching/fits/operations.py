"""Saying that a pair is "not for us", and taking that back."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.errors import collecting, require_allowed, require_visible
from app.matching.fits import policy
from app.matching.fits.models import Dismissal, DismissalReason, MarketSide
from app.matching.fits.promises import promise_matching
from app.products import policy as product_policy
from app.products.models import Product
from app.scenarios import policy as scenario_policy
from app.scenarios.models import Scenario

NOTE_LENGTH = 2000


def dismiss_product(
    session: Session, scenario: Scenario, product: Product, *, reason: DismissalReason, actor: Actor, now: datetime, note: str = ""
) -> Dismissal:
    """The anchor firm: this product is not for our scenario. It leaves the scenario's row; a second time changes nothing."""
    require_visible(scenario_policy.can_see(session, actor, scenario) and _is_seen(session, product, actor))
    require_allowed(policy.can_dismiss_for_scenario(actor, scenario))
    return _dismiss(session, scenario.organization_id, scenario, product, reason=reason, note=note, actor=actor, now=now)


def dismiss_scenario(
    session: Session,
    scenario: Scenario,
    organization_id: uuid.UUID,
    *,
    reason: DismissalReason,
    actor: Actor,
    now: datetime,
    note: str = "",
    product: Product | None = None,
) -> Dismissal:
    """A chip firm: this scenario is not for us, or not for this product of ours. A second time changes nothing.

    It stays hidden from the firm's rows, and what the reason says of other scenarios counts from now on (`items.standings_of`).
    """
    require_visible(scenario_policy.can_read(session, actor, scenario))
    if product is not None:
        require_visible(product.organization_id == organization_id and _is_seen(session, product, actor))
    others = organization_id != scenario.organization_id
    require_allowed(policy.can_dismiss_for_firm(actor, organization_id) and others)
    return _dismiss(session, organization_id, scenario, product, reason=reason, note=note, actor=actor, now=now)


def restore(session: Session, dismissal: Dismissal, *, actor: Actor, now: datetime) -> None:
    """Take a dismissal back: the pair is shown again, and no longer learned from."""
    require_visible(actor.belongs_to(dismissal.organization_id))
    require_allowed(policy.can_dismiss_for_firm(actor, dismissal.organization_id))
    audit.record(session, "match.restored", dismissal, actor=actor, now=now, before=_facts(dismissal))
    session.delete(dismissal)
    session.flush()
    _learn(session, dismissal, "restored", now)


def _dismiss(
    session: Session,
    organization_id: uuid.UUID,
    scenario: Scenario,
    product: Product | None,
    *,
    reason: DismissalReason,
    note: str,
    actor: Actor,
    now: datetime,
) -> Dismissal:
    with collecting() as problems:
        if reason is DismissalReason.OTHER and not note.strip():
            problems.add("note", _l("Say in a few words why."))
        problems.limit("note", note, NOTE_LENGTH)
    product_id = product.id if product else None
    session.execute(select(Scenario.id).where(Scenario.id == scenario.id).with_for_update())
    statement = select(Dismissal).where(Dismissal.organization_id == organization_id, Dismissal.scenario_id == scenario.id)
    present = session.scalars(statement.where(Dismissal.product_id == product_id)).one_or_none()
    if present is not None:
        return present
    dismissal = Dismissal(
        organization_id=organization_id,
        scenario_id=scenario.id,
        product_id=product_id,
        reason=reason,
        note=note.strip(),
        dismissed_by=actor.person,
        dismissed_at=now,
    )
    session.add(dismissal)
    session.flush()
    audit.record(session, "match.dismissed", dismissal, actor=actor, now=now, after=_facts(dismissal))
    _learn(session, dismissal, "dismissed", now)
    return dismissal


def _is_seen(session: Session, product: Product, actor: Actor) -> bool:
    return bool(session.scalar(select(exists().where(Product.id == product.id, product_policy.visible_to(actor)))))


def _learn(session: Session, dismissal: Dismissal, what: str, now: datetime) -> None:
    """The firm's products are scored anew."""
    products = session.scalars(select(Product.id).where(Product.organization_id == dismissal.organization_id)).all()
    promise_matching(session, {MarketSide.PRODUCT: products}, key=f"{what}:{dismissal.id}", now=now)


def _facts(dismissal: Dismissal) -> dict[str, object]:
    return {
        "scenario_id": dismissal.scenario_id,
        "product_id": dismissal.product_id,
        "reason": dismissal.reason,
        "note": dismissal.note,
    }
