"""Fits as pages show them: reasons in words that add up to the score, and the verdict on each requirement line."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.errors import Text
from app.locales import localized
from app.matching.fits.labels import PARTS
from app.matching.fits.models import Fit
from app.scenarios.models import RequirementLine
from app.taxonomy.queries import words_by_code
from search_index.matching import Part, Score

TERMS = "terms"
SHOWN_WORDS = 8

Words = Mapping[str, Row[str, str, str]]


@dataclass(frozen=True)
class Reason:
    """A part of a score in whole points, which add up to the score's; `share`: 0 to 1, of what the part can give or take."""

    label: Text
    detail: str
    points: int
    share: float


@dataclass(frozen=True)
class LineVerdict:
    """What the product's parameters prove of a requirement line; `note` as `scenarios.labels.verdict_note` takes it."""

    line: RequirementLine
    verdict: str
    evidence: str
    note: Mapping[str, Any]


@dataclass(frozen=True)
class ShownFit:
    """A fit with its reasons, the strongest first and what was taken last."""

    fit: Fit
    reasons: Sequence[Reason]
    verdicts: Sequence[LineVerdict]


@dataclass(frozen=True)
class OurFit(ShownFit):
    """How a product of one's own firm fits, with the verdicts by requirement line; `others` are those of its other products."""

    by_line: Mapping[uuid.UUID, LineVerdict]
    others: Sequence[Fit]


def our_fit(session: Session, fits: Sequence[Fit], chosen: uuid.UUID | None) -> OurFit | None:
    """Of a firm's fits to one scenario, best first, that of the chosen product, else the best; None where there is none."""
    if not fits:
        return None
    wanted = next((fit for fit in fits if fit.product_id == chosen), fits[0])
    (shown,) = shown_fits(session, [wanted])
    by_line = {each.line.id: each for each in shown.verdicts}
    return OurFit(wanted, shown.reasons, shown.verdicts, by_line, [fit for fit in fits if fit is not wanted])


def shown_fits(session: Session, fits: Sequence[Fit]) -> list[ShownFit]:
    """Fits ready to be shown, in their order: two statements for any number of them."""
    words, lines = words_by_code(session), _lines(session, {fit.scenario_id for fit in fits})
    return [ShownFit(fit, reasons_of(fit.parts, words), _verdicts(fit.verdicts, lines)) for fit in fits]


def reasons_of(parts: Iterable[Sequence[Any]], words: Words) -> list[Reason]:
    """Stored parts (name, hundredths, value, detail) in words; those that give and take nothing are left out."""
    score = Score("", "", tuple(Part(name, value, hundredths, tuple(detail)) for name, hundredths, value, detail in parts))
    points = score.shown()
    return [
        Reason(PARTS[part.name], _detail(part, words), points[part.name], part.value)
        for part in sorted(score.parts, key=lambda part: -part.hundredths)
        if points[part.name]
    ]


def found_by(part: str, detail: Iterable[Any]) -> list[Any]:
    """What a part of a score has found, without the sign by which the index leads a synonym."""
    return list(dict.fromkeys(term.lstrip("=") for term in detail)) if part == TERMS else list(detail)


def _detail(part: Part, words: Words) -> str:
    if part.name == TERMS:
        return " ".join(found_by(part.name, part.detail)[:SHOWN_WORDS])
    return " ".join(localized(words[code]) for code in part.detail if code in words)


def _lines(session: Session, scenario_ids: Iterable[uuid.UUID]) -> dict[str, RequirementLine]:
    statement = select(RequirementLine).where(RequirementLine.scenario_id.in_(list(scenario_ids)), ~RequirementLine.retired)
    return {str(line.id): line for line in session.scalars(statement.order_by(RequirementLine.position))}


def _verdicts(stored: Iterable[Mapping[str, Any]], lines: Mapping[str, RequirementLine]) -> list[LineVerdict]:
    """In the order of the table; a line that came or went since the fit was made is left out until it is made anew."""
    found = [
        LineVerdict(lines[each["line"]], each["verdict"], each["evidence"] or "", {"code": each["note"], "data": each["data"]})
        for each in stored
        if each["line"] in lines
    ]
    return sorted(found, key=lambda each: each.line.position)
