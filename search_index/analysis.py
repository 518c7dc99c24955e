"""Texts into terms: the one analyzer of indexing, searching and matching.

A text becomes words: Chinese by rjieba with our lexicon, English by its stem, part numbers whole and in parts. Around them stand

* parts: known words within a longer one, and beginnings of a part number (`stm32f4` is found by `stm32`);
* bigrams where single characters are left over, so that a name nobody put into a dictionary is still found;
* phrases: several words written together, if the lexicon knows them (`silicon carbide`, `AI芯片`), if they are joined by dashes
  (`AEC-Q100`), or if a version follows (`PCIe 4.0`);
* groups: `=` and the first name of a group of synonyms, the same term for each of its names.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from search_index.folding import Places, normalize
from search_index.lexemes import Unit, is_han, is_number, is_quantity, lexicon, stem, steps

__all__ = ["Token", "index_terms", "looks_like_part_number", "normalize", "query_terms", "suggestion_keys", "tokens"]

Kind = Literal["word", "part", "bigram", "phrase", "group"]
Span = tuple[str, int, int]  # term, start, end
Occurrence = tuple[str, Kind, int, int]  # term, kind, start, end
Alternatives = list[tuple[str, float]]

_JOINTS = frozenset("-_&'")  # between the pieces of one token: AEC-Q100, R&D
_GAPS = _JOINTS | {"", " ", "/", "("}  # between the words of a phrase: DC/DC, RDS(on)
_PART_NUMBER = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)*")
_END = "\n"  # no gap that joins anything
_LATIN_END = "\u2e80"  # what follows is Chinese, mostly
_LONGEST_KEY = 40  # characters of a suggestion that are compared with what was typed

# What a name counts beside the term that carries its meaning, 1.0: chosen so that the very word comes first, and no lesser kinship
# of one word outweighs a second word that fits.
_VERY_WORD = 0.05
_OTHER_MEANING = 0.5
_AMBIGUOUS_NAME = 0.3
_WHOLE = 0.6
_PIECE = 0.5
_BEGINNING = 0.3


@dataclass(frozen=True, slots=True)
class Token:
    """A term of a text: `text` folded, from the characters `start` to `end` of the original, and `term`, what is indexed of it."""

    text: str
    start: int
    end: int
    kind: Kind
    term: str


def tokens(text: str) -> list[Token]:
    """The terms of a text with their places in the original: as many, and in the same order, as `index_terms` has."""
    folded = normalize(text)
    places = Places(text)
    units = lexicon().units(folded)
    own = [(term, kind, start + first, start + last) for word, start, _ in units for term, kind, first, last in _within(word)]
    return [
        Token(folded[start:end], *places.original(start, end), kind, term)
        for term, kind, start, end in (*own, *_across(folded, units))
    ]  # fmt: skip


def index_terms(text: str) -> list[str]:
    """What is indexed of a text, each term as often as it occurs."""
    folded = normalize(text)
    units = lexicon().units(folded)
    terms: list[str] = []
    for word, _, _ in units:
        terms += _terms_within(word)
    terms += [occurrence[0] for occurrence in _across(folded, units)]
    return terms


@lru_cache(maxsize=1 << 16)
def _within(word: str) -> tuple[Occurrence, ...]:
    """What a unit holds by itself, with places in the unit."""
    if word in lexicon().stop_words:
        return ()
    spans = [(stem(word), 0, len(word)), *((word[start:end], start, end) for start, end in _parts(word))]
    return tuple(occurrence for at, span in enumerate(spans) for occurrence in _named(span, "part" if at else "word"))


@lru_cache(maxsize=1 << 16)
def _terms_within(word: str) -> tuple[str, ...]:
    return tuple(occurrence[0] for occurrence in _within(word))


def _named(span: Span, kind: Kind) -> Iterator[Occurrence]:
    """The term itself, and the groups it is a name of."""
    term, start, end = span
    yield term, kind, start, end
    for group in lexicon().groups.get(term, ()):
        yield group, "group", start, end


def _parts(word: str) -> list[tuple[int, int]]:
    """Where the parts of a unit stand in it: known words in a Chinese one, beginnings of a part number."""
    if not is_han(word):
        return [(0, end) for end in steps(word)]
    spans = [(start, end) for start in range(len(word)) for end in range(start + 2, len(word) + 1)]
    return [(start, end) for start, end in spans if end - start < len(word) and lexicon().knows(word[start:end])]


def _across(folded: str, units: Sequence[Unit]) -> Iterator[Occurrence]:
    """What several units hold together."""
    pairs, stems = lexicon().phrases, [stem(word) for word, _, _ in units]
    for at, (word, _, _) in enumerate(units):
        if len(word) == 1:
            yield from _bigrams(units, at)
        spans = _phrases(folded, units, stems, at) if tuple(stems[at : at + 2]) in pairs else []
        more = _written_together(folded, units, stems, at) if word[0] < _LATIN_END else _straddling(folded, units[at])
        spans += [span for span in more if span not in spans]
        for span in spans:
            yield from _named(span, "phrase")


def _bigrams(units: Sequence[Unit], at: int) -> Iterator[Occurrence]:
    """The pairs a single character makes with what stands beside it; two single characters make theirs once."""
    if not _can_pair(units[at]):
        return
    start = units[at][1]
    if at and _can_pair(units[at - 1]) and units[at - 1][2] == start and len(units[at - 1][0]) > 1:
        yield units[at - 1][0][-1] + units[at][0], "bigram", start - 1, start + 1
    if at + 1 < len(units) and _can_pair(units[at + 1]) and units[at + 1][1] == start + 1:
        yield units[at][0] + units[at + 1][0][0], "bigram", start, start + 2


def _can_pair(unit: Unit) -> bool:
    return is_han(unit[0]) and unit[0] not in lexicon().stop_words


def _phrases(folded: str, units: Sequence[Unit], stems: Sequence[str], at: int) -> list[Span]:
    """The lexicon's terms of several units that begin here, longest first."""
    found = []
    for phrase in lexicon().phrases.get(tuple(stems[at : at + 2]), ()):
        last = at + len(phrase) - 1
        if tuple(stems[at : last + 1]) == phrase and all(_gap(folded, units, place) in _GAPS for place in range(at, last)):
            found.append(("".join(phrase), units[at][1], units[last][2]))
    return found


