"""The lists that are searched: the same index, filters and rules of sight as the pages' lists, with what was hit and how well."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from app.api.fields import FIRST_YEAR, LAST_YEAR, Codes, Moment, Text
from app.api.frame import Listing, ListQuery
from app.api.problems import ApiProblem
from app.clock import SHANGHAI
from app.discovery.index import engine
from app.discovery.listing import Choice, Findings, look_up
from app.discovery.rows import Found, vocabulary
from app.discovery.shapes import LONGEST_QUERY, RELEVANCE, Facet, Shape, wanted_of
from app.scenarios.models import Scenario
from app.web import Page, current_actor, database, now
from search_index.engine import Range

MINIMUM = ("id", "status", "shown_title", "domain_code", "opened_at", "closes_at")
Load = Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, Any]]


class DayOrMoment(Moment):
    """A date, which means its beginning in Shanghai, or a moment. In an address the `+` of an offset may stand as it is."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        text = value.replace(" ", "+") if isinstance(value, str) else value
        try:
            day = date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
        except ValueError:
            day = None
        if day is None:
            return super()._deserialize(text, attr, data, **kwargs)
        if not FIRST_YEAR <= day.year < LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"])
        return datetime.combine(day, time(), SHANGHAI)


class Minimum:
    """A scenario as somebody sees it who may not read it in whole."""

    def __init__(self, scenario: Scenario) -> None:
        for name in MINIMUM:
            setattr(self, name, getattr(scenario, name))


class Hit:
    """A record as a search found it. What was hit is shown only of the face that this person sees: the index may lag."""

    def __init__(self, record: Any, found: Found) -> None:
        self._record = record
        self.score = round(found.score, 4)
        hits = found.highlights if found.minimal == isinstance(record, Minimum) else {}
        self.highlights = {name: [{"text": piece.text, "hit": piece.hit} for piece in pieces] for name, pieces in hits.items()}

    def __getattr__(self, name: str) -> Any:
        """All else is the record's."""
        return getattr(self._record, name)


def query_of(shape: Shape) -> type[ListQuery]:
    """What one may ask of a list: the query, the facets by the names that the page gives them, and the order."""
    sorts = [sort.name for sort in (*shape.sorts, RELEVANCE)]
    members: dict[str, Any] = {
        "q": Text(LONGEST_QUERY, load_default="", metadata={"description": "Words to find.", "example": "雷达"}),
        "sort": Text(one_of=list(dict.fromkeys(sorts))),
        **{facet.name: Codes(metadata={"description": _choices_text(facet)}) for facet in shape.facets},
    }
    if shape.name == "scenarios":
        members["closes_before"] = DayOrMoment(metadata={"description": "A date or a moment.", "example": "2026-12-31"})
    return type(f"{shape.name.title()}Query", (ListQuery,), members)


def _choices_text(facet: Facet) -> str:
    return "Codes between commas." if not facet.labels else f"Between commas: {', '.join(facet.labels)}"


def search(shape: Shape, query: Mapping[str, Any], load: Load) -> Listing:
    """The page of a list that the query asks for. `load`: the records with these ids that this person sees, by id.

    Raises ApiProblem 503 where filters are asked for while the index is away: words alone are found without it.
    """
    codes = [(facet.name, code) for facet in shape.facets for code in query.get(facet.name, ())]
    wanted = wanted_of(shape, MultiDict([*codes, ("q", query["q"]), ("sort", query.get("sort", ""))]))
    before = query.get("closes_before")
    ranges = {"closes_at": Range(high=before.timestamp())} if before is not None else None
    page, per_page = query["page"], query["per_page"]
    words = vocabulary(database())
    found = look_up(database(), engine(), current_actor(), wanted, words, now(), page=page, per_page=per_page, ranges=ranges)
    if found.degraded and (codes or ranges):
        raise ApiProblem(503, _("The search index is away: nothing can be filtered just now."))
    records = load([hit.id for hit in found.hits])
    items = [Hit(records[hit.id], hit) for hit in found.hits if hit.id in records]
    return Listing(Page(items, found.total, page, per_page), _beside(found))


def _beside(found: Findings) -> dict[str, Any]:
    facets = {facet.name: [_value(choice) for choice in choices] for facet, choices in found.facets}
    return {
        "facets": facets,
        "did_you_mean": found.did_you_mean,
        "loosened": found.loosened,
        "corrected": found.corrected,
        "degraded": found.degraded,
    }


def _value(choice: Choice) -> dict[str, Any]:
    return {"value": choice.code, "label": str(choice.label), "count": choice.count}
