"""Searches that one keeps."""

import uuid
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.api import bearer
from app.api.frame import Listing, Resource, page_of_rows
from app.api.schemas.personal import AlertsBody, SavedSearchBody, SavedSearchSchema
from app.discovery import saved
from app.discovery.models import SavedSearch
from app.discovery.shapes import SHAPES, wanted_of
from app.web import current_actor, database, now

resource = Resource("saved_searches", "Searches that one keeps")


def own(saved_search_id: uuid.UUID) -> SavedSearch:
    """A search that this person keeps. Raises NotFound."""
    bearer.person()
    return saved.own_search(database(), saved_search_id, actor=current_actor())


@resource.lists("/saved-searches", SavedSearchSchema, public=False)
def list_saved_searches(query: dict[str, Any]) -> Listing:
    """The searches that one keeps, the latest first."""
    return page_of_rows(saved.searches_of(database(), bearer.person().id), query)


@resource.reads("/saved-searches/<uuid:saved_search_id>", SavedSearchSchema, public=False)
def show_saved_search(_query: dict[str, Any], saved_search_id: uuid.UUID) -> SavedSearch:
    """A search that one keeps."""
    return own(saved_search_id)


@resource.creates("/saved-searches", SavedSearchSchema, takes=SavedSearchBody)
def save_search(body: dict[str, Any]) -> SavedSearch:
    """Keep a search; one that is kept already gets the new name and choice."""
    bearer.person()
    wanted = wanted_of(SHAPES[body["list"]], MultiDict(parse_qsl(body["arguments"])))
    name, alerts = body["name"], body["alerts"]
    return saved.save_search(database(), wanted, name=name, alerts=alerts, actor=current_actor(), now=now())


@resource.acts("/saved-searches/<uuid:saved_search_id>/alerts", SavedSearchSchema, takes=AlertsBody)
def choose_alerts(body: dict[str, Any], saved_search_id: uuid.UUID) -> SavedSearch:
    """Be told of new records, or no longer."""
    return saved.set_alerts(own(saved_search_id), alerts=body["alerts"], now=now())


@resource.removes("/saved-searches/<uuid:saved_search_id>", SavedSearchSchema, current=own)
def remove_saved_search(saved_search_id: uuid.UUID) -> None:
    """Keep a search no longer."""
    database().delete(own(saved_search_id))
