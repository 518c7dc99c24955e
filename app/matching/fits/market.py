"""The market in a worker's memory, and how a change of a record reaches the match table.

Several workers may each hold a market. Whoever wants to write raises the generation's counter from the value that it computed with;
where another one was faster, it first takes what that one took, and computes anew. So the table is always what one market, with
every record as it was read last, says; a test holds it against a market made at once.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.matching.fits.constants import load as load_constants
from app.matching.fits.items import Reader, Taken, chunks
from app.matching.fits.models import Fit, Generation, MarketRecord, MarketSide
from search_index.matching import Offered, Score, Wanted
from search_index.matching_index import MatchIndex, Sizes, Touched
from search_index.similarity import TextModel

Records: TypeAlias = Mapping[MarketSide, Collection[uuid.UUID]]
AnyTaken: TypeAlias = Taken[Wanted] | Taken[Offered]

SIZES = Sizes()
AT_ONCE = 500  # products whose rows are made together with a new generation, or in one go of the background work


@dataclass
class Rows:
    """What is to be written: records as they were taken (None: gone from the market), and the rows that may have changed."""

    taken: dict[uuid.UUID, tuple[MarketSide, AnyTaken | None]] = field(default_factory=dict)
    of_scenarios: dict[uuid.UUID, list[Score]] = field(default_factory=dict)
    of_products: dict[uuid.UUID, list[Score]] = field(default_factory=dict)


class Market:
    """The matched records under one generation's constants. `applied`: up to which change of the table it knows them."""

    def __init__(self, number: int, applied: int, encoder: str, model: TextModel) -> None:
        self.number, self.applied, self.encoder, self.model = number, applied, encoder, model
        self.index = MatchIndex(model, SIZES)
        self.digests: dict[uuid.UUID, int] = {}
        self.unmade: set[uuid.UUID] = set()  # products whose own rows are not in the table yet
        self._musts: dict[uuid.UUID, frozenset[str]] = {}

    def fill(self, scenarios: Mapping[uuid.UUID, Taken[Wanted]], products: Mapping[uuid.UUID, Taken[Offered]]) -> None:
        """Take everything into an empty market."""
        self.index.fill((each.item for each in scenarios.values()), (each.item for each in products.values()))
        self.index.full_pass()
        for scenario, wanted in scenarios.items():
            self._note(scenario, wanted)
        for product, offered in products.items():
            self._note(product, offered)
        self.unmade = set(products)

    def take(self, identity: uuid.UUID, side: MarketSide, taken: AnyTaken | None) -> Touched:
        """A record as it is now, or that it has gone; whose rows may have changed by that."""
        if taken is not None:
            self._note(identity, taken)
            if isinstance(taken.item, Wanted):
                return self.index.update_scenario(taken.item)
            return self.index.update_product(taken.item)
        self.unmade.discard(identity)
        if self.digests.pop(identity, None) is None:
            return Touched()
        self._musts.pop(identity, None)
        remove = self.index.remove_scenario if side is MarketSide.SCENARIO else self.index.remove_product
        return remove(str(identity))

    def rows(self, scenarios: Iterable[uuid.UUID], products: Iterable[uuid.UUID]) -> Rows:
        """The rows of those of the records that are in the market; it counts the products' rows as made."""
        made = Rows()
        for scenario in scenarios:
            if scenario in self.digests:
                made.of_scenarios[scenario] = self.index.scenario_row(str(scenario))
        for product in products:
            if product in self.digests:
                made.of_products[product] = self.index.product_row(str(product))
                self.unmade.discard(product)
        return made

    def side_of(self, identity: uuid.UUID) -> MarketSide:
        """On which side a record in the market stands."""
        return MarketSide.SCENARIO if identity in self._musts else MarketSide.PRODUCT

    def unmet_musts(self, score: Score) -> int:
        """How many must lines of a pair are unmet."""
        musts = self._musts[uuid.UUID(score.scenario)]
        return sum(each.line in musts and each.judgement.verdict == "unmet" for each in score.judged)

    def _note(self, identity: uuid.UUID, taken: AnyTaken) -> None:
        self.digests[identity] = taken.digest
        if isinstance(taken.item, Wanted):
            self._musts[identity] = frozenset(line.id for line in taken.item.lines if line.must)


def open_market(session: Session, generation: Generation) -> tuple[Market, dict[MarketSide, set[uuid.UUID]]]:
    """A market of all records as they are now, and those of which the table does not know that."""
    model = load_constants(generation.encoder, generation.constants)
    market = Market(generation.number, generation.applied, generation.encoder, model)
    reader = Reader(session, model, generation.encoder)
    market.fill(reader.scenarios(), reader.products())
    differing: dict[MarketSide, set[uuid.UUID]] = defaultdict(set)
    left = dict(market.digests)
    for record in session.scalars(select(MarketRecord)):
        if left.pop(record.record_id, None) != (record.digest if record.listed else None):
            differing[record.side].add(record.record_id)
        if record.row_made:
            market.unmade.discard(record.record_id)
    for identity in left:
        differing[market.side_of(identity)].add(identity)
    return market, differing


def taken_by_others(session: Session, market: Market) -> dict[MarketSide, set[uuid.UUID]]:
    """The records that other workers took since this market last knew."""
    found: dict[MarketSide, set[uuid.UUID]] = defaultdict(set)
    statement = select(MarketRecord.side, MarketRecord.record_id).where(MarketRecord.applied > market.applied)
    for side, identity in session.execute(statement):
        found[side].add(identity)
    return found


def settle(session: Session, market: Market, records: Records) -> Rows:
    """Take these records as they are now into the market, and make every row that may have changed."""
    reader = Reader(session, market.model, market.encoder)
    ids = {side: set(records.get(side, ())) for side in MarketSide}
    present: dict[uuid.UUID, AnyTaken] = {**reader.scenarios(ids[MarketSide.SCENARIO]), **reader.products(ids[MarketSide.PRODUCT])}
    scenarios, products = _partners(session, ids)
    session.rollback()
    taken = {identity: (side, present.get(identity)) for side, found in ids.items() for identity in found}
    for identity, (side, each) in taken.items():
        touched = market.take(identity, side, each)
        scenarios |= set(map(uuid.UUID, touched.scenarios))
        products |= set(map(uuid.UUID, touched.products))
    scenarios |= ids[MarketSide.SCENARIO]
    rows = market.rows(scenarios, (products - market.unmade) | ids[MarketSide.PRODUCT])
    rows.taken = taken
    return rows


def _partners(session: Session, ids: Mapping[MarketSide, Collection[uuid.UUID]]) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Scenarios and products in whose rows the table has these records."""
    scenarios, products = set[uuid.UUID](), set[uuid.UUID]()
    for part in chunks(ids[MarketSide.PRODUCT]):
        scenarios |= set(session.scalars(select(Fit.scenario_id).where(Fit.product_id.in_(part))))
    for part in chunks(ids[MarketSide.SCENARIO]):
        products |= set(session.scalars(select(Fit.product_id).where(Fit.scenario_id.in_(part))))
    return scenarios, products
