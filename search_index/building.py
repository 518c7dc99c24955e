"""Documents made into segments: analysed once, from then on only laid together."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, arrays, postings, ranking, suggesting
from search_index.arrays import Arrays
from search_index.engine import Document
from search_index.postings import EMPTY, Postings
from search_index.ranking import FIELDS, NUMBER_OF_FIELD
from search_index.segment import HIDDEN_FROM, KIND, READERS, Mask, Segment

Passages = Mapping[str, Sequence[str]]

_SPACE_BESIDE_CHINESE = re.compile(r"\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+")


def fold(text: str) -> str:
    """A text as phrases are looked for in it: normalised, with single spaces, and those between Latin words only."""
    return _SPACE_BESIDE_CHINESE.sub("", " ".join(analysis.normalize(text).split()))


def build(documents: Sequence[Document]) -> Arrays:
    """A segment of the documents. Raises ValueError when one names a field that `ranking` does not know, or a code of our own."""
    texts = [_passages(document) for document in documents]
    shown = [(document.id, document.record, document.kind, passages) for document, passages in zip(documents, texts, strict=True)]
    folded = ["".join(fold(passage) + "\n" for passage in passages.get(field, ())) for passages in texts for field in FIELDS]
    stored: Arrays = {
        "ids": arrays.pack([document.id for document in documents]),
        "versions": np.array([document.version for document in documents], np.int64),
        "ties": np.array([_tie(document.id) for document in documents], np.uint64),
        **arrays.blob("shown", [arrays.pack(values).tobytes() for values in shown]),
        **arrays.blob("folded", [text.encode("utf-8", "replace") for text in folded]),
        **{f"number {name}": values for name, values in _numbers(documents).items()},
    }
    return stored | suggesting.build(texts) | _inverted(_words(texts), _columns(documents))


def join(parts: Sequence[tuple[Segment, Mask]]) -> Arrays:
    """One segment of several, of the documents under the masks."""
    stored: Arrays = {
        "ids": arrays.pack([identity for part, kept in parts for identity, here in zip(part.ids, kept, strict=True) if here]),
        **{name: np.concatenate([part.stored[name][kept] for part, kept in parts]) for name in ("versions", "ties")},
        **arrays.join_blobs("shown", [(part.stored, kept) for part, kept in parts]),
        **arrays.join_blobs("folded", [(part.stored, np.repeat(kept, len(FIELDS))) for part, kept in parts]),
    }
    for name in dict.fromkeys(name for part, _ in parts for name in part.numbers):
        stored[f"number {name}"] = np.concatenate([part.number(name)[kept] for part, kept in parts])
    columns = {
        name: postings.merge([(part.columns.get(name, EMPTY), kept) for part, kept in parts])
        for name in dict.fromkeys(name for part, _ in parts for name in part.columns)
    }
    words = postings.merge([(part.words, kept) for part, kept in parts])
    return stored | suggesting.join(parts) | _inverted(words, columns)


def _inverted(words: Postings, columns: Mapping[str, Postings]) -> Arrays:
    stored = {"columns": arrays.pack(list(columns)), **words.stored("words")}
    for name, column in columns.items():
        stored |= column.stored(f"column {name}")
    return stored


def _passages(document: Document) -> dict[str, list[str]]:
    if unknown := document.texts.keys() - FIELDS.keys():
        raise ValueError(f"{document.id}: no such fields: {sorted(unknown)}")
    return {name: [text] if isinstance(text, str) else list(text) for name, text in document.texts.items()}


def _tie(identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _words(texts: Sequence[Passages]) -> Postings:
    """What each word adds to the score of each document that holds it."""
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    terms: list[int] = []
    stretches: list[tuple[int, int, int]] = []
    for document, passages in enumerate(texts):
        for field, values in passages.items():
            found = [number_of[term] for value in values for term in analysis.index_terms(value)]
            terms += found
            stretches.append((document, NUMBER_OF_FIELD[field], len(found)))
    where = np.array(stretches, np.int64).reshape(-1, 3)
    return _weigh(list(number_of), np.array(terms, np.int64), where, len(texts))


def _weigh(keys: list[str], terms: NDArray[np.int64], stretches: NDArray[np.int64], size: int) -> Postings:
    """Postings of terms laid end to end; `stretches`: document, field and number of terms of each text, in the same order."""
    documents, fields, lengths = stretches.T
    text = np.repeat(np.arange(len(stretches)), lengths)
    keyed = (terms * size + documents[text]) * len(FIELDS) + fields[text]
    found, first, occurrences = np.unique(keyed, return_index=True, return_counts=True)
    text = text[first]
    pairs = found // len(FIELDS)
    heads = np.flatnonzero(np.diff(pairs, prepend=-1))
    frequencies = np.add.reduceat(ranking.contributions(occurrences, fields[text], lengths[text]), heads)
    held = np.bitwise_or.reduceat(1 << fields[text], heads).astype(np.uint16)
    pairs = pairs[heads]
    starts = arrays.starts(np.bincount(pairs // size, minlength=len(keys)))
    return Postings(keys, starts, (pairs % size).astype(np.int32), {"impact": ranking.impacts(frequencies), "fields": held})


def _columns(documents: Sequence[Document]) -> dict[str, Postings]:
    pairs: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, document in enumerate(documents):
        if reserved := document.codes.keys() & {KIND, READERS, HIDDEN_FROM}:
            raise ValueError(f"{document.id}: these codes are the index's own: {sorted(reserved)}")
        own = {KIND: (document.kind,), READERS: sorted(document.readers), HIDDEN_FROM: sorted(document.hidden_from)}
        for name, codes in {**document.codes, **own}.items():
            pairs[name] += [(code, number) for code in codes]
    return {name: postings.gather(column) for name, column in pairs.items()}


def _numbers(documents: Sequence[Document]) -> dict[str, NDArray[np.float64]]:
    names = dict.fromkeys(name for document in documents for name in document.numbers)
    return {name: np.array([document.numbers.get(name, np.nan) for document in documents], np.float64) for name in names}
