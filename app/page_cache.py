"""Pages that every visitor gets alike: made once, and handed out again for a moment.

A kept page is handed out only while nothing has happened: whatever changes a record is in the audit log, and what follows from it
later (in the search index) is an outbox event carried out, so that the ends of both name the state of all that pages show. The very
next request sees a change. Because pages also tell the time (what is left until a closing), each is kept for a few seconds.

What is somebody's own is never kept and never handed out: a request with any cookie, or with credentials, goes past the cache, and
so does an answer that sets a cookie or that has written to the session (a form's token, a message).
"""

import hashlib
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import func, select

from app.audit.models import ChainHead
from app.extensions import db
from app.outbox.models import OutboxEvent

LONGEST_ADDRESS = 500  # characters: what is longer is asked for once
MOST_PAGES = 256
Parameters = ParamSpec("Parameters")
View = Callable[Parameters, ResponseReturnValue]
_STATE = select(ChainHead.hash, select(func.max(OutboxEvent.done_at)).scalar_subquery())


@dataclass(frozen=True)
class _Page:
    body: bytes
    mimetype: str
    etag: str
    state: Hashable
    until: float


class PageCache:
    """The pages of one process, at most 256 of them; threads share it."""

    def __init__(self) -> None:
        self._pages: dict[Hashable, _Page] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, state: Hashable) -> _Page | None:
        """The page under this key, if it was made in this state and is not too old."""
        page = self._pages.get(key)
        return page if page is not None and page.state == state and time.monotonic() < page.until else None

    def put(self, key: Hashable, state: Hashable, answer: Response, seconds: float) -> _Page:
        """Keep a page for so many seconds. When the room is used up, all is forgotten: it is made again soon enough."""
        body = answer.get_data()
        page = _Page(
            body,
            answer.mimetype or "text/html",
            hashlib.blake2b(body, digest_size=16).hexdigest(),
            state,
            time.monotonic() + seconds,
        )
        with self._lock:
            if len(self._pages) >= MOST_PAGES:
                self._pages.clear()
            self._pages[key] = page
        return page


def same_for_visitors(view: View[Parameters]) -> View[Parameters]:
    """A page of which all visitors with one language get the same; people who are signed in get their own."""

    @wraps(view)
    def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        seconds = current_app.config["VISITOR_PAGE_SECONDS"]
        if not seconds or request.method != "GET" or request.cookies or request.authorization or len(request.url) > LONGEST_ADDRESS:
            return view(*args, **kwargs)
        cache: PageCache = current_app.extensions.setdefault("page_cache", PageCache())
        key, state = (request.url, str(get_locale())), tuple(db.session.execute(_STATE).one())
        page = cache.get(key, state)
        if page is None:
            response = make_response(view(*args, **kwargs))
            if response.status_code != 200 or session.modified or "Set-Cookie" in response.headers:
                return response
            page = cache.put(key, state, response, seconds)
        return _response(page)

    return answer


def _response(page: _Page) -> Response:
    response = Response(page.body, mimetype=page.mimetype)
    response.set_etag(page.etag)
    response.vary.update(("Accept-Language", "Cookie"))
    response.make_conditional(request)
    return response
