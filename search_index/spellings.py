"""The words of a segment, found by how they sound or how they are misspelt."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache

from whoosh.spelling import ListCorrector

from search_index.lexemes import is_han

LONGEST = 8  # characters of a Chinese word that is looked for
_SHORTEST = 3  # characters of a word in which one may be wrong
_GAP = "?"


class Spellings:
    """Words by their pinyin, by their characters but one, and (Latin ones) by edit distance through Whoosh's corrector."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = terms

    def like(self, word: str) -> list[str]:
        """Words that might have been meant: what sounds the same, then what has one character else, or two in a long Latin word."""
        if is_han(word):
            return [*self._by_key.get(sound(word), ()), *(found for key in _gaps(word) for found in self._by_key.get(key, ()))]
        alike = self._corrector.suggest(word, limit=5, maxdist=1 if len(word) < 2 * _SHORTEST else 2, prefix=1)
        return [*self._by_key.get(word, ()), *alike]

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for term in self._terms:
            if len(term) <= LONGEST and is_han(term):
                for key in (sound(term), *_gaps(term)):
                    found[key].append(term)
        return dict(found)

    @cached_property
    def _corrector(self) -> ListCorrector:
        return ListCorrector(sorted(term for term in self._terms if len(term) >= _SHORTEST and term.isascii() and term.isalpha()))


@lru_cache(maxsize=1 << 13)
def _syllable(char: str) -> str:
    from pypinyin import lazy_pinyin  # its dictionaries take 50 MB, which only who corrects has to spend

    return lazy_pinyin(char)[0]


def sound(word: str) -> str:
    """A Chinese word in pinyin without tones, character by character: as somebody mistypes it."""
    return "".join(map(_syllable, word))


def _gaps(word: str) -> list[str]:
    if len(word) < _SHORTEST:
        return []
    return [word[:at] + _GAP + word[at + 1 :] for at in range(len(word))]
