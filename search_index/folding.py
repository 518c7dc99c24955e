"""One spelling of each character: full and half width, case, accents, traditional characters, dashes.

Folding goes character by character, so a place in the folded text is known in the original.
"""

import unicodedata
from bisect import bisect_right
from itertools import accumulate

from search_index import vocabulary

_UNIFIED = str.maketrans({
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("∼〜", "~"),
    **dict.fromkeys("“”„«»「」『』", '"'),
    **dict.fromkeys("‘’", "'"),
    "μ": "u",
    "×": "x",
    "·": " ",
    "•": " ",
})  # fmt: skip


class _Folding(dict[int, str]):
    """Code point → what it folds to, worked out when it is first met: the form that str.translate takes."""

    def __init__(self) -> None:
        self._simplified = str.maketrans(vocabulary.traditional())

    def __missing__(self, code: int) -> str:
        char, folded = chr(code), self._step(chr(code))
        while char != folded:  # a few characters need a second round, such as İ
            char, folded = folded, self._step(folded)
        self[code] = folded
        return folded

    def _step(self, text: str) -> str:
        bare = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")
        return unicodedata.normalize("NFKC", bare).casefold().translate(_UNIFIED).translate(self._simplified)


_folding = _Folding()


def normalize(text: str) -> str:
    """The text in the spelling that is indexed and searched: NFKC without accents, case folded, simplified, dashes and μ unified.

    Folding twice changes nothing, and folding the pieces of a text gives the pieces of the folded text.
    """
    return text.translate(_folding)


class Places:
    """Where the characters of a folded text were in the original."""

    def __init__(self, text: str) -> None:
        self._ends = list(accumulate(len(_folding[ord(char)]) for char in text))
        self._one_to_one = not self._ends or (
            self._ends[-1] == len(text) and all(end == at for at, end in enumerate(self._ends, 1))
        )

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that the span `start:end` of the folded text came from; `start` < `end`."""
        if self._one_to_one:
            return start, end
        return bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1
