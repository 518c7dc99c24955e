"""The lists of scenarios, products, firms and projects, the search over all of them, suggestions, and feeds."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Response, current_app, jsonify, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.actor import VISITOR
from app.discovery.index import engine
from app.discovery.keys import readers_of
from app.discovery.listing import find
from app.discovery.shapes import (
    EVERYTHING,
    KIND_NAMES,
    NEWEST,
    ORGANIZATIONS,
    PRODUCTS,
    PROJECTS,
    SCENARIOS,
    SHAPES,
    Shape,
    wanted_of,
)
from app.discovery.similar import Similar, similar_to
from app.discovery.views.base import blueprint
from app.matching.fits.models import Fit
from app.matching.fits.queries import marks_of
from app.page_cache import same_for_visitors
from app.projects.views import narrowed_list
from app.scenarios.models import Scenario
from app.web import Page, current_actor, database, now, page, page_number, record_or_404
from search_index.engine import IndexUnavailable, Suggestion

MOST_SUGGESTIONS = 8
LONGEST_TYPED = 100
FEED_LENGTH = 50


@blueprint.app_context_processor
def similar() -> dict[str, Callable[[Scenario], Sequence[Similar]]]:
    """What the wizard shows beside a scenario that is being written; it stands below and only names it."""
    return {"similar_to": lambda scenario: similar_to(database(), engine(), current_actor(), scenario, now())}


@blueprint.record
def add_lists(state: BlueprintSetupState) -> None:
    """The lists stand under the names of the capabilities whose records they hold."""
    views = ((SCENARIOS, scenarios), (PRODUCTS, products), (ORGANIZATIONS, organizations), (PROJECTS, projects))
    for shape, view in views:
        state.app.add_url_rule(f"/{shape.name}", shape.endpoint, same_for_visitors(view))


def scenarios() -> ResponseReturnValue:
    """Scenarios that one may see, with filters."""
    return _list(SCENARIOS)


def products() -> ResponseReturnValue:
    """All products that one may see, with filters."""
    return _list(PRODUCTS)


def organizations() -> ResponseReturnValue:
    """All firms that one may see, with filters."""
    return _list(ORGANIZATIONS)


def projects() -> ResponseReturnValue:
    """All projects; those of one's own firms, and those behind a figure, are lists of their own."""
    return narrowed_list() if {"mine", "programme"} & set(request.args) else _list(PROJECTS)


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """One search over all records."""
    return _list(EVERYTHING)


def _list(shape: Shape) -> ResponseReturnValue:
    wanted = wanted_of(shape, request.args)
    listing = find(database(), engine(), current_actor(), wanted, now(), page=page_number())
    found = Page(listing.rows, listing.total, listing.number, listing.per_page)
    fits = _fits([row.id for row in listing.rows if row.kind == "scenario"])
    return page("discovery/list.html", shape=shape, wanted=wanted, listing=listing, found=found, kinds=KIND_NAMES, fits=fits)


def _fits(scenario_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Fit]:
    """How the chip firm that one acts for fits the scenarios of a page: one statement; nothing for others."""
    firm = current_actor().chip_firm
    return marks_of(database(), firm, scenario_ids) if firm and scenario_ids else {}


@blueprint.get("/search/suggestions")
def suggestions() -> ResponseReturnValue:
    """Completions of what is being typed, as JSON: text, and where choosing it leads. Empty while the index is away."""
    shape = record_or_404(SHAPES.get(request.args.get("list", EVERYTHING.name)))
    typed = request.args.get("q", "")[:LONGEST_TYPED]
    try:
        kinds, readers = frozenset(shape.kinds), readers_of(current_actor())
        found = engine().suggest(typed, kinds=kinds, readers=readers, limit=MOST_SUGGESTIONS)
    except IndexUnavailable:
        found = ()
    return jsonify([{"text": suggestion.text, "url": _target(shape, suggestion)} for suggestion in found])


def _target(shape: Shape, suggestion: Suggestion) -> str:
    if suggestion.record is not None:
        return f"/{suggestion.kind}s/{suggestion.record}"
    return url_for(shape.endpoint, q=suggestion.text)


@blueprint.get("/feeds/<name>.atom")
def feed(name: str) -> ResponseReturnValue:
    """The newest records of a search as an Atom feed: what a visitor sees, whoever asks."""
    shape = record_or_404(SHAPES.get(name))
    wanted = replace(wanted_of(shape, request.args), sort=NEWEST)
    listing = find(database(), engine(), VISITOR, wanted, now(), per_page=FEED_LENGTH)
    rows = [row for row in listing.rows if row.moment is not None]
    site, address = current_app.config["BASE_URL"], wanted.address() | {"sort": None}
    links = {"page": site + url_for(shape.endpoint, **address), "self": site + url_for(".feed", name=name, **address)}
    updated = max((row.moment for row in rows if row.moment), default=now())
    context = {"wanted": wanted, "rows": rows, "updated": updated, "site": site, "links": links}
    text = render_template("discovery/feed.xml", shape=shape, **context)
    return Response(text, content_type="application/atom+xml; charset=utf-8")
