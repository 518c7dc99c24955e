"""What the index has to follow: each event names the records whose documents it changes.

The first step, in the transaction that marks the event done, promises `index.changed` for them; the second carries many of those
out by one commit of the index. So an index that is away holds up nothing but itself.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from app.accounts.personal import Leaving, exports, on_erasure
from app.discovery.index import engine, follow
from app.discovery.models import SavedSearch
from app.discovery.operations import INDEX_CHANGED, promise_indexing
from app.discovery.saved import FOUND, searches_of
from app.extensions import db
from app.notifications.kinds import Kind, declare
from app.organizations.models import Organization, OrganizationTrack
from app.outbox.registry import Event, delivers_together, handles
from app.products.models import Product, ProductTechnology
from app.projects.models import Project
from app.scenarios.models import Scenario, ScenarioTrack

declare(
    Kind(
        FOUND,
        _l("Searches"),
        _l("Something new for a search that I keep"),
        _l("New for your search “%(search)s”"),
        _l("%(count)s new: %(titles)s"),
    )
)

Selects = Mapping[str, Select[Any]]


@handles("scenario.changed")
def draft_changed(session: Session, event: Event, now: datetime) -> None:
    """A draft was written, which is not matched: autosave does it every few seconds."""
    promise_indexing(session, {"scenario": [event.uuid("scenario_id")]}, key=event.key, now=now, matched=False)


@handles(
    "scenario.deleted", "scenario.submitted", "scenario.approved", "scenario.returned", "scenario.cancelled",
    "scenario.closed", "scenario.filled", "scenario.unfilled", "scenario.finished", "scenario.extended", "scenario.amended",
    "scenario.invited", "scenario.invitation_answered",
)  # fmt: skip
def scenario_changed(session: Session, event: Event, now: datetime) -> None:
    """A scenario's content, state or readers have changed."""
    promise_indexing(session, {"scenario": [event.uuid("scenario_id")]}, key=event.key, now=now)


@handles("product.changed")
def product_changed(session: Session, event: Event, now: datetime) -> None:
    """A product has changed."""
    promise_indexing(session, {"product": [event.uuid("product_id")]}, key=event.key, now=now)


@handles(
    "project.established", "project.acceptance_requested", "project.accepted", "project.returned", "project.acceptance_revoked",
    "project.terminated",
)  # fmt: skip
def project_changed(session: Session, event: Event, now: datetime) -> None:
    """A project has changed its state."""
    promise_indexing(session, {"project": [event.uuid("project_id")]}, key=event.key, now=now)


@handles("organization.applied", "organization.changed", "organization.verified", "organization.refused")
def organization_changed(session: Session, event: Event, now: datetime) -> None:
    """A firm's name and standing are part of what it offers, opens and carries out."""
    firm = event.uuid("organization_id")
    selects = {
        "product": select(Product.id).where(Product.organization_id == firm),
        "scenario": select(Scenario.id).where(Scenario.organization_id == firm),
        "project": select(Project.id).where(or_(Project.anchor_id == firm, Project.firm_id == firm)),
    }
    promise_indexing(session, {"organization": [firm], **_found(session, selects)}, key=event.key, now=now)


@handles("taxonomy.changed")
def word_changed(session: Session, event: Event, now: datetime) -> None:
    """A word of the plan may be called otherwise in every record that has it."""
    using = {"domains": _of_domain, "areas": _of_area, "tracks": _of_track, "technologies": _of_technology}
    vocabulary = event.payload["vocabulary"]
    if vocabulary in using:
        promise_indexing(session, _found(session, using[vocabulary](event.payload["code"])), key=event.key, now=now)


def _found(session: Session, selects: Selects) -> dict[str, Iterable[uuid.UUID]]:
    return {kind: session.scalars(statement.order_by("id")).all() for kind, statement in selects.items()}


def _of_domain(code: str) -> Selects:
    return {
        "scenario": select(Scenario.id).where(Scenario.domain_code == code),
        "project": select(Project.id).where(Project.domain_code == code),
    }


def _of_area(code: str) -> Selects:
    firms = select(Organization.id).where(Organization.area_code == code)
    return {
        "organization": firms,
        "product": select(Product.id).where(Product.organization_id.in_(firms)),
        "scenario": select(Scenario.id).where(Scenario.area_code == code),
        "project": select(Project.id).where(Project.area_code == code),
    }


def _of_track(code: str) -> Selects:
    wanted = select(ScenarioTrack.scenario_id).where(ScenarioTrack.track_code == code)
    standing = select(OrganizationTrack.organization_id).where(OrganizationTrack.track_code == code)
    return {
        "organization": select(Organization.id).where(Organization.id.in_(standing)),
        "product": select(Product.id).where(Product.track_code == code),
        "scenario": select(Scenario.id).where(Scenario.id.in_(wanted)),
    }


def _of_technology(code: str) -> Selects:
    standing = select(ProductTechnology.product_id).where(ProductTechnology.technology_code == code)
    return {"product": select(Product.id).where(Product.id.in_(standing))}


@delivers_together(INDEX_CHANGED)
def write_to_index(events: Sequence[Event]) -> None:
    """One commit of the index for all that has changed."""
    records: dict[str, set[uuid.UUID]] = defaultdict(set)
    for event in events:
        records[event.payload["record_kind"]] |= {uuid.UUID(record_id) for record_id in event.payload["ids"]}
    with Session(db.engine) as session:  # its own: the worker's is not held while the index is written
        follow(session, engine(), records)


@exports("saved_searches")
def export_searches(session: Session, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """The searches that the person keeps."""
    return [
        {"name": search.name, "list": search.shape, "arguments": search.arguments, "alerts": search.alerts}
        for search in searches_of(session, user_id)
    ]


@on_erasure
def erase_searches(session: Session, leaving: Leaving, _now: datetime) -> None:
    """A deleted account keeps no searches."""
    session.execute(delete(SavedSearch).where(SavedSearch.user_id == leaving.user_id))
