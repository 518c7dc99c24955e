"""How well an offer fits what is wanted: a score of 0 to 100 that is the sum of its parts, exactly.

Every part is a value of 0 to 1 times its points (data/points.json; the points add up to 100), in whole hundredths of a point:

* `terms`, `meaning`: the texts, see `similarity`; their 45 points are shared as data/model.json says, which was fitted on judged
  pairs. Without an embedding the terms' value stands for both. The other points were set by judgement.
* `requirements`: Σ weight · value / Σ weight over the requirement lines; met 1, unknown 0.2, unmet 0; a must line weighs double;
  without lines as if all were unknown.
* `track`: the offer's track is wanted (one half where none is named). `technologies`: which share of the wanted ones the offer
  stands for (likewise). `domain`: its firm has worked in the domain. `area`: its firm is in the scenario's area.
* `maturity`: 1 where the months to volume production (research 24, sample 12, small batch 6, volume 0) fit before delivery, else
  months / months needed.
* `record`: accepted / (accepted + terminated + 1) projects of the firm. `capacity`: 3 / (3 + active ones).
* `unmet_must`: a must line that is unmet sinks the row: it takes 15 % of everything above, and up to 50 % more by the share that
  the unmet lines have in the weight of all must lines.

All but `requirements` and `unmet_must` are dot products of what stands on either side, so that all pairs can be scored at once
(`matching_index`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from search_index.parameters.judging import decide
from search_index.parameters.model import Judgement, Verdict
from search_index.parameters.prepared import Prepared
from search_index.similarity import DATA, Terms, TextModel
from search_index.similarity_space import Place

Hundredths: TypeAlias = npt.NDArray[np.int32]

POINT = 100  # everything is counted in hundredths of a point
STATIC = ("track", "technologies", "domain", "maturity", "area", "record", "capacity")
ANY = "any"
SHOWN_TERMS = 12
BUSY = 3  # active projects that leave one half of a firm's capacity


@cache
def points() -> Mapping[str, Any]:
    """How many points each part can give, and the constants of the formula: data/points.json."""
    content: Mapping[str, Any] = json.loads((DATA / "points.json").read_text("utf-8"))
    return content


@dataclass(frozen=True)
class Line:
    """A requirement line: what is required (`prepare_requirement`), whether it must be met, and its weight (0 to 100)."""

    id: str
    requirement: Prepared
    must: bool = True
    weight: int = 10


@dataclass(frozen=True)
class Wanted:
    """A scenario as matching sees it. `terms` from `TextModel.asked`, `place` from `Space.place(…, "query")`.

    `firm`: whoever opened it, whose own products never match. `months`: from today to delivery, None where that is open.
    """

    id: str
    firm: str
    terms: Terms
    place: Place | None = None
    domain: str = ""
    tracks: frozenset[str] = frozenset()
    technologies: frozenset[str] = frozenset()
    area: str = ""
    months: float | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Offered:
    """A product as matching sees it. `terms` from `TextModel.offered`, `place` from `Space.place(…, "passage")`.

    `domains`: where its firm has projects. `accepted`, `terminated`, `active`: how many it has. `maturity`: research, sample,
    small_batch or volume. `parameters` from `prepare`.
    """

    id: str
    firm: str
    terms: Terms
    place: Place | None = None
    track: str = ""
    technologies: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    area: str = ""
    maturity: str = "research"
    accepted: int = 0
    terminated: int = 0
    active: int = 0
    parameters: tuple[Prepared, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What the judge said of one requirement line."""

    line: str
    judgement: Judgement


Judge: TypeAlias = Callable[[Prepared, Sequence[Prepared]], Judgement]


@dataclass(frozen=True)
class Part:
    """A reason: `value` (0 to 1; for `unmet_must` the share taken) and the hundredths of points that it gives or takes.

    `detail`: the shared terms, strongest first, or the codes that agree.
    """

    name: str
    value: float
    hundredths: int
    detail: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """What it adds to the score, with two decimals."""
        return self.hundredths / POINT


