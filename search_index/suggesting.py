"""Completions while somebody types: titles and technologies by how their words begin, in characters, pinyin or its initials.

Technologies are few, and each is in many documents: postings under `how it may be typed`, NUL, `the text`. Titles are many and each
its document's own: two arrays, sorted by how the title may be typed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, postings
from search_index.arrays import Arrays
from search_index.engine import Suggestion
from search_index.segment import Mask, Segment
from search_index.view import View

_KEY = np.dtype("S32")  # bytes of a title's key that are kept: ten characters of Chinese
_BETWEEN = "\0"
_MOST_TERMS = 500  # looked at for one beginning; what more technologies share has to be typed further anyhow


def build(texts: Sequence[Mapping[str, Sequence[str]]]) -> Arrays:
    """The arrays of what may be suggested of documents with these texts."""
    terms = [
        (f"{key}{_BETWEEN}{term}", number)
        for number, passages in enumerate(texts)
        for term in passages.get("technologies", ())
        for key in analysis.suggestion_keys(term)
    ]
    titles = [
        (key.encode("utf-8", "replace"), number)
        for number, passages in enumerate(texts)
        for title in passages.get("title", ())
        for key in analysis.suggestion_keys(title)
    ]
    keys, documents = np.array([key for key, _ in titles], _KEY), np.array([number for _, number in titles], np.int32)
    return postings.gather(terms).stored("terms") | _sorted(keys, documents)


def join(parts: Sequence[tuple[Segment, Mask]]) -> Arrays:
    """The arrays of several segments, of the documents under the masks."""
    keys, documents, first = [], [], 0
    for segment, kept in parts:
        here = kept[segment.stored["title documents"]]
        keys.append(segment.stored["title keys"][here])
        documents.append((np.cumsum(kept) - 1 + first)[segment.stored["title documents"][here]].astype(np.int32))
        first += int(kept.sum())
    terms = postings.merge([(segment.terms, kept) for segment, kept in parts])
    return terms.stored("terms") | _sorted(np.concatenate(keys), np.concatenate(documents))


def _sorted(keys: NDArray[np.bytes_], documents: NDArray[np.int32]) -> Arrays:
    order = np.argsort(keys, kind="stable")
    return {"title keys": keys[order], "title documents": documents[order]}


def suggest(view: View, typed: str, scopes: Sequence[Mask], limit: int) -> list[Suggestion]:
    """Completions within the scopes (a mask for each part): technologies that most documents have, then the freshest titles."""
    beginning = analysis.typed_key(typed.encode("utf-8", "replace").decode())
    if not beginning or limit < 1:
        return []
    parts = [(part.segment, scope) for part, scope in zip(view.parts, scopes, strict=True)]
    terms: Counter[str] = Counter()
    for segment, scope in parts:
        counts = {term: int(scope[segment.terms.of(key)].sum()) for key, term in _terms(segment, beginning)}
        terms.update({term: count for term, count in counts.items() if count})
    best = sorted(terms, key=lambda term: (-terms[term], term))[: (limit + 1) // 2]
    titles = sorted(
        (found for segment, scope in parts for found in _titles(segment, beginning, scope, limit)), key=lambda found: found[0]
    )
    named = {found.text: found for _, found in reversed(titles)}
    return (
        [Suggestion(term) for term in best if term not in named] + [found for _, found in titles if named[found.text] is found]
    )[:limit]


def _terms(segment: Segment, beginning: str) -> Iterator[tuple[str, str]]:
    """The keys that begin so, each with the term it stands for."""
    first = bisect_left(segment.typed_terms, beginning)
    for key in segment.typed_terms[first : first + _MOST_TERMS]:
        if not key.startswith(beginning):
            return
        yield key, key.partition(_BETWEEN)[2]


def _titles(segment: Segment, beginning: str, scope: Mask, limit: int) -> Iterator[tuple[tuple[bool, float, int], Suggestion]]:
    """The titles of which a word begins so, each with its place in the order of all: open first, then the fresher."""
    keys, sought = segment.stored["title keys"], beginning.encode("utf-8", "replace")[: _KEY.itemsize]
    first, last = np.searchsorted(keys, np.array([sought, sought.ljust(_KEY.itemsize, b"\xff")], _KEY))
    documents = np.unique(segment.stored["title documents"][first : max(last, first)])
    documents = documents[scope[documents]]
    for document in documents[np.argsort(segment.rank[documents])[:limit]]:
        shown = segment.show(document)
        order = (not segment.open[document], -float(segment.fresh[document]), int(segment.ties[document]))
        yield order, Suggestion(shown.texts["title"][0], shown.kind, shown.record)
