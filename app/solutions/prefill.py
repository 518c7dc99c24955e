"""First answers to requirement lines, taken from the chosen products' parameters by the judge of `search_index.parameters`.

What was derived stands beside the firm's own answer and never in its place: a line whose answer still is what was derived follows
a change of the products, a corrected one does not. docs/decisions/0019-compliance-answers.md.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.products.datasheet import parameters_of
from app.products.models import Product
from app.scenarios.content import LINE_LENGTH
from app.scenarios.models import RequirementLine
from app.solutions.models import ComplianceLine, ComplianceStatus
from search_index.parameters import Judgement, Parameter, Requirement, Verdict, judge

PRODUCTS_DIFFER = "products_differ"
STATUS_OF = {Verdict.MET: ComplianceStatus.MET, Verdict.UNMET: ComplianceStatus.UNMET, Verdict.UNKNOWN: None}


@dataclass(frozen=True)
class Derived:
    """What the products' parameters say of a line: `verdict` None where no product was chosen; `note`: a code and its data."""

    verdict: Verdict | None = None
    value: str = ""
    evidence: str = ""
    note: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> tuple[ComplianceStatus | None, str, str]:
        """The answer that a firm gives by leaving it at that: status, value, evidence."""
        return STATUS_OF[self.verdict] if self.verdict else None, self.value, self.evidence


NOTHING = Derived()


def derive(requirements: Iterable[RequirementLine], products: Sequence[Product]) -> dict[uuid.UUID, Derived]:
    """What the products say of each line; nothing of any where no product is chosen. Their parameters must be loaded."""
    if not products:
        return {}
    sheets = [(product, parameters_of(product)) for product in products]
    derived = {}
    for line in requirements:
        asked = Requirement(line.name, line.operator, line.value, line.unit)
        derived[line.id] = _together([_derived(product, judge(asked, sheet), sheet) for product, sheet in sheets])
    return derived


def _derived(product: Product, judgement: Judgement, sheet: Sequence[Parameter]) -> Derived:
    """One product's answer. Where a parameter speaks of the line but proves nothing, the firm finds its value to judge by."""
    note = {"code": judgement.note.code, "data": dict(judgement.note.data)}
    named = judgement.evidence or judgement.note.data.get("parameter")
    if named is None:
        return Derived(judgement.verdict, note=note)
    value = judgement.note.data.get("value") or next(f"{row.value} {row.unit}" for row in sheet if row.name == named)
    evidence = f"{product.model or product.name} · {named}"
    return Derived(judgement.verdict, value.strip()[:LINE_LENGTH], evidence[:LINE_LENGTH], note)


def _together(several: Sequence[Derived]) -> Derived:
    """Several products as one answer: the first that proves the line, or disproves it; where they disagree, nothing is proved."""
    verdicts = {derived.verdict for derived in several}
    if {Verdict.MET, Verdict.UNMET} <= verdicts:
        return Derived(Verdict.UNKNOWN, note={"code": PRODUCTS_DIFFER, "data": {}})
    # of answers that prove nothing the first for which there is a parameter at all
    return min(several, key=lambda derived: (derived.verdict is Verdict.UNKNOWN, not derived.value))


def stored(line: ComplianceLine | None) -> Derived:
    """What was derived when the line was last filled in."""
    if line is None:
        return NOTHING
    return Derived(line.derived_verdict, line.derived_value, line.derived_evidence, line.derived_note)


def fill(line: ComplianceLine, derived: Derived) -> None:
    """Write what was derived; the firm's answer follows it unless the firm has corrected it."""
    follows = (line.status, line.value, line.evidence) == stored(line).answer
    line.derived_verdict, line.derived_value, line.derived_evidence = derived.verdict, derived.value, derived.evidence
    line.derived_note = dict(derived.note)
    if follows:
        take(line)


def take(line: ComplianceLine) -> None:
    """Make what was derived the firm's answer."""
    line.status, line.value, line.evidence = stored(line).answer


def newer(
    requirements: Iterable[RequirementLine], products: Sequence[Product], lines: Mapping[uuid.UUID, ComplianceLine]
) -> dict[uuid.UUID, Derived]:
    """What the products say by now, of the lines of which it is not what is stored."""
    return {id_: now for id_, now in derive(requirements, products).items() if _said(now) != _said(stored(lines.get(id_)))}


def _said(derived: Derived) -> tuple[Verdict | None, str, str]:
    return derived.verdict, derived.value, derived.evidence
