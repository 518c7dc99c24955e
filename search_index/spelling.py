"""«Did you mean»: another query, made of words that the reader can find."""

import re
from collections.abc import Sequence
from functools import cache

from search_index import analysis, language, retrieval, vocabulary
from search_index.plan import plan
from search_index.segment import Mask
from search_index.spellings import LONGEST, Spellings
from search_index.view import View

_RUN = re.compile(r"[a-z0-9]++(?![:：])|[\u3400-\u9fff]+", re.IGNORECASE)
_OPERATORS = {"OR", "AND", "NOT"}


def correction(view: View, text: str, scopes: Sequence[Mask]) -> str | None:
    """The query with words that nothing holds replaced by ones that are held, if that finds something within the scopes."""
    speller = _Speller(view, scopes)
    if len(text) > language.LONGEST or not speller.doubts(text):
        return None
    corrected = _RUN.sub(lambda run: speller.correct(run[0]), text)
    if corrected == text:
        return None
    matched, loosened = retrieval.match(view, plan(corrected), scopes)
    return corrected if not loosened and any(here.mask.any() for here in matched) else None


def _terms(text: str) -> list[str]:
    """All terms by which a text is looked for."""
    return [term for alternatives in analysis.query_terms(text) for term, _ in alternatives]


@cache
def _trade_words() -> tuple[dict[str, str], Spellings]:
    """The English words of the lexicon as they are written, by their small letters, and by how they are misspelt."""
    words = {word.lower(): word for name in vocabulary.terms() if name.isascii() for word in name.split()}
    return words, Spellings(words)


class _Speller:
    """Corrects words by those that documents within the scopes hold."""

    def __init__(self, view: View, scopes: Sequence[Mask]) -> None:
        self._parts = [(part.segment, scope) for part, scope in zip(view.parts, scopes, strict=True)]

    def doubts(self, text: str) -> bool:
        """Whether a word of the text, or a pair of characters that make no word, is in no document."""
        return not all(self._held(token.term) for token in analysis.tokens(text) if token.kind in ("word", "bigram"))

    def correct(self, run: str) -> str:
        """A run of Latin letters, or of Chinese characters, as it may have been meant."""
        if run in _OPERATORS:
            return run
        if not run.isascii():
            return self._chinese(analysis.normalize(run))
        words = _terms(run)
        return run if not words or any(map(self._held, words)) else self._of_trade(run.lower()) or self._meant(words[0]) or run

    def _of_trade(self, word: str) -> str | None:
        """An English word of the lexicon that begins and is spelt alike, and finds something: perhaps by its Chinese name only."""
        words, spellings = _trade_words()
        alike = (name for name in spellings.resembling(word) if name[0] == word[0])
        return next((words[name] for name in alike if any(map(self._held, _terms(name)))), None)

    def _chinese(self, run: str) -> str:
        """The longest words that are held, or that sound or look like one that is, from left to right."""
        meant, at = "", 0
        while at < len(run):
            for end in range(min(len(run), at + LONGEST), at + 1, -1):
                word = run[at:end]
                if found := word if self._held(word) else self._meant(word):
                    break
            else:
                found, end = run[at], at + 1
            meant, at = meant + found, end
        return meant

    def _held(self, term: str) -> int:
        """How many documents hold a term."""
        return sum(int(scope[segment.words.of(term)].sum()) for segment, scope in self._parts)

    def _meant(self, word: str) -> str | None:
        """What most documents hold of the words that sound like this one, or else of those that resemble it, as a text has it.

        A word that begins alike goes before one that does not: the first letter is seldom the wrong one.
        """
        for like in (Spellings.sounding, Spellings.resembling):
            terms = dict.fromkeys(term for segment, _ in self._parts for term in like(segment.spellings, word) if term != word)
            held = [(term[0] == word[0], count, term) for term in terms if (count := self._held(term))]
            if held:
                return self._written(max(held)[2])
        return None

    def _written(self, term: str) -> str:
        """A term as a document writes it: English is indexed by its stems."""
        for segment, scope in self._parts:
            documents = segment.words.of(term)
            for document in documents[scope[documents]][:1]:
                for passage in (passage for passages in segment.show(int(document)).texts.values() for passage in passages):
                    for token in analysis.tokens(passage):
                        if token.term == term:
                            return passage[token.start : token.end]
        return term
