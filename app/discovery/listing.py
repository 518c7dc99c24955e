"""One page of a list: asked of the index, shown from the database; without the index by the plain words of the query."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.clock import shanghai_day
from app.discovery import plain
from app.discovery.documents import MINIMUM
from app.discovery.keys import readers_of
from app.discovery.rows import Found, Row, Vocabulary, rows_of, vocabulary
from app.discovery.shapes import CLOSING, Facet, Wanted, closing_days
from app.errors import Text
from app.locales import localized
from app.matching.fits.queries import best_scores
from search_index.engine import Engine, IndexUnavailable, Page, Range, Request

PER_PAGE = 20
MOST_CHOICES = 12


@dataclass(frozen=True)
class Choice:
    """A code of a facet as the page shows it."""

    code: str
    label: Text
    count: int
    chosen: bool


@dataclass(frozen=True)
class Listing:
    """What a page of a list shows.

    `loosened`: nothing has all the words, so some will do. `corrected`: it answers `did_you_mean`. `degraded`: the index is away.
    """

    wanted: Wanted
    rows: Sequence[Row]
    total: int
    number: int
    per_page: int
    facets: Sequence[tuple[Facet, Sequence[Choice]]] = ()
    did_you_mean: str | None = None
    loosened: bool = False
    corrected: bool = False
    degraded: bool = False
    words: Vocabulary = field(default_factory=dict)

    @property
    def chips(self) -> list[tuple[Facet, str, Text]]:
        """Each chosen code with its name: what can be taken away."""
        shape = self.wanted.shape
        return [(f, code, label_of(f, code, self.words)) for f in shape.facets for code in self.wanted.chosen.get(f.name, ())]


def request_of(
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
    ranges: Mapping[str, Range] | None = None,
    order: Mapping[str, float] | None = None,
) -> Request:
    """What is asked of the engine: the list's kinds under this person's keys, filters, facets, order and page."""
    today = shanghai_day(now)
    filters: dict[str, Sequence[str]] = {
        facet.codes: _codes(facet, wanted.chosen[facet.name], today) for facet in wanted.shape.facets if facet.name in wanted.chosen
    }
    return Request(
        query=wanted.query,
        kinds=frozenset(wanted.shape.kinds),
        readers=readers_of(actor),
        filters={**wanted.shape.unless_asked, **filters},
        ranges=ranges or {},
        facets=[facet.codes for facet in wanted.shape.facets],
        sort=wanted.sort.number,
        order=order or {},
        page=page,
        per_page=per_page,
        highlight=bool(wanted.query.strip()),
    )


def _codes(facet: Facet, chosen: Sequence[str], today: date) -> Sequence[str]:
    if facet is CLOSING:
        return sorted({day for choice in chosen for day in closing_days(choice, today)})
    return chosen


@dataclass(frozen=True)
class Findings:
    """What the index, or the database in its place, found for one page: the records' ids in order, and what stands beside them."""

    hits: Sequence[Found]
    total: int
    facets: Sequence[tuple[Facet, Sequence[Choice]]] = ()
    did_you_mean: str | None = None
    loosened: bool = False
    corrected: bool = False
    degraded: bool = False


def find(
    session: Session, index: Engine, actor: Actor, wanted: Wanted, now: datetime, *, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """The page of a list that was asked for: one statement for the words of the plan, one for each kind of record on the page."""
    words = vocabulary(session)
    found = look_up(session, index, actor, wanted, words, now, page=page, per_page=per_page)
    rows = rows_of(session, actor, found.hits, words, now)
    beside = (found.facets, found.did_you_mean, found.loosened, found.corrected, found.degraded, words)
    return Listing(wanted, rows, found.total, page, per_page, *beside)


def look_up(
    session: Session,
    index: Engine,
    actor: Actor,
    wanted: Wanted,
    words: Vocabulary,
    now: datetime,
    *,
    page: int,
    per_page: int,
    ranges: Mapping[str, Range] | None = None,
) -> Findings:
    """The records of a page that was asked for, by their ids; without the index those that hold the words of the query."""
    fits = best_scores(session, actor.chip_firm) if wanted.sort.by_fit and actor.chip_firm else {}
    order = {str(scenario_id): score for scenario_id, score in fits.items()}
    try:
        found = index.search(request_of(actor, wanted, now, page=page, per_page=per_page, ranges=ranges, order=order))
    except IndexUnavailable:
        ids, total = plain.find(session, actor, wanted.shape.kinds, wanted.query, page=page, per_page=per_page)
        return Findings([Found(kind, record_id) for kind, record_id in ids], total, degraded=True)
    hits = [
        Found(hit.kind, uuid.UUID(hit.record), hit.highlights, minimal=hit.id.endswith(MINIMUM), score=hit.score)
        for hit in found.hits
    ]
    facets = [(facet, _choices(facet, wanted, found, words, shanghai_day(now))) for facet in wanted.shape.facets]
    return Findings(hits, found.total, facets, found.did_you_mean, found.loosened, found.corrected)


def _choices(facet: Facet, wanted: Wanted, found: Page, words: Vocabulary, today: date) -> list[Choice]:
    """The choices that would find something, and those that are chosen."""
    counts = _counts(facet, found, today)
    chosen = wanted.chosen.get(facet.name, ())
    offered = facet.labels or words.get(facet.vocabulary) or sorted(counts, key=lambda code: (-counts[code], code))
    choices = [Choice(code, label_of(facet, code, words), counts.get(code, 0), code in chosen) for code in offered]
    shown = [choice for choice in choices if choice.count or choice.chosen]
    least = sorted((choice.count for choice in shown), reverse=True)[:MOST_CHOICES][-1:] or [0]
    return [choice for choice in shown if choice.count >= least[0] or choice.chosen]


def _counts(facet: Facet, found: Page, today: date) -> Mapping[str, int]:
    counts = found.facets.get(facet.codes, {})
    if facet is not CLOSING:
        return counts
    return {choice: sum(counts.get(day, 0) for day in closing_days(choice, today)) for choice in facet.labels}


def label_of(facet: Facet, code: str, words: Vocabulary) -> Text:
    """What a code is called; the code itself where nobody knows it."""
    if facet.vocabulary:
        return localized(words.get(facet.vocabulary, {}).get(code)) or code
    return facet.labels.get(code, code)
