"""All scenarios against all products: the first stage for every pair in one pass, verdicts for the best few hundred of a row.

The first stage scores texts and static features, everything but the verdicts. Each scenario keeps its best few hundred products,
each product its best scenarios, both with a buffer, so that a record that changes or goes seldom forces a row to be made anew.
All constants are frozen in the TextModel of the generation, all sums are exact, and equals are ordered by a digest of their ids.
So what a history of changes leaves is what a new index of the same records holds.

Rows that are read are judged: stage two adds the verdicts on requirement lines and orders anew. A firm's row is that of its
products together: a scenario among a firm's best stands among the best of the product that brought it there.
"""

import os
from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from search_index.matching import (
    POINT,
    Hundredths,
    Judge,
    Offered,
    Score,
    Wanted,
    score,
    static_asked,
    static_offered,
    text_hundredths,
)
from search_index.matching_best import EMPTY, Best, Keys
from search_index.matching_side import NOBODY, TIE_BITS, Columns, Counts, Item, Side, Together
from search_index.parameters.judging import decide
from search_index.similarity import Terms, TextModel

AnySide: TypeAlias = Side[Wanted] | Side[Offered]
Slots: TypeAlias = npt.NDArray[np.intp]

BLOCK = 12  # rows that are made anew together when they have become short
STRETCH = 2048  # products that are scored together in a full pass
THREADS = 4  # at most: each takes memory for a block of its own


@dataclass(frozen=True)
class Sizes:
    """How long rows are: `row` is what is shown of any, `judged` how far a scenario's or a product's row is judged.

    `buffer` is how many may go from a row before it has to be made anew.
    """

    row: int = 50
    judged_products: int = 300
    judged_scenarios: int = 50
    buffer: int = 25


@dataclass(frozen=True)
class Touched:
    """Whose rows may have changed, by id."""

    scenarios: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()


