"""What may be looked for, and how it is found in a segment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search_index.ranking import NUMBER_OF_FIELD
from search_index.segment import Mask, Segment

MOST_TERMS = 80  # of a description: the most telling ones decide

Alternatives = Sequence[tuple[str, float]]
Rarity = Callable[[str], float]
Scores = NDArray[np.float32]
Found = tuple[Mask, Scores]  # which documents have it, and what it adds to the score of each


class Node(Protocol):
    """Something to look for."""

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Which documents of the segment have it, and how much that says."""


@dataclass(frozen=True)
class Word:
    """A word, in any of its forms; `field` limits it to one text."""

    alternatives: Alternatives
    field: str | None = None

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents with any of the forms; several say more."""
        mask, scores = np.zeros(segment.size, np.bool_), np.zeros(segment.size, np.float32)
        for term, weight in self.alternatives:
            stretch = segment.words.stretch(term)
            documents, impact = segment.words.documents[stretch], segment.words.payload["impact"][stretch]
            if self.field is not None:
                held = segment.words.payload["fields"][stretch] & (1 << NUMBER_OF_FIELD[self.field]) > 0
                documents, impact = documents[held], impact[held]
            mask[documents] = True
            scores[documents] += impact * np.float32(weight * rarity(term))
        return mask, scores


@dataclass(frozen=True)
class Phrase:
    """Words that stand side by side, `text` being folded; `words` give the score."""

    text: str
    words: Sequence[Word]
    field: str | None = None

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents with the phrase."""
        mask = segment.containing(self.text, self.field)
        scores = sum((word.find(segment, rarity)[1] for word in self.words), np.zeros(segment.size, np.float32))
        return mask, np.where(mask, scores, np.float32(0))


@dataclass(frozen=True)
class All:
    """Everything of several."""

    nodes: Sequence[Node]

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents that have all."""
        found = [node.find(segment, rarity) for node in self.nodes]
        mask = np.logical_and.reduce([held for held, _ in found])
        return mask, np.where(mask, sum(scores for _, scores in found), np.float32(0))


@dataclass(frozen=True)
class Any:
    """One or more of several."""

    nodes: Sequence[Node]

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents that have any."""
        found = [node.find(segment, rarity) for node in self.nodes]
        return np.logical_or.reduce([held for held, _ in found]), np.sum([scores for _, scores in found], axis=0)


@dataclass(frozen=True)
class Without:
    """What must not be there."""

    node: Node

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents that do not have it."""
        mask, scores = self.node.find(segment, rarity)
        return ~mask, np.zeros_like(scores)


@dataclass(frozen=True)
class Description:
    """A long text: term → how much of it. Whatever shares the most telling terms with it is found."""

    terms: dict[str, float]

    def find(self, segment: Segment, rarity: Rarity) -> Found:
        """Documents with any of the terms."""
        weights = {term: count * rarity(term) for term, count in self.terms.items()}
        scores = np.zeros(segment.size, np.float32)
        for term in sorted(weights, key=lambda term: (-weights[term], term))[:MOST_TERMS]:
            stretch = segment.words.stretch(term)
            scores[segment.words.documents[stretch]] += segment.words.payload["impact"][stretch] * np.float32(weights[term])
        return scores > 0, scores
