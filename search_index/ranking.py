"""How much a word says about a document: BM25F, with field weights tuned on labelled queries.

Every constant is fixed here, none is gathered from the collection: what a posting weighs depends on its document alone; how rare
a word is gets counted when it is asked for. So a document added later weighs exactly what it would weigh in a rebuilt index.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Field:
    """A searched text: the weight of a word in it, its usual length in terms, and how far (0 to 1) longer texts are discounted."""

    weight: float
    length: float
    discount: float


FIELDS: Mapping[str, Field] = {
    "number": Field(4.0, 3, 0.0),
    "title": Field(4.0, 12, 0.3),
    "technologies": Field(2.0, 10, 0.5),
    "firm": Field(2.0, 10, 0.3),
    "requirements": Field(1.2, 60, 0.6),
    "parameters": Field(1.0, 60, 0.6),
    "need": Field(1.0, 120, 0.7),
    "text": Field(0.6, 120, 0.7),
}
"""`number`: record and part numbers. `text`: whatever else may be searched."""

NUMBER_OF_FIELD = {name: number for number, name in enumerate(FIELDS)}
EXACT = ("number", "title")  # a part number met here names the document, elsewhere it is only mentioned

SATURATION = 1.4  # BM25's k1: how soon more of the same word adds nothing

_WEIGHTS, _LENGTHS, _DISCOUNTS = (
    np.array([getattr(field, name) for field in FIELDS.values()]) for name in ("weight", "length", "discount")
)


def contributions(occurrences: NDArray[Any], fields: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.float64]:
    """What occurrences of a word in a field of `lengths` terms add to its frequency: BM25F's weighted, length-normalised frequency.

    Robertson, Zaragoza, Taylor, «Simple BM25 extension to multiple weighted fields», CIKM 2004.
    """
    discount = _DISCOUNTS[fields]
    return _WEIGHTS[fields] * occurrences / (1 - discount + discount * lengths / _LENGTHS[fields])  # type: ignore[no-any-return]


def impacts(frequencies: NDArray[Any]) -> NDArray[np.float32]:
    """Weighted frequencies over all fields as what one word can add to a score, from 0 to 1 + SATURATION, before its rarity."""
    return ((1 + SATURATION) * frequencies / (SATURATION + frequencies)).astype(np.float32)


def rarity(documents: int, holding: int) -> float:
    """BM25's inverse document frequency, in the form that is never negative."""
    return float(np.log1p((documents - holding + 0.5) / (holding + 0.5)))
