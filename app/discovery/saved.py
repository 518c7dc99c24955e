"""Searches that people keep: keeping them, and telling of what is new."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.accounts import tokens
from app.accounts.models import User
from app.actor import Actor
from app.discovery.listing import request_of
from app.discovery.models import SavedSearch, SavedSearchHit
from app.discovery.rows import Found, Row, rows_of, vocabulary
from app.discovery.shapes import NEWEST, SHAPES, Wanted, wanted_of
from app.errors import NotFound, collecting
from app.forms import LINE
from app.notifications.operations import notify
from app.organizations.queries import actor_for
from search_index.engine import Engine, IndexUnavailable, Range

STOP = "stop-search"
FOUND = "search.found"
LONGEST_ARGUMENTS = 2000
MOST_SEARCHES = 50
BATCH = 20
CHECK_EVERY = timedelta(minutes=10)
MOST_HITS = 100
MOST_TITLES = 5


def wanted_by(search: SavedSearch) -> Wanted:
    """What a kept search asks for."""
    return wanted_of(SHAPES[search.shape], MultiDict(parse_qsl(search.arguments)))


def arguments_of(wanted: Wanted) -> str:
    """The canonical text of what is asked for: the same search, however it was typed, is the same text."""
    arguments = {**wanted.address(), **{name: sorted(codes) for name, codes in wanted.chosen.items()}}
    return urlencode(sorted(arguments.items()), doseq=True)


def searches_of(session: Session, user_id: uuid.UUID) -> Sequence[SavedSearch]:
    """The searches that a person keeps, the latest first."""
    statement = select(SavedSearch).where(SavedSearch.user_id == user_id)
    return session.scalars(statement.order_by(SavedSearch.since.desc(), SavedSearch.id)).all()


def own_search(session: Session, search_id: uuid.UUID, *, actor: Actor) -> SavedSearch:
    """One of a person's own searches. Raises NotFound for any other."""
    search = session.get(SavedSearch, search_id)
    if search is None or search.user_id != actor.user_id:
        raise NotFound
    return search


def save_search(session: Session, wanted: Wanted, *, name: str, alerts: bool, actor: Actor, now: datetime) -> SavedSearch:
    """Keep a search; one that is kept already gets the new name and choice. Raises Forbidden for visitors, and Invalid."""
    arguments, kept = arguments_of(wanted), searches_of(session, actor.person)
    search = next((s for s in kept if (s.shape, s.arguments) == (wanted.shape.name, arguments)), None)
    with collecting() as problems:
        if not name.strip() or len(name) > LINE:
            problems.add("name", _l("Give the search a name of at most %(count)s characters.", count=LINE))
        if len(arguments) > LONGEST_ARGUMENTS:
            problems.add("name", _l("The search is too long to be kept: use fewer words."))
        if search is None and len(kept) >= MOST_SEARCHES:
            problems.add("name", _l("At most %(count)s searches can be kept: remove one first.", count=MOST_SEARCHES))
    if search is None:
        search = SavedSearch(user_id=actor.person, shape=wanted.shape.name, arguments=arguments, since=now, checked_at=now)
        session.add(search)
    search.name, search.alerts = name.strip(), alerts
    session.flush()
    return search


def set_alerts(search: SavedSearch, *, alerts: bool, now: datetime) -> SavedSearch:
    """Begin or stop telling of new records. What came while nothing was told stays untold."""
    if alerts and not search.alerts:
        search.since = search.checked_at = now
    search.alerts = alerts
    return search


def search_to_stop(session: Session, token: str) -> SavedSearch | None:
    """The search whose mails a link of such a mail stops; None when the link is none of ours, or the search is gone."""
    data = tokens.read(STOP, token, max_age=timedelta(days=730))
    return None if data is None else session.get(SavedSearch, uuid.UUID(data["search_id"]))


def alert_due(session: Session, *, index: Engine, now: datetime) -> int:
    """Look for what is new in one batch of searches, and tell their owners; returns how many were looked at.

    New is what came after the search was saved. Each record is told once, as soon as it is found and its reader may see it. While
    the index is away nothing is looked at.
    """
    due = select(SavedSearch).where(SavedSearch.alerts, SavedSearch.checked_at <= now - CHECK_EVERY)
    statement = due.order_by(SavedSearch.checked_at, SavedSearch.id).limit(BATCH).with_for_update(skip_locked=True)
    searches = session.scalars(statement).all()
    for search in searches:
        try:
            found = _new(session, search, index, now)
        except IndexUnavailable:
            return 0
        if found:
            _tell(session, search, found, now)
        search.checked_at = now
    session.flush()
    return len(searches)


def _new(session: Session, search: SavedSearch, index: Engine, now: datetime) -> list[Row]:
    """The newest hits that came after the search was saved and that its owner has not been told of, at most a hundred."""
    user = session.get_one(User, search.user_id)
    actor = actor_for(session, user)
    since = {"fresh": Range(low=search.since.timestamp())}
    request = request_of(actor, replace(wanted_by(search), sort=NEWEST), now, per_page=MOST_HITS, ranges=since)
    hits = index.search(replace(request, facets=(), highlight=False)).hits
    found = [Found(hit.kind, uuid.UUID(hit.record)) for hit in hits]
    ids = [hit.id for hit in found]
    told = select(SavedSearchHit.record_id).where(SavedSearchHit.search_id == search.id, SavedSearchHit.record_id.in_(ids))
    known = set(session.scalars(told))
    fresh = [hit for hit in found if hit.id not in known]
    return rows_of(session, actor, fresh, vocabulary(session), now) if fresh else []


def _tell(session: Session, search: SavedSearch, rows: Sequence[Row], now: datetime) -> None:
    session.add_all(SavedSearchHit(search_id=search.id, record_id=row.id, told_at=now) for row in rows)
    titles = " · ".join(row.title.striptags() for row in rows[:MOST_TITLES])
    token = tokens.make(STOP, search_id=str(search.id))
    params = {
        "search": search.name,
        "count": len(rows),
        "titles": titles + (" …" if len(rows) > MOST_TITLES else ""),
        "stop_path": f"/saved-searches/stop/{token}",
    }
    key, path = f"{FOUND}:{search.id}:{now.isoformat()}", f"/saved-searches/{search.id}"
    notify(session, [search.user_id], kind=FOUND, event_key=key, params=params, path=path, now=now)
