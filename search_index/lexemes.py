"""Folded text into units (Chinese words, Latin words, part numbers, quantities), and what the lexicon knows of them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from threading import Lock

from rjieba import Jieba
from whoosh.lang.porter import stem as porter_stem

from search_index import vocabulary
from search_index.folding import normalize

Unit = tuple[str, int, int]  # the folded word, where it starts, where it ends

_HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003fffd"
_STARTS_HAN = re.compile(f"[{_HAN}]").match
_LETTER = rf"[^\W_{_HAN}]"
_SPELLINGS = "|".join(re.escape(spelling) for spelling in sorted(vocabulary.units(), key=len, reverse=True))
_QUANTITY = re.compile(rf"(\d+(?:\.\d+)?)\s?({_SPELLINGS})(?!{_LETTER}|[波级元])")  # 5毫米波 and 3位元 are no quantities
_RUN = re.compile(rf"[{_HAN}]+|{_QUANTITY.pattern}|{_LETTER}+(?:(?<=\d)\.(?=\d){_LETTER}+)*")
_STEP = re.compile(r"\.?\d+|[^\W\d_]+")  # the runs of letters and of figures in a part number
_NUMBER = re.compile(r"\d+(?:\.\d+)*[a-z]?")

FREQUENCY = 20_000  # what a term of ours weighs against the words of the segmenter's dictionary: enough to stay whole
GROUP = "="


def is_han(word: str) -> bool:
    """Whether a unit is Chinese."""
    return _STARTS_HAN(word) is not None


def is_number(word: str) -> bool:
    """Whether a unit is a figure such as a version: `4.0`, `5`, `11a`."""
    return _NUMBER.fullmatch(word) is not None


def is_quantity(word: str) -> bool:
    """Whether a unit is a figure with its unit: `28nm`, `25g`."""
    return _QUANTITY.fullmatch(word) is not None


def is_part_number(word: str) -> bool:
    """Whether a unit mixes letters and figures and starts with a letter."""
    return word[0].isalpha() and not is_han(word) and any(char.isdigit() for char in word)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A unit in the form that is indexed: English by Porter's stem, acronyms without plural s, quantities with their usual unit."""
    if quantity := _QUANTITY.fullmatch(word):
        return quantity[1] + vocabulary.units()[quantity[2]]
    if not (word.isascii() and word.isalpha()) or word in _stemless() or len(word) < 3:
        return word
    if word[-1] == "s" and word[:-1] in _stemless():
        return word[:-1]
    return str(porter_stem(word)) if len(word) > 3 else word


@lru_cache(maxsize=1)
def _stemless() -> frozenset[str]:
    """The words that are their own stem: those that the lexicon writes with capitals, and those it lists as such."""
    words = {word for term in vocabulary.terms() for word in re.findall(r"[A-Za-z0-9]+", term)}
    return frozenset(word.casefold() for word in words if word[1:] != word[1:].lower()) | vocabulary.unstemmed()


@lru_cache(maxsize=1 << 16)
def steps(word: str) -> tuple[int, ...]:
    """Where the beginnings of a part number end that are worth finding: `stm32f4` → 3, 5, 6."""
    return tuple(match.end() for match in _STEP.finditer(word) if 2 <= match.end() < len(word)) if is_part_number(word) else ()


class Lexicon:
    """The words of `vocabulary` in the form that texts are compared with; a term of several units goes by their stems, joined."""

    def __init__(self) -> None:
        self._segmenter = Jieba()
        self.terms = frozenset(normalize(term) for term in vocabulary.terms())
        for term in sorted(self.terms):
            if all(is_han(char) for char in term):
                self._segmenter.add_word(term, FREQUENCY, None)
        self.groups: dict[str, tuple[str, ...]] = {}
        self.ambiguous: dict[str, tuple[str, ...]] = {}
        self.also: dict[str, tuple[str, ...]] = {}
        self.phrases: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)  # by their first two units, longest first
        for group in vocabulary.groups():
            self._add_group(group)
        for term in self.terms:
            self._add_phrase(term)

    def _add_group(self, group: vocabulary.Group) -> None:
        name = GROUP + normalize(group.names[0])
        for known, names in ((self.groups, group.names), (self.ambiguous, group.ambiguous)):
            for term in dict.fromkeys(self.joined(each) for each in names):
                known[term] = (*known.get(term, ()), name)
        self.also[name] = tuple(self.joined(each) for each in group.ambiguous)

    def _add_phrase(self, term: str) -> None:
        stems = tuple(stem(word) for word, _, _ in self.units(term))
        if len(stems) > 1:
            self.phrases[stems[:2]] = sorted({*self.phrases[stems[:2]], stems}, key=len, reverse=True)

    def joined(self, name: str) -> str:
        """A term as it is indexed, whether it has one unit or several."""
        return "".join(stem(word) for word, _, _ in self.units(normalize(name)))

    def units(self, folded: str) -> list[Unit]:
        """The words of a folded text, in order."""
        found: list[Unit] = []
        for run in _RUN.finditer(folded):
            text, start = run.group(), run.start()
            if not is_han(text):
                found.append((text, start, run.end()))
                continue
            for word in self._segmenter.cut(text, False):
                found.append((word, start, start + len(word)))
                start += len(word)
        return found

    @cached_property
    def han_terms(self) -> dict[str, list[str]]:
        """Our terms that are Chinese throughout, by their first two characters, the shorter first."""
        found: dict[str, list[str]] = defaultdict(list)
        for term in sorted(self.terms, key=len):
            if len(term) > 1 and all(map(is_han, term)):
                found[term[:2]].append(term)
        return dict(found)

    def knows(self, word: str) -> bool:
        """Whether a Chinese word is in our lexicon or in the segmenter's dictionary."""
        return self._segmenter.has_word(word)

    @cached_property
    def stop_words(self) -> frozenset[str]:
        """Words that are not indexed."""
        return vocabulary.stop_words()

    def cover(self, word: str) -> Sequence[str]:
        """The fewest known words of two characters and more that make up a Chinese word: itself where there are none shorter."""
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(2, len(word) + 1):
            for start in range(end - 1):
                before, last = best[start], word[start:end]
                if before is None or last == word or not self.knows(last):
                    continue
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, last]
        return best[-1] or [word]


_lock = Lock()
_lexicon: Lexicon | None = None


def lexicon() -> Lexicon:
    """The one lexicon of the process, read at first use."""
    global _lexicon
    if _lexicon is None:
        with _lock:
            _lexicon = _lexicon or Lexicon()
    return _lexicon
