"""How near two texts are: shared characters, word pairs and words, and the angle between embeddings.

The asking side (a scenario, a requirement) and the offering side (a product, an achievement) become vectors of different make, so
that every measure is a dot product. Weights are whole numbers, so that sums are exact: a similarity does not depend on what else
is computed beside it, nor in which order.

Measures (weights and constants in data/model.json, made by scripts/fit_matching.py):
* characters: BM25 of the offer's title over single characters and Latin tokens, asked for by the title;
* coverage: which share (by weight) of the title's character bigrams is found anywhere in the asking title or text;
* words: BM25 over the terms of `analysis`, synonyms and parts included, asked for by title and text;
* meaning: the cosine of the two embeddings as `Space` places them.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from search_index.analysis import index_terms
from search_index.folding import normalize
from search_index.similarity_space import UNIT, Space

Terms: TypeAlias = dict[str, int]  # the first letter of a key is its family's
Values: TypeAlias = npt.NDArray[np.float32]

DATA = Path(__file__).parent / "data"
K1, B = 1.2, 0.75  # BM25's usual values, Robertson & Zaragoza (2009)
TEXT_LIMIT = 4000  # characters of a text that are compared
ASKED, OFFERED = 256, 1024  # weights are whole 256ths on the asking side, whole 1024ths on the other

_CHARACTER = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


@cache
def fitted() -> Mapping[str, Any]:
    """The fitted weights and constants, with the figures of the fit: data/model.json."""
    content: Mapping[str, Any] = json.loads((DATA / "model.json").read_text("utf-8"))
    return content


def characters(text: str) -> list[str]:
    """Chinese characters one by one, Latin tokens whole."""
    return _CHARACTER.findall(normalize(text))


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters, Latin tokens whole; a character that stands alone by itself."""
    found: list[str] = []
    for run in _RUN.findall(normalize(text)):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)] if run[0] >= "\u3400" else []
        found += pairs or [run]
    return found


FAMILIES = {"characters": characters, "coverage": bigrams, "words": index_terms}
LETTERS = {"characters": "c", "coverage": "b", "words": "w"}


@dataclass(frozen=True)
class Statistics:
    """In how many of `texts` titles each term of a family occurs, and how many terms a title has on average."""

    texts: int
    lengths: Mapping[str, float]
    counts: Mapping[str, Mapping[str, int]]

    @classmethod
    def gather(cls, titles: Iterable[str]) -> "Statistics":
        """Count titles. Raises ValueError when there is none."""
        counts: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
        total: Counter[str] = Counter()
        texts = 0
        for title in titles:
            texts += 1
            for family, analyse in FAMILIES.items():
                terms = analyse(title)
                counts[family].update(set(terms))
                total[family] += len(terms)
        if not texts:
            raise ValueError("no titles")
        return cls(texts, {family: max(1.0, total[family] / texts) for family in FAMILIES}, counts)

    def plus(self, other: "Statistics") -> "Statistics":
        """Both collections taken as one."""
        texts = self.texts + other.texts
        return Statistics(
            texts,
            {name: (self.lengths[name] * self.texts + other.lengths[name] * other.texts) / texts for name in FAMILIES},
            {name: Counter(self.counts[name]) + Counter(other.counts[name]) for name in FAMILIES},
        )

    def weight(self, family: str, term: str) -> float:
        """Inverse document frequency ln(1 + (N − n + ½) / (n + ½)), Robertson & Spärck Jones in the form that is never negative."""
        count = self.counts[family].get(term, 0)
        return math.log(1 + (self.texts - count + 0.5) / (count + 0.5))


@cache
def background() -> Statistics:
    """The statistics that ship with the code (data/background.json): a list of thirty titles alone says too little."""
    stored = json.loads((DATA / "background.json").read_text("utf-8"))
    return Statistics(stored["texts"], stored["lengths"], stored["counts"])


