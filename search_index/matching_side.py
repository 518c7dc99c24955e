"""One side of the market in arrays: terms as a sparse matrix, places and static features as dense ones, a row for each record."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped]

from search_index.matching import Offered, Wanted
from search_index.similarity import Terms

Counts: TypeAlias = npt.NDArray[np.int32]
Weights: TypeAlias = npt.NDArray[np.int16]  # half the memory of a catalogue; numpy refuses what does not fit
Row: TypeAlias = tuple[Counts, Weights]  # column numbers and weights

Item = TypeVar("Item", Wanted, Offered)

OFTEN = 0.01  # a term that more of the pairs share is multiplied densely: about as fast there
OVERLAY = 1024  # changed rows that are kept beside the compiled matrix before it is compiled anew
TIE_BITS = 46
NOBODY = -1
NOTHING: Terms = {}


class Columns(dict[str, int]):
    """Column numbers by term, and `names` the other way round. A term that is not there gets the next number."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self.names)
        self.names.append(term)
        return number


class TermMatrix:
    """Whole-number weights of terms, a sparse row for each record; the column numbers are shared by both sides."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._rows = sparse.csr_array((0, 0), dtype=np.int16)
        self._by_term = sparse.csc_array((0, 0), dtype=np.int16)
        self._changed: dict[int, Row] = {}

    def encode(self, terms: Mapping[str, int]) -> Row:
        """Terms as column numbers and weights; new terms get new columns."""
        numbers = np.fromiter(map(self._columns.__getitem__, terms), np.int32, len(terms))
        return numbers, np.fromiter(terms.values(), np.int16, len(terms))

    def fill(self, rows: Iterable[Row]) -> None:
        """Make the matrix anew."""
        starts, numbers, weights = array("i", [0]), array("i"), array("h")
        for columns, values in rows:
            numbers.frombytes(columns.tobytes())
            weights.frombytes(values.tobytes())
            starts.append(len(numbers))
        content = np.frombuffer(weights, np.int16), np.frombuffer(numbers, np.int32), np.frombuffer(starts, np.int32)
        self._rows = sparse.csr_array(content, shape=(len(starts) - 1, len(self._columns)))
        self._by_term = self._rows.tocsc()
        self._changed.clear()

    def put(self, at: int, row: Row) -> None:
        """Replace one row, or add the next one."""
        self._changed[at] = row
        if len(self._changed) > OVERLAY:
            self._compile()

    def compiled(self) -> sparse.csr_array:
        """All rows, shape (rows, columns). Columns that came after the matrix are wanting."""
        if self._changed:
            self._compile()
        return self._rows

    def _compile(self) -> None:
        size = max(self._rows.shape[0], 1 + max(self._changed))
        self.fill(self.row(each) for each in range(size))

    def row(self, at: int) -> Row:
        """Column numbers and weights of a row; none for a row that was never put."""
        if at in self._changed:
            return self._changed[at]
        if at >= self._rows.shape[0]:
            return np.zeros(0, np.int32), np.zeros(0, np.int16)
        span = slice(self._rows.indptr[at], self._rows.indptr[at + 1])
        return self._rows.indices[span], self._rows.data[span]

    def products(self, asking: Row, size: int) -> Counts:
        """The dot product of every row with one row of the other side; exact, so the order of the terms does not matter."""
        compiled, terms = self._by_term.shape
        numbers, weights = (each[asking[0] < terms] for each in asking)
        sums = np.zeros(size, np.int32)
        sums[:compiled] = self._by_term[:, numbers] @ weights.astype(np.int32)
        if self._changed:
            dense = np.zeros(len(self._columns), np.int32)
            dense[asking[0]] = asking[1]
            for row, (numbers, own) in self._changed.items():
                sums[row] = dense[numbers] @ own
        return sums


class Together:
    """Dot products of many rows with every row of the other side, in blocks.

    Terms that many pairs share are multiplied as a dense matrix, the others as a sparse one. The dense product is in float32, in
    which sums are exact below 2²⁴, five times `full_terms`; what is above counts as `full_terms` anyway.
    """

    def __init__(self, rows: TermMatrix, others: TermMatrix) -> None:
        self._rows, compiled = rows.compiled(), others.compiled()
        width = min(self._rows.shape[1], compiled.shape[1])
        count = [np.bincount(each.indices, minlength=width)[:width].astype(float) for each in (self._rows, compiled)]
        sharing = count[0] * count[1]
        often = sharing > OFTEN * self._rows.shape[0] * compiled.shape[0]
        self._often, self._seldom = np.flatnonzero(often), np.flatnonzero(~often & (sharing > 0))
        self._dense = compiled[:, self._often].toarray().T.astype(np.float32)
        self._sparse = compiled[:, self._seldom].T.tocsr().astype(np.int32)

    def products(self, start: int, stop: int) -> Counts:
        """Rows from `start` to before `stop` with all others, shape (rows, others)."""
        rows = self._rows[start:stop]
        often = rows[:, self._often].toarray().astype(np.float32) @ self._dense
        sums: Counts = (rows[:, self._seldom] @ self._sparse).toarray()
        sums += often.astype(np.int32)
        return sums


class Side(Generic[Item]):
    """The records of one side, each in a slot that is used again when its record goes.

    Arrays by slot, longer than `size`: `places` (whole 4000ths) and `static` (whole numbers), both float32; `placed` (has an
    embedding); `ties` and `firms` (digests of the record's and its firm's id, NOBODY in an empty slot).
    """

    def __init__(self, columns: Columns, static_columns: Columns, static: Callable[[Item], Mapping[str, int]], width: int) -> None:
        self.terms = TermMatrix(columns)
        self.items: list[Item | None] = []
        self._ids: list[str | None] = []  # at hand without a look into every item
        self.slots: dict[str, int] = {}
        self._static: Callable[[Item], Mapping[str, int]] = static
        self._static_columns, self._free = static_columns, list[int]()
        self.places, self.static = np.zeros((0, width), np.float32), np.zeros((0, 64), np.float32)
        self.placed = np.zeros(0, np.bool_)
        self.ties, self.firms = np.zeros(0, np.int64), np.zeros(0, np.int64)

    @property
    def size(self) -> int:
        """How many slots there are, empty ones included."""
        return len(self.items)

    def item(self, identity: str) -> Item:
        """A record by its id, without its terms. Raises KeyError."""
        slot = self.slots[identity]
        found = self.items[slot]
        if found is None:
            raise KeyError(identity)
        return replace(found, place=self.places[slot].astype(np.int16)) if self.placed[slot] else found

    def ids(self, slots: npt.NDArray[np.intp]) -> frozenset[str]:
        """The ids of the records in these slots."""
        return frozenset(filter(None, map(self._ids.__getitem__, slots.tolist())))

    def fill(self, items: Iterable[Item]) -> None:
        """Take these records, in their order, into an empty side."""

        def taken() -> Iterator[Row]:
            for slot, item in enumerate(items):
                self._grow(slot + 1)
                self._set(slot, item)
                yield self.terms.encode(item.terms)

        self.terms.fill(taken())

    def put(self, item: Item) -> int:
        """Replace or add a record; its slot."""
        slot = self.slots.get(item.id)
        if slot is None:
            slot = self._free.pop() if self._free else self.size
            self._grow(slot + 1)
        self._set(slot, item)
        self.terms.put(slot, self.terms.encode(item.terms))
        return slot

    def remove(self, identity: str) -> int:
        """Take a record out; the slot that it had. Raises KeyError."""
        slot = self.slots.pop(identity)
        self.items[slot] = self._ids[slot] = None
        self.places[slot], self.static[slot], self.placed[slot] = 0, 0, False
        self.ties[slot] = self.firms[slot] = NOBODY
        self.terms.put(slot, self.terms.encode({}))
        self._free.append(slot)
        return slot

    def _set(self, slot: int, item: Item) -> None:
        self.items[slot] = replace(item, terms=NOTHING, place=None)  # both stand in the arrays
        self._ids[slot], self.slots[item.id] = item.id, slot
        self.places[slot], self.placed[slot] = (0, False) if item.place is None else (item.place, True)
        self.static[slot] = 0
        for name, value in self._static(item).items():
            column = self._static_columns[name]
            if column >= self.static.shape[1]:
                self.static = np.pad(self.static, ((0, 0), (0, column)))
            self.static[slot, column] = value
        self.ties[slot], self.firms[slot] = digest(item.id, TIE_BITS), digest(item.firm, 62)

    def _grow(self, size: int) -> None:
        self._ids += [None] * (size - self.size)
        self.items += [None] * (size - self.size)
        more = size - len(self.ties)
        if more > 0:
            more += 64 + size // 8  # adding one by one stays cheap
            self.places = np.pad(self.places, ((0, more), (0, 0)))
            self.static = np.pad(self.static, ((0, more), (0, 0)))
            self.placed = np.pad(self.placed, (0, more))
            self.ties = np.pad(self.ties, (0, more), constant_values=NOBODY)
            self.firms = np.pad(self.firms, (0, more), constant_values=NOBODY)


def digest(text: str, bits: int) -> int:
    """A number of so many bits for a text: the same in every process, different for different texts for all purposes here."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> (64 - bits)
