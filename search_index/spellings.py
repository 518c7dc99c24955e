"""The words of a segment, found by how they sound or by how they are misspelt.

Whoosh's corrector gives up at the end of its list, and cuts its answer before anybody can ask which of the words may be seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

from search_index.lexemes import is_han

LONGEST = 8  # characters of a Chinese word that is looked for
_SHORTEST = 3  # characters of a word in which one may be wrong


class Spellings:
    """Chinese words by their pinyin, and all words by what they have in common with one another but for a character."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = [term for term in terms if term.isalnum()]

    def sounding(self, word: str) -> Sequence[str]:
        """Chinese words that are pronounced like a word, or that are spelt so in pinyin."""
        return self._by_sound.get(sound(word), ())

    def resembling(self, word: str) -> list[str]:
        """Words with one character else; a Latin one may also have one more, one less, or two in each other's place."""
        return [found for key in _keys(word) for found in self._by_key.get(key, ())]

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for term in self._terms:
            if is_han(term) and len(term) <= LONGEST:
                found[sound(term)].append(term)
        return dict(found)

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for term in self._terms:
            for key in _keys(term):
                found[key].append(term)
        return dict(found)


@lru_cache(maxsize=1 << 13)
def _syllable(char: str) -> str:
    from pypinyin import lazy_pinyin  # its dictionaries take 50 MB, which only who corrects has to spend

    return lazy_pinyin(char)[0]


def sound(word: str) -> str:
    """A word in pinyin without tones, character by character as somebody mistypes it; what is not Chinese stays as it is."""
    return "".join(map(_syllable, word)) if is_han(word) else word


def _keys(word: str) -> list[str]:
    """What two words share that differ in a character. Chinese keeps the gap: a word and its beginning are different things."""
    if not _SHORTEST <= len(word) <= 2 * LONGEST or (not word.isascii() and len(word) > LONGEST):
        return []
    gap = "?" if is_han(word) else ""
    keys = [word[:at] + gap + word[at + 1 :] for at in range(len(word))]
    return keys if gap else list(dict.fromkeys([word, *keys]))