def _straddling(folded: str, unit: Unit) -> list[Span]:
    """Our Chinese terms that begin in a unit and end in a later one, wherever the segmenter cut: 毫米波雷达 of 毫米波|雷达收发."""
    _, first, last = unit
    return [
        (term, start, start + len(term))
        for start in range(first, last)
        for term in lexicon().han_terms.get(folded[start : start + 2], ())
        if start + len(term) > last and folded.startswith(term, start)
    ]


def _gap(folded: str, units: Sequence[Unit], at: int) -> str:
    """What stands between a unit and the next; nothing can follow the last."""
    return folded[units[at][2] : units[at + 1][1]] if at + 1 < len(units) else _END


def _written_together(folded: str, units: Sequence[Unit], stems: Sequence[str], at: int) -> list[Span]:
    """The Latin pieces that begin here as one: `aecq100` of `AEC-Q100`, `pcie4.0` and its beginning `pcie4` of `PCIe 4.0`."""
    if at and units[at - 1][0][0] < _LATIN_END and _gap(folded, units, at - 1) in _JOINTS:
        return []
    last = at
    while _gap(folded, units, last) in _JOINTS and units[last + 1][0][0] < _LATIN_END:
        last += 1
    word, start, end = units[at]
    if last > at:
        lettered = any(piece[0].isalpha() for piece, _, _ in units[at : last + 1])
        return [("".join(stems[at : last + 1]), start, units[last][2])] if lettered else []
    if not _has_version(folded, units, at):
        return []
    number, _, until = units[at + 1]
    beginning = [(word + number[:dot], start, end + 1 + dot) for dot in (number.find("."),) if dot > 0]
    return [(word + number, start, until), *beginning]


def _has_version(folded: str, units: Sequence[Unit], at: int) -> bool:
    """Whether a number follows that belongs to the name: `PCIe 4.0`, `DDR 5`."""
    word = units[at][0]
    if not word[0].isalpha() or word[0] >= _LATIN_END or word in lexicon().stop_words:
        return False
    return _gap(folded, units, at) == " " and is_number(units[at + 1][0])


def query_terms(text: str) -> list[Alternatives]:
    """The words typed, each with the terms that may stand for it and what each is worth.

    A document fits a word if it holds any of its terms; its score is the sum over those it holds. A term made of others, such as
    `碳化硅功率模块` or `AEC-Q100`, counts as several words, each found in the whole or by itself. An unknown stretch counts as its
    bigrams. Stop words are dropped, and lonely characters if anything is left without them.
    """
    folded = normalize(text)
    units = lexicon().units(folded)
    stems = [stem(word) for word, _, _ in units]
    words: list[Alternatives] = []
    at = 0
    while at < len(units):
        found, at = _next_words(folded, units, stems, at)
        words += found
    return words or [[(char, 1.0)] for char, _, _ in units if char not in lexicon().stop_words]


