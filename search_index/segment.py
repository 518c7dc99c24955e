"""A part of the index: documents in the form in which they are searched. Written once; what goes is masked, not cut out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search_index import arrays
from search_index.arrays import Arrays
from search_index.postings import EMPTY, Postings
from search_index.ranking import FIELDS, NUMBER_OF_FIELD
from search_index.spellings import Spellings

KIND, READERS, HIDDEN_FROM = "kind", "@readers", "@hidden_from"
STATUS, OPEN, FRESH = "status", "open", "fresh"  # the code and the number that decide between equals

Mask = NDArray[np.bool_]

_LATIN = np.zeros(256, np.bool_)
_LATIN[list(b"abcdefghijklmnopqrstuvwxyz0123456789")] = True


@dataclass(frozen=True)
class Stored:
    """What is shown of a document: its ids, and its texts as they were given."""

    id: str
    record: str
    kind: str
    texts: Mapping[str, Sequence[str]]


class Segment:
    """Documents numbered from 0. `words` has the payloads `impact` (what it adds to a score) and `fields` (a bit for each)."""

    def __init__(self, stored: Arrays) -> None:
        self.stored = stored
        self.versions: NDArray[np.int64] = stored["versions"]
        self.size = len(self.versions)
        self.words = Postings.load(stored, "words")
        self.columns = {name: Postings.load(stored, f"column {name}") for name in arrays.unpack(stored["columns"])}
        self.numbers = {name.removeprefix("number "): values for name, values in stored.items() if name.startswith("number ")}

    @classmethod
    def read(cls, path: Path) -> "Segment":
        """The segment in a file. Raises IndexUnavailable when it is torn, FileNotFoundError when it is not there."""
        return cls(arrays.read(path))

    @cached_property
    def ids(self) -> list[str]:
        """The documents' ids."""
        return arrays.unpack(self.stored["ids"])  # type: ignore[no-any-return]

    @cached_property
    def number_of(self) -> dict[str, int]:
        """A document's id → its number."""
        return {identity: number for number, identity in enumerate(self.ids)}

    @cached_property
    def terms(self) -> Postings:
        """The terms that may be suggested, as `suggesting` keeps them."""
        return Postings.load(self.stored, "terms")

    @cached_property
    def typed_terms(self) -> list[str]:
        """The keys of `terms`, in alphabetical order."""
        return sorted(self.terms.keys)

    @cached_property
    def spellings(self) -> Spellings:
        """The words by how they may be misspelt."""
        return Spellings(self.words.keys)

    @cached_property
    def open(self) -> Mask:
        """Which documents are open."""
        return self.holding(STATUS, (OPEN,))

    @cached_property
    def fresh(self) -> NDArray[np.float64]:
        """How fresh each document is; those without the number come last."""
        return np.nan_to_num(self.number(FRESH), nan=-np.inf)

    @property
    def ties(self) -> NDArray[np.uint64]:
        """The last word on the order of equals: arbitrary, and the same in every index."""
        return self.stored["ties"]

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """The place of each document among all: open before closed, fresher first."""
        rank = np.empty(self.size, np.int64)
        rank[np.lexsort((self.ties, -self.fresh, ~self.open))] = np.arange(self.size)
        return rank

    def number(self, name: str) -> NDArray[np.float64]:
        """A number of every document, not-a-number where it has none."""
        return self.numbers.get(name, np.full(self.size, np.nan))

    def holding(self, column: str, codes: Iterable[str]) -> Mask:
        """Which documents hold any of the codes."""
        mask, postings = np.zeros(self.size, np.bool_), self.columns.get(column, EMPTY)
        for code in codes:
            mask[postings.of(code)] = True
        return mask

    def visible(self, readers: Iterable[str]) -> Mask:
        """Which documents a holder of `readers` may find."""
        return self.holding(READERS, readers) & ~self.holding(HIDDEN_FROM, readers)

    def show(self, document: int) -> Stored:
        """What is stored of a document."""
        begin, end = self.stored["shown:starts"][document : document + 2]
        return Stored(*arrays.unpack(self.stored["shown"][begin:end]))

    def containing(self, phrase: str, field: str | None = None) -> Mask:
        """Which documents hold a folded phrase, in any text or in those of one field. Latin words have to be whole."""
        mask, content, pattern = np.zeros(self.size, np.bool_), self.stored["folded"], np.frombuffer(phrase.encode(), np.uint8)
        if not len(pattern):
            return mask
        begins = np.array([match.start() for match in re.finditer(re.escape(pattern.tobytes()), content.data)], np.int64)
        cut = (_LATIN[pattern[0]] & _LATIN[content[begins - 1]]) | (_LATIN[pattern[-1]] & _LATIN[content[begins + len(pattern)]])
        places = np.searchsorted(self.stored["folded:starts"], begins[~cut], "right") - 1
        if field is not None:
            places = places[places % len(FIELDS) == NUMBER_OF_FIELD[field]]
        mask[places // len(FIELDS)] = True
        return mask
