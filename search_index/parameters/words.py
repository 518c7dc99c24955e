"""The words beside a figure: bounds, approximation, and whether it is the typical, the largest or the smallest one."""

import re
from functools import cache

from search_index.parameters.text import table

KINDS = ("maximum", "minimum", "typical")
STATES = ("standby", "shutdown", "static", "storage", "junction", "case", "apiece", "peak_state")
DISCHARGES = ("hbm", "cdm", "machine", "contact", "air")  # the ways of testing against static electricity
BOUNDS = ("at_least", "at_most")
BOUNDS_AFTER = ("at_least_after", "at_most_after")


@cache
def _pattern(*meanings: str) -> re.Pattern[str]:
    """One group for each meaning; the longest spelling first, since 不低于 holds 低于."""
    spelled = [(spelling, name) for name, row in table("parameter_words.tsv") if name in meanings for spelling in row.split("|")]
    spelled.sort(key=lambda pair: len(pair[0]), reverse=True)
    return re.compile("|".join(f"({_bounded(spelling)})" for spelling, _ in spelled), re.IGNORECASE)


@cache
def _meanings(*meanings: str) -> tuple[str, ...]:
    """The meaning of each group of the pattern."""
    spelled = [(spelling, name) for name, row in table("parameter_words.tsv") if name in meanings for spelling in row.split("|")]
    return tuple(name for _, name in sorted(spelled, key=lambda pair: len(pair[0]), reverse=True))


def _bounded(spelling: str) -> str:
    """A Latin word must stand alone; a Chinese one may stand in a run."""
    head = r"(?<![a-z])" if spelling[0].isascii() and spelling[0].isalpha() else ""
    tail = r"(?![a-z])" if spelling[-1].isascii() and spelling[-1].isalpha() else ""
    return head + re.escape(spelling) + tail


def heard(text: str, *meanings: str) -> list[str]:
    """Which of the `meanings` (first column of `parameter_words.tsv`) the words of `text` have, in their order."""
    if not text:
        return []
    names = _meanings(*meanings)
    return [names[match.lastindex - 1] for match in _pattern(*meanings).finditer(text) if match.lastindex]


def states(text: str) -> frozenset[str]:
    """In what state the thing is, or of what a part (standby, storage, each channel): those are other quantities altogether."""
    return frozenset(heard(text, *STATES))


def kind(text: str) -> str | None:
    """`maximum`, `minimum` or `typical`, the first that `text` says, else None."""
    return next(iter(heard(text, *KINDS)), None)


def without(text: str, *meanings: str) -> str:
    """`text` without the words of these meanings."""
    return " ".join(_pattern(*meanings).sub(" ", text).split())
