"""Certificates and generations: AEC-Q100 Grade, ASIL, SIL, IP, PCIe, DDR … and which is at least as good as another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from search_index.parameters.lists import says_list
from search_index.parameters.text import LONGEST, clean, table

_JOINED = re.compile(
    r"([A-Za-z一-鿿][A-Za-z一-鿿]*[ -]?)((?:[Gg]en ?)?\d+(?:\.\d+)?[A-Za-z]?)((?:/(?:[Gg]en ?)?\d+(?:\.\d+)?[A-Za-z]?)+)(?![\d.])"
)

_NOISE = re.compile(r"版本|标准|规范|接口|代际|version|generation|standard|interface", re.IGNORECASE)
_IMPLIED = {("usb", "3.0"): 1}
"""USB 3.0 is what later standards call Gen 1."""


@dataclass(frozen=True)
class Level:
    """A level within a scheme, higher is better; None where the scheme is named without one. `sub` ranks within the level."""

    rank: float | None
    sub: int | None = None


@dataclass(frozen=True)
class _Scheme:
    name: str
    order: str
    best: bool
    takes_in_earlier: bool
    pattern: re.Pattern[str]

    def rank(self, level: str) -> float:
        if self.order in {"asc", "desc"}:
            return float(level) if self.order == "asc" else -float(level)
        return _ranks(self.order)[level]


@cache
def _ranks(order: str) -> Mapping[str, float]:
    return {spelling: float(rank) for rank, level in enumerate(order.split()) for spelling in level.split("=")}


@cache
def _schemes() -> tuple[_Scheme, ...]:
    rows = table("grades.tsv")
    return tuple(
        _Scheme(name, order, pick == "best", earlier == "yes", re.compile(pattern, re.IGNORECASE))
        for name, order, pick, earlier, pattern in rows
    )


def takes_in_earlier(scheme: str) -> bool:
    """Whether a later generation takes in the earlier ones (USB 3.0 is also USB 2.0)."""
    return any(row.takes_in_earlier for row in _schemes() if row.name == scheme)


def counts_best(scheme: str) -> bool:
    """Whether of several levels the best counts (generations), not the worst (certificates)."""
    return any(row.best for row in _schemes() if row.name == scheme)


@lru_cache(maxsize=65536)
def _find(text: str) -> Mapping[str, Level]:
    found = dict[str, list[Level]]()
    for scheme in _schemes():
        for match in scheme.pattern.finditer(text):
            piece = text[_start(text, match.start()) : _end(text, match.end())]
            if any(says_list(meaning).search(piece) for meaning in ("negative", "tentative", "borrowed", "hypothetical")):
                continue
            groups = match.groupdict()
            levels = (groups.get("level") or groups.get("level2") or "").lower()
            sub = int(re.sub(r"\D", "", groups["sub"])) if groups.get("sub") else None
            found.setdefault(scheme.name, []).extend(
                Level(scheme.rank(level) if level else None, sub or _IMPLIED.get((scheme.name, level)))
                for level in (levels.split("/") if levels else [""])
            )
    return {name: _pick(name, levels) for name, levels in found.items()}


def _pick(scheme: str, levels: list[Level]) -> Level:
    ranked = [level for level in levels if level.rank is not None]
    if not ranked:
        return levels[0]
    return (max if counts_best(scheme) else min)(ranked, key=lambda level: (level.rank or 0, level.sub or 0))


def _start(text: str, at: int) -> int:
    return max(text.rfind(mark, 0, at) for mark in ",;、。") + 1


def _end(text: str, at: int) -> int:
    ends = [position for mark in ",;、。" if (position := text.find(mark, at)) >= 0]
    return min(ends, default=len(text))


def _apart(match: re.Match[str]) -> str:
    """Levels that share a name, each with it: `HDMI 1.4/2.0` is HDMI 1.4/HDMI 2.0, `PCIe Gen3/Gen4` PCIe Gen3/PCIe Gen4."""
    return "/".join(match[1] + level for level in (match[2] + match[3]).split("/"))


def read_grades(name: str, value: str) -> Mapping[str, Level]:
    """The levels that a value states, by scheme; the name helps where the value alone says none (`ASIL 等级`: `B`).

    Pieces that deny, that only plan (认证中, ready), or that speak of something else (a process, a system around it) state nothing.
    """
    if len(value) > LONGEST or len(name) > LONGEST:
        return {}
    value = clean(value)
    apart = _JOINED.sub(_apart, value)
    value = value if apart == value else f"{value}; {apart}"
    name = clean(name)
    return _find(value) or _find(f"{name} {value}") or _find(f"{_NOISE.sub(' ', name)} {value}")


def find_grades(text: str) -> dict[str, str]:
    """Where a cleaned text names certificates and generations: the words of the first of each scheme, in the order of the text."""
    first = [
        (match.start(), scheme.name, match[0].strip(" -:,(")) for scheme in _schemes() if (match := scheme.pattern.search(text))
    ]
    return {name: written for _, name, written in sorted(first)}


def at_least_as_good(required: Level, offered: Level) -> bool | None:
    """Whether a level suffices; None where the offer does not say which level it has. USB 3.2 Gen 1 is slower than 3.1 Gen 2."""
    if required.rank is None:
        return True
    if offered.rank is None:
        return None
    if required.sub is None or int(offered.rank) != int(required.rank):
        return offered.rank >= required.rank
    if offered.sub is None:
        return None if required.sub > 1 else offered.rank >= required.rank
    return offered.sub >= required.sub