@dataclass(frozen=True)
class Score:
    """How well a product fits a scenario: its parts add up to `hundredths`, which is 0 to 10,000."""

    scenario: str
    product: str
    parts: tuple[Part, ...]
    judged: tuple[Judged, ...] = ()

    @property
    def hundredths(self) -> int:
        """The score in hundredths of a point."""
        return sum(part.hundredths for part in self.parts)

    @property
    def total(self) -> float:
        """The score, 0 to 100, with two decimals."""
        return self.hundredths / POINT

    def shown(self) -> dict[str, int]:
        """The parts in whole points that add up to the score in whole points (largest remainders are rounded up)."""
        left = int((self.hundredths + POINT // 2) // POINT) - sum(part.hundredths // POINT for part in self.parts)
        by_remainder = sorted(self.parts, key=lambda part: (-(part.hundredths % POINT), part.name))
        raised = {part.name for part in by_remainder[: max(0, left)]}
        return {part.name: part.hundredths // POINT + (part.name in raised) for part in self.parts}


def static_asked(wanted: Wanted) -> dict[str, int]:
    """What a scenario gives for each static feature, in hundredths of points (for counts: per hundredth of the value)."""
    most = {name: points()[name] * POINT for name in STATIC}
    found = {f"domain {wanted.domain}": most["domain"], f"area {wanted.area}": most["area"]}
    found |= {f"track {code}": most["track"] for code in wanted.tracks} or {f"track {ANY}": most["track"] // 2}
    share = most["technologies"] // max(1, len(wanted.technologies))
    found |= {f"technologies {code}": share for code in wanted.technologies} or {f"technologies {ANY}": share // 2}
    months = points()["months without a delivery date"] if wanted.months is None else max(0.0, wanted.months)
    for level, needed in points()["months to volume"].items():
        found[f"maturity {level}"] = round(most["maturity"] * (min(1.0, months / needed) if needed else 1.0))
    return found | {"record": points()["record"], "capacity": points()["capacity"]}


def static_offered(offered: Offered) -> dict[str, int]:
    """Which static features a product has (1), and its firm's record and capacity in hundredths."""
    found = {
        f"track {offered.track}",
        f"track {ANY}",
        f"technologies {ANY}",
        f"area {offered.area}",
        f"maturity {offered.maturity}",
    }
    found |= {f"technologies {code}" for code in offered.technologies} | {f"domain {code}" for code in offered.domains}
    record = round(POINT * offered.accepted / (offered.accepted + offered.terminated + 1))
    return {name: 1 for name in found if not name.endswith(" ")} | {
        "record": record,
        "capacity": round(POINT * BUSY / (BUSY + offered.active)),
    }


def text_hundredths(
    model: TextModel, shared: npt.NDArray[np.int32], products: npt.NDArray[np.float32], placed: npt.NDArray[np.bool_] | bool
) -> tuple[Hundredths, Hundredths]:
    """Dot products of terms and of places, elementwise, as hundredths of points for `terms` and `meaning`.

    `placed`: where both sides have an embedding; elsewhere the value of the terms stands for both.
    """
    terms, meaning = model.terms_value(shared), model.meaning_value(products)
    if not np.all(placed):
        meaning = np.where(placed, meaning, terms)
    most = {name: np.float32(points()["text"] * POINT * share) for name, share in model.shares.items()}
    return np.rint(terms * most["terms"]).astype(np.int32), np.rint(meaning * most["meaning"]).astype(np.int32)


def static_parts(wanted: Wanted, offered: Offered) -> list[Part]:
    """The static parts of a pair, in the order of STATIC."""
    asked, other = static_asked(wanted), static_offered(offered)
    agreed = {name: asked[name] * other[name] for name in sorted(asked) if name in other}
    parts = []
    for name in STATIC:
        of = {key.removeprefix(f"{name} "): value for key, value in agreed.items() if key.split(" ", 1)[0] == name}
        given = sum(of.values())
        codes = tuple(code for code in of if code not in {ANY, name})
        parts.append(Part(name, given / (points()[name] * POINT), given, codes))
    return parts


def requirement_parts(wanted: Wanted, judged: Sequence[Judged], given: int) -> list[Part]:
    """The part that the requirement lines give and, when a must line is unmet, the one that it takes.

    `judged` holds a verdict for each line, in the order of the lines; `given` is what the other parts add up to, in hundredths.
    """
    values, twice = points()["line values"], points()["must weighs"]
    pairs = [(line, each.judgement.verdict) for line, each in zip(wanted.lines, judged, strict=True)]
    weights = [max(1, line.weight) * (twice if line.must else 1) for line, _ in pairs]
    reached = sum(weight * values[verdict] for weight, (_, verdict) in zip(weights, pairs, strict=True))
    value = reached / sum(weights) if pairs else values[Verdict.UNKNOWN]
    part = Part("requirements", value, round(value * points()["requirements"] * POINT))
    must = sum(max(1, line.weight) for line, _ in pairs if line.must)
    unmet = sum(max(1, line.weight) for line, verdict in pairs if line.must and verdict == Verdict.UNMET)
    if not unmet:
        return [part]
    always, more = points()["unmet must takes"]
    share = always + more * unmet / must
    return [part, Part("unmet_must", share, -round(share * (given + part.hundredths)))]


def score(model: TextModel, wanted: Wanted, offered: Offered, shared: Mapping[str, int], judge: Judge = decide) -> Score:
    """The whole score of a pair, with its reasons. `shared`: what each shared term adds to the sum, see `gains`."""
    judged = tuple(Judged(line.id, judge(line.requirement, offered.parameters)) for line in wanted.lines)
    parts = [*text_parts(model, wanted.place, offered.place, shared), *static_parts(wanted, offered)]
    parts += requirement_parts(wanted, judged, sum(part.hundredths for part in parts))
    return Score(wanted.id, offered.id, tuple(parts), judged)


def gains(asked: Terms, offered: Terms) -> dict[str, int]:
    """What each shared term adds to the dot product of two sides."""
    return {term: weight * offered[term] for term, weight in asked.items() if term in offered}


def text_parts(model: TextModel, asked: Place | None, offered: Place | None, shared: Mapping[str, int]) -> list[Part]:
    """`terms` with the shared words, strongest first, and `meaning`."""
    product = 0 if asked is None or offered is None else int(asked.astype(np.int64) @ offered.astype(np.int64))
    total, placed = np.array([sum(shared.values())], np.int32), asked is not None and offered is not None
    of_terms, of_meaning = (int(each[0]) for each in text_hundredths(model, total, np.array([product], np.float32), placed))
    most = points()["text"] * POINT
    words = sorted((term for term in shared if term[0] == "w"), key=lambda term: (-shared[term], term))
    return [
        Part("terms", of_terms / (most * model.shares["terms"]), of_terms, tuple(word[1:] for word in words[:SHOWN_TERMS])),
        Part("meaning", of_meaning / (most * model.shares["meaning"]), of_meaning),
    ]
