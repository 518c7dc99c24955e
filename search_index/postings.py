"""Which documents hold which key: words, codes, suggestions. One form for all three, on disk and in memory.

The documents of key number `k` are `documents[starts[k]:starts[k + 1]]`, ascending; a payload has one value per posting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_index import arrays
from search_index.arrays import Arrays


@dataclass(frozen=True)
class Postings:
    """Keys, and the numbers of the documents that hold them. `payload`: name → one value per posting."""

    keys: Sequence[str]
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    payload: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Key → its number."""
        return {key: number for number, key in enumerate(self.keys)}

    def stretch(self, key: str) -> slice:
        """Where the postings of a key are; empty when nothing holds it."""
        number = self.number_of.get(key)
        return slice(0, 0) if number is None else slice(int(self.starts[number]), int(self.starts[number + 1]))

    def of(self, key: str) -> NDArray[np.int32]:
        """The documents that hold a key."""
        return self.documents[self.stretch(key)]

    def counts(self, mask: NDArray[np.bool_]) -> dict[str, int]:
        """How many of the documents under the mask hold each key; keys without any are left out."""
        if not len(self.keys):
            return {}
        counts = np.add.reduceat(mask[self.documents], self.starts[:-1], dtype=np.int64)
        return {self.keys[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}

    def stored(self, name: str) -> Arrays:
        """The arrays to be written for these postings, under their name."""
        stored: Arrays = {f"{name}/{key}": values for key, values in self.payload.items()}
        return stored | {f"{name}:keys": arrays.pack(self.keys), f"{name}:starts": self.starts, f"{name}:documents": self.documents}

    @classmethod
    def load(cls, stored: Arrays, name: str) -> "Postings":
        """The postings written under a name."""
        payload = {key.removeprefix(f"{name}/"): values for key, values in stored.items() if key.startswith(f"{name}/")}
        return cls(arrays.unpack(stored[f"{name}:keys"]), stored[f"{name}:starts"], stored[f"{name}:documents"], payload)


EMPTY = Postings([], np.zeros(1, np.int64), np.zeros(0, np.int32))


_Piece = tuple[NDArray[Any], NDArray[Any], NDArray[Any], Mapping[str, NDArray[Any]]]  # key numbers, lengths, documents, payload


def gather(pairs: Sequence[tuple[str, int]]) -> Postings:
    """Postings of (key, document) pairs given in the order of documents; a pair given twice counts once."""
    number_of: dict[str, int] = {}
    distinct = list(dict.fromkeys(pairs))
    keys = np.array([number_of.setdefault(key, len(number_of)) for key, _ in distinct], np.int64)
    documents = np.array([document for _, document in distinct], np.int32)
    order = np.argsort(keys, kind="stable")
    return Postings(list(number_of), arrays.starts(np.bincount(keys, minlength=len(number_of))), documents[order])


def merge(parts: Sequence[tuple[Postings, NDArray[np.bool_]]]) -> Postings:
    """The postings of several collections laid end to end, each with a mask of the documents that are kept and numbered anew."""
    number_of: dict[str, int] = {}
    pieces, first = [], 0
    for postings, kept in parts:
        renumbered = np.cumsum(kept, dtype=np.int32) + np.int32(first - 1)
        first += int(kept.sum())
        here = kept[postings.documents]
        lengths = np.add.reduceat(here, postings.starts[:-1], dtype=np.int64) if len(postings.keys) else np.zeros(0, np.int64)
        held = np.flatnonzero(lengths)
        numbers = np.array([number_of.setdefault(postings.keys[number], len(number_of)) for number in held.tolist()], np.int64)
        payload = {name: values[here] for name, values in postings.payload.items()}
        pieces.append((numbers, lengths[held], renumbered[postings.documents[here]], payload))
    return _lay_out(list(number_of), pieces)


def _lay_out(keys: list[str], pieces: Sequence[_Piece]) -> Postings:
    """Bring postings that are ordered by key within each piece into one order by key: each stretch goes where there is room."""
    totals = np.zeros(len(keys), np.int64)
    for numbers, lengths, _, _ in pieces:
        totals[numbers] += lengths
    starts = arrays.starts(totals)
    documents = np.empty(int(starts[-1]), np.int32)
    payload = {name: np.empty(len(documents), values.dtype) for _, _, _, given in pieces for name, values in given.items()}
    free = starts[:-1].copy()
    for numbers, lengths, held, given in pieces:
        places = np.repeat(free[numbers] - arrays.starts(lengths)[:-1], lengths) + np.arange(len(held))
        documents[places] = held
        for name, values in given.items():
            payload[name][places] = values
        free[numbers] += lengths
    return Postings(keys, starts, documents, payload)
