"""Programmes: target, period, and from when on a project counts."""

import uuid
from typing import Any

from app.api.frame import Listing, Resource, page_of_rows
from app.api.schemas.administration import ProgrammeBody, ProgrammePatch, ProgrammeSchema
from app.api.showing import Shown
from app.clock import shanghai_day
from app.programme import operations, queries
from app.programme.operations import Terms
from app.projects.models import Programme
from app.web import current_actor, database, new_id, now

resource = Resource("programmes", "Programmes with their targets")


def shown(programme_id: uuid.UUID) -> Shown:
    """The programme. Raises NotFound."""
    database().flush()
    return _shown(queries.get(database(), programme_id))


def _shown(programme: Programme) -> Shown:
    today = shanghai_day(now())
    status = "planned" if today < programme.starts_on else "running" if programme.runs_on(today) else "over"
    return Shown(programme, status="closed" if programme.closed else status)


@resource.lists("/programmes", ProgrammeSchema)
def list_programmes(query: dict[str, Any]) -> Listing:
    """All programmes, the latest first."""
    return page_of_rows([_shown(programme) for programme in queries.programmes(database())], query)


@resource.reads("/programmes/<uuid:programme_id>", ProgrammeSchema)
def show_programme(_query: dict[str, Any], programme_id: uuid.UUID) -> Shown:
    """A programme."""
    return shown(programme_id)


@resource.creates("/programmes", ProgrammeSchema, takes=ProgrammeBody)
def create_programme(body: dict[str, Any]) -> Shown:
    """Set up a programme."""
    programme = operations.create_programme(database(), new_id(), Terms(**body), actor=current_actor(), now=now())
    return _shown(programme)


@resource.replaces("/programmes/<uuid:programme_id>", ProgrammeSchema, takes=ProgrammePatch, current=shown)
def edit_programme(body: dict[str, Any], programme_id: uuid.UUID) -> Shown:
    """Change a programme that is not closed; what is left out stays as it is."""
    programme, actor = queries.get(database(), programme_id), current_actor()
    terms = Terms(**{name: body.get(name, getattr(programme, name)) for name in Terms.__dataclass_fields__})
    operations.edit_programme(database(), programme, terms, version=programme.version, actor=actor, now=now())
    return shown(programme_id)


@resource.acts("/programmes/<uuid:programme_id>/close", ProgrammeSchema)
def close_programme(_body: dict[str, Any], programme_id: uuid.UUID) -> Shown:
    """Close a programme after its last day."""
    operations.close_programme(database(), queries.get(database(), programme_id), actor=current_actor(), now=now())
    return shown(programme_id)