@dataclass(frozen=True)
class TextModel:
    """The frozen constants of one generation. Two texts are compared only under one model.

    `families`: the weights of the three term measures, by name. `body`: what a word of an offer's body counts, in words of its
    title. `full_terms`, `full_meaning`: the sum of term measures and the cosine that are worth one; `saturation`: how fast more
    shared terms cease to count. `shares`: of terms and meaning in the whole. `space` is None where there are no embeddings.
    """

    statistics: Statistics
    space: Space | None
    families: Mapping[str, float]
    body: float
    saturation: float
    full_terms: float
    full_meaning: float
    shares: Mapping[str, float]

    @classmethod
    def shipped(cls, encoder: str, *, catalogue: Statistics | None = None, space: Space | None = None) -> "TextModel":
        """The fitted model. A catalogue's statistics are added to the shipped ones; `space` is for encoders without shipped one."""
        statistics = background() if catalogue is None else background().plus(catalogue)
        return cls(statistics, Space.shipped(encoder) or space, **fitted()["text"])

    def asked(self, title: str, body: str = "") -> Terms:
        """The asking side: term → weight in whole 256ths. Characters count in the title alone; repeated words saturate."""
        body = body[:TEXT_LIMIT]
        weights: dict[str, float] = {}
        for term in set(characters(title)):
            weights["c" + term] = self.families["characters"] * self.statistics.weight("characters", term)
        for term in {*bigrams(title), *bigrams(body)}:
            weights["b" + term] = self.families["coverage"]
        for term, count in Counter([*index_terms(title), *index_terms(body)]).items():
            weights["w" + term] = self.families["words"] * self.statistics.weight("words", term) * count / (count + 1)
        return _whole(weights, ASKED)

    def offered(self, title: str, body: str = "") -> Terms:
        """The offering side: term → weight in whole 1024ths: BM25's for characters and words, shares of the title for bigrams."""
        title_characters, title_words = characters(title), index_terms(title)
        weights = self._bm25("characters", Counter(title_characters), len(title_characters))
        pairs = {term: self.statistics.weight("coverage", term) for term in sorted(set(bigrams(title)))}
        total = sum(pairs.values())
        weights |= {"b" + term: weight / total for term, weight in pairs.items()}
        words: dict[str, float] = dict.fromkeys(index_terms(body[:TEXT_LIMIT]), self.body)
        for term in title_words:
            words[term] = words.get(term, 0) + 1
        return _whole(weights | self._bm25("words", words, len(title_words)), OFFERED)

    def _bm25(self, family: str, counts: Mapping[str, float], length: int) -> dict[str, float]:
        against = K1 * (1 - B + B * length / self.statistics.lengths[family])
        return {LETTERS[family] + term: count * (K1 + 1) / (count + against) for term, count in counts.items()}

    def terms_value(self, sums: npt.NDArray[np.integer[Any]]) -> Values:
        """Dot products of `asked` and `offered` as values from 0 to 1: L / (L + saturation), 1 from `full_terms` on.

        In float32 and by single operations only, as `meaning_value`: the same number comes out alone and in a block.
        """
        counted = sums.astype(np.float32)
        saturation, full = self.saturation * ASKED * OFFERED, self.full_terms * ASKED * OFFERED
        value: Values = np.minimum(np.float32(1), counted / (counted + np.float32(saturation)) * np.float32(1 + saturation / full))
        return value

    def meaning_value(self, products: npt.NDArray[np.float32]) -> Values:
        """Dot products of places as values from 0 to 1: the cosine, negative ones as 0, divided by `full_meaning`."""
        value: Values = np.clip(products * np.float32(1 / (self.full_meaning * UNIT**2)), np.float32(0), np.float32(1))
        return value

    def together(self, terms: Values, meaning: Values | None) -> Values:
        """The similarity of texts, 0 to 1: the weighted mean of both values, or the terms' alone where there is no embedding."""
        return terms if meaning is None else self.shares["terms"] * terms + self.shares["meaning"] * meaning


def shared(asked: Terms, offered: Terms) -> int:
    """The dot product of two sides' terms, exact."""
    few, many = sorted((asked, offered), key=len)
    return sum(weight * many[term] for term, weight in few.items() if term in many)


def _whole(weights: Mapping[str, float], one: int) -> Terms:
    return {term: whole for term, weight in weights.items() if (whole := round(weight * one))}
