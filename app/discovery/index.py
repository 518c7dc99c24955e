"""The search index beside the database: where it is, how it follows, how it is made anew and compared.

The database is the truth. Whoever writes to the index first reads the record as it is, writes, and reads again: as long as
something has changed in between, that is written too. So two workers may work on the same record in any order, and a worker may be
killed at any moment: its events are still there, and carrying them out twice changes nothing.
"""

import logging
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from app.discovery.documents import documents_of, ids_of, stream
from search_index.engine import Changes, Document, Engine, IndexBusy, IndexUnavailable
from search_index.opening import open_engine

Records = Mapping[str, Collection[uuid.UUID]]
REPORT_EVERY = 1_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Difference:
    """How the index differs from the database, by ids of documents: not indexed, indexed as they no longer are, gone from it."""

    missing: list[str]
    stale: list[str]
    left_over: list[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.left_over)


def engine() -> Engine:
    """The engine of this application, opened at its first use in this process."""
    engines = current_app.extensions.setdefault("search", {})
    url = current_app.config["SEARCH_URL"]
    if url not in engines:
        engines[url] = open_engine(url)
    return cast(Engine, engines[url])


def is_available(index: Engine) -> bool:
    """Whether the index can be searched: neither missing nor torn."""
    try:
        index.status()
    except IndexUnavailable:
        return False
    return True


def follow(session: Session, index: Engine, records: Records) -> None:
    """Bring the index up to the present state of these records (ids by kind). Raises IndexBusy and IndexUnavailable."""
    ids = [face for kind_ids in records.values() for record_id in kind_ids for face in ids_of(record_id)]
    written: dict[str, Document] | None = None
    while (present := _read(session, records)) != written:
        index.apply(Changes(list(present.values()), [face for face in ids if face not in present]))
        written = present


def _read(session: Session, records: Records) -> dict[str, Document]:
    """The records' documents by id, as they are at this moment."""
    documents = chain.from_iterable(documents_of(session, kind, list(ids)) for kind, ids in records.items())
    present = {document.id: document for document in documents}
    session.rollback()
    return present


def rebuild(session: Session, index: Engine, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Make the index anew beside the live one, and swap; returns how many documents it holds. Raises IndexBusy.

    The engine keeps other writers out meanwhile. What changes during a rebuild waits in the outbox, and is written after it.
    """

    def counted() -> Iterator[Document]:
        for done, document in enumerate(stream(session), 1):
            yield document
            if done % REPORT_EVERY == 0:
                progress(done)

    return index.rebuild(counted())


def make_if_missing(session: Session, index: Engine, progress: Callable[[int], None] = lambda _done: None) -> None:
    """Make a missing or torn index anew; where another process is at it already, leave it to that one."""
    if is_available(index):
        return
    try:
        rebuild(session, index, progress)
    except IndexBusy:
        log.info("another process is making the search index")


def compare(session: Session, index: Engine) -> Difference:
    """The index against the database, document by document. Raises IndexUnavailable."""
    indexed = dict(index.snapshot())
    missing, stale = [], []
    for document in stream(session):
        version = indexed.pop(document.id, None)
        if version is None:
            missing.append(document.id)
        elif version != document.version:
            stale.append(document.id)
    return Difference(missing, stale, sorted(indexed))
