"""From a request to the documents found: masks and scores over each segment, counted and ordered together.

Who may see a document is decided before anything else is looked at, so that totals, counts and corrections tell nothing of others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search_index.engine import Range, Request
from search_index.plan import Plan
from search_index.ranking import EXACT, NUMBER_OF_FIELD
from search_index.segment import Mask, Segment
from search_index.view import View

_EXACT_BITS = sum(1 << NUMBER_OF_FIELD[name] for name in EXACT)
_TIER = 1_000.0  # more than any short query's words can score
_FEW = 5  # so many documents with every word are not the whole answer


@dataclass(frozen=True)
class Matched:
    """Documents of one segment that answer a query, visible to the reader, and the score of each."""

    segment: Segment
    mask: Mask
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a document is, and its score."""

    segment: Segment
    document: int
    score: float


def match(view: View, plan: Plan, scopes: Sequence[Mask]) -> tuple[list[Matched], bool]:
    """What answers a query within the scopes (a mask for each part), and whether it had to be loosened.

    Every unit has to be there. When no document has all of them, any will do; when only a few have, those with half of a plain
    query's words follow. Documents with more of them come first.
    """
    found = [_evaluate(part.segment, view, plan, scope) for part, scope in zip(view.parts, scopes, strict=True)]
    wanted = len(plan.units)
    complete = sum(np.count_nonzero(mask & (units == wanted)) for mask, units, _ in found)
    least, loosened = wanted, False
    if not plan.everything and not (plan.units and complete):
        least, loosened = 1, wanted > 1
    elif complete < _FEW and plan.is_plain:
        least = (wanted + 1) // 2
    tiers = _TIER if least < wanted else 0.0
    matched = [(mask & (units >= least), score + tiers * units) for mask, units, score in found]
    return [Matched(part.segment, mask, score) for part, (mask, score) in zip(view.parts, matched, strict=True)], loosened


def _evaluate(segment: Segment, view: View, plan: Plan, scope: Mask) -> tuple[Mask, NDArray[np.uint8], NDArray[np.float64]]:
    """Which documents may be found, how many units each has, and its score."""
    mask, units = scope.copy(), np.zeros(segment.size, np.uint8)
    scores = np.ones(segment.size, np.float32) if plan.everything else np.zeros(segment.size, np.float32)
    for unwanted in plan.without:
        mask &= unwanted.find(segment, view.rarity)[0]
    for node in plan.units:
        held, score = node.find(segment, view.rarity)
        units += held
        scores += score
    return mask, units, _rounded(scores) + _TIER * len(plan.units) * _named(segment, plan.names)


def _rounded(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores to a hundredth of themselves, so that what is as good as equal is decided by openness and freshness."""
    return (scores.view(np.uint32) + np.uint32(0x8000) & np.uint32(0xFFFF0000)).view(np.float32).astype(np.float64)


def _named(segment: Segment, names: Sequence[str]) -> Mask:
    """Which documents bear one of the part numbers as their number or in their title."""
    mask = np.zeros(segment.size, np.bool_)
    for name in names:
        stretch = segment.words.stretch(name)
        mask[segment.words.documents[stretch][segment.words.payload["fields"][stretch] & _EXACT_BITS > 0]] = True
    return mask


def narrow(matched: Sequence[Matched], request: Request) -> tuple[list[Matched], dict[str, dict[str, int]]]:
    """What is left under the request's filters and ranges, and its facets, each counted under all filters but its own."""
    left, facets = [], {name: Counter[str]() for name in request.facets}
    for here in matched:
        base = here.mask & _within(here.segment, request.ranges)
        filters = {name: here.segment.holding(name, codes) for name, codes in request.filters.items()}
        for name, counts in facets.items():
            others = [mask for other, mask in filters.items() if other != name]
            column = here.segment.columns.get(name)
            if column is not None:
                counts.update(column.counts(np.logical_and.reduce([base, *others])))
        left.append(Matched(here.segment, np.logical_and.reduce([base, *filters.values()]), here.scores))
    return left, {name: dict(counts) for name, counts in facets.items()}


def _within(segment: Segment, ranges: Mapping[str, Range]) -> Mask:
    mask = np.ones(segment.size, np.bool_)
    for name, given in ranges.items():
        values = segment.number(name)
        mask &= ~np.isnan(values)
        if given.low is not None:
            mask &= values >= given.low
        if given.high is not None:
            mask &= values <= given.high
    return mask


def page(matched: Sequence[Matched], request: Request, first: int, last: int) -> list[Place]:
    """The documents from place `first` to before `last`, in the order asked for; equals by openness, then freshness."""
    chosen = [_best(here, request, last) for here in matched]
    if not chosen or first >= sum(len(documents) for documents, _ in chosen):
        return []
    order = np.lexsort(tuple(np.concatenate(column) for column in zip(*(keys for _, keys in chosen), strict=True)))
    places = [(here, document) for here, (documents, _) in zip(matched, chosen, strict=True) for document in documents.tolist()]
    return [
        Place(here.segment, document, float(here.scores[document])) for here, document in (places[at] for at in order[first:last])
    ]


def _best(matched: Matched, request: Request, wanted: int) -> tuple[NDArray[np.int64], tuple[NDArray[Any], ...]]:
    """The documents of a segment that may be among the first `wanted`, and the keys that sort them, the last first."""
    segment = matched.segment
    documents = np.flatnonzero(matched.mask)
    primary = _sorted_by(matched, documents, request.sort)
    if wanted < len(documents) and not request.order:
        limit = np.partition(primary, wanted - 1)[wanted - 1]
        sure, tied = np.flatnonzero(primary < limit), np.flatnonzero(primary == limit)
        room = wanted - len(sure)
        if room < len(tied):
            tied = tied[np.argpartition(segment.rank[documents[tied]], room - 1)[:room]]
        at = np.concatenate((sure, tied))
        documents, primary = documents[at], primary[at]
    keys = (segment.ties[documents], -segment.fresh[documents], ~segment.open[documents], primary)
    return documents, (*keys, _given(segment, request.order)[documents]) if request.order else keys


def _sorted_by(matched: Matched, documents: NDArray[np.int64], sort: str | None) -> NDArray[np.float64]:
    """What each of the documents is sorted by, the least first."""
    if sort is None:
        return -matched.scores[documents]
    values = matched.segment.number(sort.removeprefix("-"))[documents]
    return np.nan_to_num(-values if sort.startswith("-") else values, nan=np.inf, posinf=np.inf, neginf=-np.inf)


def _given(segment: Segment, order: Mapping[str, float]) -> NDArray[np.float64]:
    """The asker's own order of a segment's documents, the least first; what it does not name comes last."""
    given = np.full(segment.size, np.inf)
    for identity, number in order.items():
        if (document := segment.number_of.get(identity)) is not None:
            given[document] = -number
    return given