class MatchIndex:
    """The open scenarios and offered products of one generation, and who is best for whom.

    Not safe for two threads at once. A method that takes an id raises KeyError when it is not there.
    """

    def __init__(self, model: TextModel, sizes: Sizes | None = None, judge: Judge = decide) -> None:
        self._model, self._judge, self._sizes = model, judge, sizes or Sizes()
        sizes = self._sizes
        columns, static_columns = Columns(), Columns()
        self._terms = columns.names
        width = 0 if model.space is None else model.space.means.shape[1]
        self._scenarios = Side[Wanted](columns, static_columns, static_asked, width)
        self._products = Side[Offered](columns, static_columns, static_offered, width)
        self._of_scenario = Best(0, sizes.judged_products, sizes.judged_products + sizes.buffer)
        self._of_product = Best(0, sizes.judged_scenarios, sizes.judged_scenarios + sizes.buffer)
        self._scores: dict[tuple[str, str], Score] = {}

    def fill(self, scenarios: Iterable[Wanted], products: Iterable[Offered]) -> None:
        """Take these records into an empty index; `full_pass` comes next."""
        self._scenarios.fill(scenarios)
        self._products.fill(products)
        self._of_scenario.grow(self._scenarios.size)
        self._of_product.grow(self._products.size)

    def full_pass(self) -> None:
        """Score every pair and make all rows, a stretch of products at a time."""
        scenarios, products = np.arange(self._scenarios.size), self._products.size
        if not len(scenarios) or not products:
            return
        together, one_at_a_time = Together(self._products.terms, self._scenarios.terms), Lock()
        self._of_scenario.clear(scenarios)

        def make(start: int) -> None:
            stop = min(start + STRETCH, products)
            slots = np.arange(start, stop)
            found = self._hundredths(self._products, slots, self._scenarios, together.products(start, stop))
            self._of_product.fill(slots, _keys(found, self._scenarios.ties[scenarios]))
            keys = _keys(found.T, self._products.ties[slots])
            with one_at_a_time:
                self._of_scenario.extend(scenarios, start, keys)

        with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:  # of numpy and scipy, which share the cores
            for _ in pool.map(make, range(0, products, STRETCH)):
                pass

    def update_scenario(self, scenario: Wanted) -> Touched:
        """Add or replace a scenario: its own row, and every product's row that it enters or leaves."""
        slot = self._scenarios.put(scenario)
        self._forget(scenario.id, 0)
        self._of_scenario.grow(self._scenarios.size)
        found = self._remake_scenarios(np.array([slot]))[0]
        return Touched(frozenset({scenario.id}), self._put_scenario(slot, found))

    def update_product(self, product: Offered) -> Touched:
        """Add or replace a product: its own row, and every scenario's row that it enters or leaves."""
        slot = self._products.put(product)
        self._forget(product.id, 1)
        self._of_product.grow(self._products.size)
        found = self._remake_products(np.array([slot]))[0]
        return Touched(self._put_product(slot, found), frozenset({product.id}))

    def remove_scenario(self, identity: str) -> Touched:
        """Take a scenario out. Returns whose rows it left."""
        slot = self._scenarios.remove(identity)
        self._forget(identity, 0)
        self._of_scenario.clear(np.array([slot]))
        return Touched(products=self._put_scenario(slot, np.full(self._products.size, EMPTY, np.int32)))

    def remove_product(self, identity: str) -> Touched:
        """Take a product out. Returns whose rows it left."""
        slot = self._products.remove(identity)
        self._forget(identity, 1)
        self._of_product.clear(np.array([slot]))
        return Touched(self._put_product(slot, np.full(self._scenarios.size, EMPTY, np.int32)))

    def score(self, scenario: str, product: str) -> Score:
        """The whole score of a pair, judged once and remembered until one of the two changes."""
        found = self._scores.get((scenario, product))
        if found is None:
            wanted, offered = self._scenarios.item(scenario), self._products.item(product)
            shared = self._shared(self._scenarios.slots[scenario], self._products.slots[product])
            found = score(self._model, wanted, offered, shared, self._judge)
            self._scores[scenario, product] = found
        return found

    def scenario_row(self, identity: str, without: Container[str] = ()) -> list[Score]:
        """The products that fit a scenario best, judged, best first; `without` those that are not for it."""
        return self._best(self.score(identity, product) for product, _ in self.products_for(identity) if product not in without)

    def product_row(self, identity: str, without: Container[str] = ()) -> list[Score]:
        """The scenarios that a product fits best, judged, best first; `without` those that are not for it."""
        return self._best(self.score(scenario, identity) for scenario, _ in self.scenarios_for(identity) if scenario not in without)

    def products_for(self, scenario: str) -> list[tuple[str, float]]:
        """Stage one's row of a scenario: product ids with the points of everything but the verdicts, best first."""
        partners = self._of_scenario.of(self._scenarios.slots[scenario])
        return [(_living(self._products, slot).id, (key >> TIE_BITS) / POINT) for slot, key in partners]

    def scenarios_for(self, product: str) -> list[tuple[str, float]]:
        """Stage one's row of a product: scenario ids with the points of everything but the verdicts, best first."""
        partners = self._of_product.of(self._products.slots[product])
        return [(_living(self._scenarios, slot).id, (key >> TIE_BITS) / POINT) for slot, key in partners]

    def _shared(self, scenario: int, product: int) -> Terms:
        """What each shared term adds to the sum of a pair."""
        (asked, weights), (offered, own) = self._scenarios.terms.row(scenario), self._products.terms.row(product)
        _, at, of = np.intersect1d(asked, offered, assume_unique=True, return_indices=True)
        gains = weights[at].astype(np.int32) * own[of]
        return {self._terms[number]: int(gain) for number, gain in zip(asked[at], gains, strict=True)}

    def _best(self, scores: Iterable[Score]) -> list[Score]:
        return sorted(scores, key=_order)[: self._sizes.row]

    def _forget(self, identity: str, side: int) -> None:
        for pair in [pair for pair in self._scores if pair[side] == identity]:
            del self._scores[pair]

    def _remake_scenarios(self, slots: Slots) -> Hundredths:
        """Make these scenarios' rows anew; what was found, to be put into the products' rows."""
        found = self._hundredths(self._scenarios, slots, self._products, self._sums(self._scenarios, slots, self._products))
        self._of_scenario.fill(slots, _keys(found, self._products.ties[: self._products.size]))
        return found

    def _remake_products(self, slots: Slots) -> Hundredths:
        found = self._hundredths(self._products, slots, self._scenarios, self._sums(self._products, slots, self._scenarios))
        self._of_product.fill(slots, _keys(found, self._scenarios.ties[: self._scenarios.size]))
        return found

    def _sums(self, own: AnySide, slots: Slots, others: AnySide) -> Counts:
        return np.stack([others.terms.products(own.terms.row(slot), others.size) for slot in slots])

    def _put_scenario(self, slot: int, found: Hundredths) -> frozenset[str]:
        """Put a scenario into the products' rows, make short rows anew, and tell whose rows it entered or left."""
        rows = self._of_product.put(slot, _keys(found, self._scenarios.ties[slot]))
        short = self._of_product.short(rows)
        for start in range(0, len(short), BLOCK):
            self._remake_products(short[start : start + BLOCK])
        return self._products.ids(rows)

    def _put_product(self, slot: int, found: Hundredths) -> frozenset[str]:
        rows = self._of_scenario.put(slot, _keys(found, self._products.ties[slot]))
        short = self._of_scenario.short(rows)
        for start in range(0, len(short), BLOCK):
            self._remake_scenarios(short[start : start + BLOCK])
        return self._scenarios.ids(rows)

    def _hundredths(self, own: AnySide, slots: Slots, others: AnySide, shared: Counts) -> Hundredths:
        """Stage one: some records of one side against every slot of the other, shape (slots, others); EMPTY where there is no pair.

        `shared`: the dot products of their terms, of the same shape. It is the same for both directions, since every part is a
        dot product.
        """
        size = others.size
        products = own.places[slots] @ others.places[:size].T
        placed = own.placed[slots, None] & others.placed[None, :size]
        columns = min(own.static.shape[1], others.static.shape[1])
        static = own.static[slots, :columns] @ others.static[:size, :columns].T
        found = static.astype(np.int32)
        for part in text_hundredths(self._model, shared, products, placed):
            found += part
        found[own.firms[slots, None] == others.firms[None, :size]] = EMPTY
        found[:, others.ties[:size] == NOBODY] = EMPTY
        return found


def _living(side: Side[Item], slot: int) -> Item:
    item = side.items[slot]
    if item is None:
        raise LookupError(slot)
    return item


def _keys(found: npt.NDArray[np.integer[Any]], ties: npt.NDArray[np.int64] | np.int64) -> Keys:
    """Hundredths of points as keys that are never equal: the points first, then the digest of the partner's id."""
    return np.where(found == EMPTY, EMPTY, (found.astype(np.int64) << TIE_BITS) | ties)


def _order(each: Score) -> tuple[int, str, str]:
    return -each.hundredths, each.scenario, each.product
