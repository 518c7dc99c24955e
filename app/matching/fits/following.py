"""How the match table follows the database: single changes, new generations, and what is left for quiet moments.

Records are read, then computed with while no transaction is open, then written in a short one. Each function works with sessions of
its own and commits; they are for workers and commands.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import cast

from flask import current_app
from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import db
from app.matching.fits import table
from app.matching.fits.constants import WORDS_ALONE, dump, model_of
from app.matching.fits.embedding import encoder, missing, stored
from app.matching.fits.items import Reader, texts_of
from app.matching.fits.market import AT_ONCE, AnyTaken, Market, Records, open_market, settle, taken_by_others
from app.matching.fits.models import MarketRecord, MarketSide
from app.matching.fits.queries import latest_generation
from search_index.similarity import Statistics
from search_index.similarity_space import Space

ATTEMPTS = 5
GROWN = 0.25  # a collection that has grown or shrunk by this share, and by LEAST_GROWN records, gets new constants
LEAST_GROWN = 25

log = logging.getLogger(__name__)


class MarketBusy(Exception):
    """Other workers were faster several times in a row; the change is to be tried again later."""


def follow(records: Mapping[MarketSide, Collection[uuid.UUID]], *, now: datetime) -> None:
    """Bring the table up to the present state of these records. Raises MarketBusy."""
    with Session(db.engine) as session:
        for _attempt in range(ATTEMPTS):
            opened = _market(session)
            if opened is None:
                session.rollback()
                make_generation(now=now)
                return
            market, others = opened
            rows = settle(session, market, _together(records, others))
            if _written(session, partial(table.write, session, market, rows)):
                current_app.extensions["market"] = market
                return
    raise MarketBusy


def make_generation(*, now: datetime) -> None:
    """Freeze new constants and make the whole table under them. Raises MarketBusy.

    With embeddings as soon as every record has one of the configured encoder; until then by words alone.
    """
    with Session(db.engine) as session:
        for _attempt in range(ATTEMPTS):
            before = latest_generation(session)
            previous = (before.number, before.applied) if before else None
            market, constants, taken = _new_market(session, previous[0] + 1 if previous else 1)
            scenarios = [identity for identity, (side, _) in taken.items() if side is MarketSide.SCENARIO]
            rows = market.rows(scenarios, sorted(market.unmade)[:AT_ONCE])
            rows.taken = taken
            write = partial(table.write_all, session, market, rows, constants=constants, previous=previous, now=now)
            if _written(session, write):
                current_app.extensions["market"] = market
                return
    raise MarketBusy


def generation_due(session: Session) -> bool:
    """Whether there is no generation, its encoder is another than the configured one while all is embedded, or much has changed."""
    generation = latest_generation(session)
    if generation is None:
        return True
    name = encoder().name
    if generation.encoder != name and (name == WORDS_ALONE or not missing(session, name)):
        return True
    listed = session.scalar(select(func.count()).where(MarketRecord.listed)) or 0
    return abs(listed - generation.records) > max(LEAST_GROWN, GROWN * generation.records)


def make_if_due(*, now: datetime) -> int:
    """A new generation if one is due; how many were made."""
    with Session(db.engine) as session:
        due = generation_due(session)
    if due:
        make_generation(now=now)
    return int(due)


def make_rows(*, now: datetime) -> int:
    """The rows of some products that have none yet under this generation; how many are left of them before."""
    with Session(db.engine) as session:
        waiting = exists().where(MarketRecord.listed, MarketRecord.row_made.is_(False))
        if not session.scalar(select(waiting)):
            return 0
        statement = select(MarketRecord.record_id).where(MarketRecord.listed, MarketRecord.row_made.is_(False)).limit(AT_ONCE)
        ids = session.scalars(statement).all()
        session.rollback()
    follow({MarketSide.PRODUCT: ids}, now=now)
    return len(ids)


def _market(session: Session) -> tuple[Market, dict[MarketSide, set[uuid.UUID]]] | None:
    """This process's market, and the records that it (or the table) does not know as they are; None without a generation."""
    generation = latest_generation(session)
    if generation is None:
        return None
    kept = cast("Market | None", current_app.extensions.get("market"))
    # a market is taken out while it is worked with: should that fail, it is not as the table is
    current_app.extensions.pop("market", None)
    if kept is not None and kept.number == generation.number and kept.encoder == generation.encoder:
        others = taken_by_others(session, kept) if kept.applied != generation.applied else {}
        kept.applied = generation.applied
        session.rollback()
        return kept, others
    market, differing = open_market(session, generation)
    session.rollback()
    return market, differing


def _written(session: Session, write: Callable[[], bool]) -> bool:
    """Run and commit a write; False where another worker was faster."""
    try:
        written = write()
        session.commit()
    except IntegrityError:
        session.rollback()
        log.info("a record went, or another worker was faster, while matches were written")
        return False
    return written


def _new_market(session: Session, number: int) -> tuple[Market, bytes, dict[uuid.UUID, tuple[MarketSide, AnyTaken | None]]]:
    """A market of everything under new constants, those constants, and what was taken."""
    name = encoder().name
    embedded = name != WORDS_ALONE and not missing(session, name)
    titles = [text.title for side in MarketSide for text in texts_of(session, side, None).values()]
    statistics = Statistics.gather(titles) if titles else None
    space = (Space.shipped(name) or _fitted(session, name)) if embedded else None
    used = name if space is not None else WORDS_ALONE
    market = Market(number, 0, used, model_of(used, statistics, space))
    reader = Reader(session, market.model, used)
    scenarios, products = reader.scenarios(), reader.products()
    session.rollback()
    market.fill(scenarios, products)
    taken: dict[uuid.UUID, tuple[MarketSide, AnyTaken | None]] = {
        **{identity: (MarketSide.SCENARIO, each) for identity, each in scenarios.items()},
        **{identity: (MarketSide.PRODUCT, each) for identity, each in products.items()},
    }
    return market, dump(statistics, space), taken


def _fitted(session: Session, name: str) -> Space | None:
    """The space of an encoder that has no shipped one, from the collection's own embeddings."""
    asking, offering = stored(session, name, MarketSide.SCENARIO), stored(session, name, MarketSide.PRODUCT)
    return Space.fit(asking, offering) if asking or offering else None


def _together(*several: Records) -> dict[MarketSide, set[uuid.UUID]]:
    found: dict[MarketSide, set[uuid.UUID]] = defaultdict(set)
    for records in several:
        for side, ids in records.items():
            found[side] |= set(ids)
    return found
