"""The index as of one commit: its segments, and which of their documents are still there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from search_index import ranking
from search_index.segment import KIND, Mask, Segment

_KEPT = 64  # how many readers' masks are remembered


@dataclass(frozen=True)
class Part:
    """A segment, and a mask of the documents that were neither replaced nor removed since; `file` once it is on disk."""

    segment: Segment
    alive: Mask
    file: str | None = None


@dataclass(frozen=True)
class View:
    """What a search sees. Nothing in it changes, except what it remembers."""

    parts: Sequence[Part]
    _rarity: dict[str, float] = field(default_factory=dict)
    _scopes: dict[tuple[frozenset[str], frozenset[str]], list[Mask]] = field(default_factory=dict)

    @cached_property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(int(part.alive.sum()) for part in self.parts)

    def rarity(self, term: str) -> float:
        """How much a term tells: counted over the documents that are there, so that it is the same after a rebuild."""
        known = self._rarity.get(term)
        if known is None:
            holding = sum(int(part.alive[part.segment.words.of(term)].sum()) for part in self.parts)
            known = self._rarity[term] = ranking.rarity(self.documents, holding) if holding else 0.0
        return known

    def scope(self, readers: frozenset[str], kinds: frozenset[str]) -> list[Mask]:
        """What a reader may find, of the kinds asked for, as a mask for each part."""
        known = self._scopes.get((readers, kinds))
        if known is None:
            known = [
                part.alive & part.segment.visible(readers) & (part.segment.holding(KIND, kinds) if kinds else True)
                for part in self.parts
            ]
            if len(self._scopes) >= _KEPT:
                self._scopes.clear()
            self._scopes[readers, kinds] = known
        return known
