"""Synthetic Chinese documents and queries: seeded, about 150 words each, drawn by Zipf's law from the lexicon and common words."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np

from search_index import vocabulary
from search_index.engine import Document

COMMON, WORDS, EXPONENT = 30_000, 150, 1.05
STATUSES, DOMAINS, TRACKS, FIRMS = ("open", "closed", "finished"), 5, 8, 500


@cache
def words() -> tuple[list[str], np.ndarray]:
    """Words, and how probable each is: terms of the trade scattered among the commonest words of the language."""
    lines = files("jieba").joinpath("dict.txt").read_text(encoding="utf-8").splitlines()
    entries = sorted(((int(count), word) for word, count, _ in map(str.split, lines) if len(word) > 1), reverse=True)
    found = list(dict.fromkeys([*vocabulary.terms(), *(word for _, word in entries[:COMMON])]))
    np.random.default_rng(7).shuffle(found)
    weights = 1 / (np.arange(len(found)) + 2.7) ** EXPONENT
    return found, weights / weights.sum()


def documents(size: int, first: int = 0) -> Iterator[Document]:
    """The documents from number `first` on; each is the same however many are asked for."""
    found, weights = words()
    cumulated = np.cumsum(weights)
    for number in range(first, first + size):
        random = np.random.default_rng((11, number))
        drawn = [found[at] for at in np.searchsorted(cumulated, random.random(WORDS)).clip(max=len(found) - 1)]
        stretches = {"title": drawn[:7], "technologies": drawn[7:9], "requirements": drawn[9:50], "need": drawn[50:]}
        texts = {name: "，".join("".join(part[at : at + 9]) for at in range(0, len(part), 9)) for name, part in stretches.items()}
        yield Document(
            id=f"d{number}",
            record=f"d{number}",
            kind="product" if number % 3 else "scenario",
            version=1,
            texts={**texts, "technologies": drawn[7:9], "number": f"P-{number:06}", "firm": f"第{number % FIRMS}芯片公司"},
            codes={
                "status": [STATUSES[number % 3]],
                "domain": [f"domain{random.integers(DOMAINS)}"],
                "track": [f"track{at}" for at in set(random.integers(TRACKS, size=2).tolist())],
                "organization": [f"firm{number % FIRMS}"],
            },
            numbers={"fresh": float(number), "budget": float(random.integers(1, 900))},
        )


def queries(words_each: int, count: int) -> list[list[str]]:
    """Queries of words that are neither in every document nor in hardly any, as people type them."""
    found, _ = words()
    random = np.random.default_rng((13, words_each))
    return [[found[at] for at in random.integers(20, 3_000, size=words_each)] for _ in range(count)]