def _next_words(folded: str, units: Sequence[Unit], stems: Sequence[str], at: int) -> tuple[list[Alternatives], int]:
    """The words that begin at a unit, and the unit after them."""
    word, _, end = units[at]
    spans = [*_phrases(folded, units, stems, at), *_written_together(folded, units, stems, at)]
    if whole := max(spans, key=lambda span: span[2], default=None):
        after = next((later for later in range(at, len(units)) if units[later][1] >= whole[2]), len(units))
        pieces = [stem(piece) for piece, _, _ in units[at:after] if piece not in lexicon().stop_words and len(piece) > 1]
        return _compound(whole[0], [] if after == at + 2 and _has_version(folded, units, at) else pieces), after
    if word in lexicon().stop_words:
        return [], at + 1
    if len(word) > 1 or not is_han(word):
        return _compound(stem(word), lexicon().cover(word) if word in lexicon().terms and is_han(word) else []), at + 1
    after = at + 1
    while after < len(units) and units[after][1] == end and len(units[after][0]) == 1 and _can_pair(units[after]):
        after, end = after + 1, units[after][2]
    return [[(units[left][0] + units[left + 1][0], 1.0)] for left in range(at, after - 1)], after


def _compound(whole: str, pieces: Sequence[str]) -> list[Alternatives]:
    """A term made of pieces: as many words as it has pieces, each found by itself, or in the whole or another name of that."""
    if not pieces or whole in lexicon().ambiguous:
        return [_alternatives(whole)]
    names = [(term, weight * _WHOLE) for term, weight in _alternatives(whole)]
    return [[*names, *((term, weight * _PIECE) for term, weight in _alternatives(piece))] for piece in pieces]


@lru_cache(maxsize=1 << 14)
def _alternatives(term: str) -> Alternatives:
    """The terms that may stand for one term."""
    known = lexicon()
    if groups := known.groups.get(term):
        names = [(name, _AMBIGUOUS_NAME) for group in groups for name in known.also[group] if name != term]
        return [(term, _VERY_WORD), *((group, 1.0) for group in groups), *names]
    meanings = [(group, _OTHER_MEANING) for group in known.ambiguous.get(term, ())]
    return [(term, 1.0), *meanings, *((term[:step], _BEGINNING) for step in steps(term)[-1:])]


def looks_like_part_number(text: str) -> bool:
    """Whether somebody typed the number of a part or of a record: one token with letters and figures that is no quantity."""
    folded = normalize(text).strip()
    mixed = any(char.isdigit() for char in folded) and any(char.isalpha() for char in folded)
    return mixed and len(folded) > 3 and _PART_NUMBER.fullmatch(folded) is not None and not is_quantity(folded)


def typed_key(typed: str) -> str:
    """What is typed so far, in the form of `suggestion_keys`."""
    return "".join(char for char in normalize(typed) if char.isalnum())


def suggestion_keys(text: str) -> list[str]:
    """What somebody may begin to type for this text, from each of its words on: as written, in pinyin, or in its initials.

    `毫米波雷达` → 毫米波雷达, haomiboleida, hmbld, 雷达, leida, ld.
    """
    words = [
        piece for word, _, _ in lexicon().units(normalize(text)) for piece in (lexicon().cover(word) if is_han(word) else [word])
    ]
    spelled = [_spelled(word) for word in words]
    keys = ["".join(forms)[:_LONGEST_KEY] for at in range(len(words)) for forms in zip(*spelled[at:], strict=True)]
    return list(dict.fromkeys(key for key in keys if key))


@lru_cache(maxsize=1 << 14)
def _spelled(word: str) -> tuple[str, str, str]:
    """A word as it is typed, in pinyin (ü as v), and by initials; what is not Chinese stays as it is."""
    if not is_han(word):
        return (typed_key(word),) * 3
    from pypinyin import lazy_pinyin  # its dictionaries take 50 MB, which only who suggests has to spend

    syllables = lazy_pinyin(word)
    return typed_key(word), typed_key("".join(syllables)), typed_key("".join(syllable[0] for syllable in syllables))
