"""What the match table has to follow beside the records themselves, which `discovery` promises together with the index."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import utcnow
from app.matching.fits.following import follow
from app.matching.fits.items import MATCHED
from app.matching.fits.models import MarketSide
from app.matching.fits.promises import FITS_CHANGED, promise_matching
from app.outbox.registry import Event, delivers_together, handles
from app.products.models import Product
from app.projects.models import Project
from app.scenarios.models import Scenario
from app.taxonomy.models import Technology


@handles(
    "project.established", "project.acceptance_requested", "project.accepted", "project.returned", "project.acceptance_revoked",
    "project.terminated",
)  # fmt: skip
def project_changed(session: Session, event: Event, now: datetime) -> None:
    """A firm's record, capacity and experience are part of what its products are worth."""
    firm = select(Project.firm_id).where(Project.id == event.uuid("project_id")).scalar_subquery()
    products = session.scalars(select(Product.id).where(Product.organization_id == firm).order_by(Product.id)).all()
    promise_matching(session, {MarketSide.PRODUCT: products}, key=event.key, now=now)


@handles("taxonomy.changed")
def technology_changed(session: Session, event: Event, now: datetime) -> None:
    """A scenario asks for the technologies that its text names, so each may ask for others than before."""
    if event.payload["vocabulary"] == Technology.__tablename__:
        scenarios = session.scalars(select(Scenario.id).where(Scenario.status.in_(MATCHED)).order_by(Scenario.id)).all()
        promise_matching(session, {MarketSide.SCENARIO: scenarios}, key=event.key, now=now)


@delivers_together(FITS_CHANGED)
def write_to_table(events: Sequence[Event]) -> None:
    """Bring the table up to all records that have changed, in one go."""
    records: dict[MarketSide, set[uuid.UUID]] = defaultdict(set)
    for event in events:
        records[MarketSide(event.payload["side"])] |= {uuid.UUID(identity) for identity in event.payload["ids"]}
    follow(records, now=utcnow())
