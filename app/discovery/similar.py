"""Scenarios like one that is being written: somebody may have asked for it already, or ask for it now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.discovery.keys import readers_of
from app.discovery.rows import Found, Row, rows_of, vocabulary
from app.scenarios.models import Scenario
from search_index.engine import Engine, IndexUnavailable, Request
from search_index.language import LONGEST

MOST_SHOWN = 3
# shares of the relevance that a scenario has to its own text; on the demo data other scenarios reach one half at most
LIKE = 0.15
HARDLY_APART = 0.6


@dataclass(frozen=True)
class Similar:
    """A scenario that is like the one being written; `duplicate`: so like it that it may be the same."""

    row: Row
    duplicate: bool


def similar_to(session: Session, index: Engine, actor: Actor, scenario: Scenario, now: datetime) -> Sequence[Similar]:
    """The scenarios that this person sees and that are most like this one, best first.

    None before the index knows this one (some seconds after it was begun), by which the others are measured, or while it is away.
    """
    request = Request(
        query=_description(scenario),
        kinds=frozenset({"scenario"}),
        readers=readers_of(actor),
        per_page=2 * MOST_SHOWN + 2,  # a scenario may stand in the index with two faces, and so may this one
        highlight=False,
    )
    try:
        hits = index.search(request).hits
    except IndexUnavailable:
        return []
    scores = {uuid.UUID(hit.record): hit.score for hit in reversed(hits)}
    own = scores.pop(scenario.id, None)
    if own is None:
        return []
    best = sorted((id_ for id_ in scores if scores[id_] >= LIKE * own), key=lambda id_: -scores[id_])[:MOST_SHOWN]
    rows = rows_of(session, actor, [Found("scenario", id_) for id_ in best], vocabulary(session), now) if best else []
    return [Similar(row, scores[row.id] >= HARDLY_APART * own) for row in rows]


def _description(scenario: Scenario) -> str:
    """The text as the search takes a description, of which any word counts; a short one is said again until it is long enough."""
    text = f"{scenario.title}\n{scenario.need}\n{scenario.background}".replace("\0", " ").strip()
    return text if len(text) > LONGEST or not text else (text + "\n") * (LONGEST // len(text) + 2)
