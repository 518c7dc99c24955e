"""First answers to requirement lines, taken from the chosen products' parameters.

A parameter answers a line when their names are equal, spelling aside. It gives a value and the product as evidence, never a
verdict: that the firm gives. Matching can later put a better reading in the place of `suggest`.
"""

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from app.products.models import Product
from app.scenarios.content import LINE_LENGTH
from app.scenarios.models import RequirementLine


@dataclass(frozen=True)
class Suggestion:
    """A value for a requirement line, and where it comes from."""

    value: str
    evidence: str


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def suggest(requirements: Iterable[RequirementLine], products: Iterable[Product]) -> dict[uuid.UUID, Suggestion]:
    """Suggestions by requirement line; the first product in order that has the parameter answers."""
    parameters: dict[str, Suggestion] = {}
    lines = list(requirements)
    units = {_folded(line.name): line.unit for line in lines}
    for product in products:
        for parameter in product.parameters:
            name = _folded(parameter.name)
            same_unit = not parameter.unit or _folded(parameter.unit) == _folded(units.get(name, ""))
            value = parameter.value if same_unit else f"{parameter.value} {parameter.unit}"
            parameters.setdefault(name, Suggestion(value[:LINE_LENGTH], (product.model or product.name)[:LINE_LENGTH]))
    return {line.id: parameters[_folded(line.name)] for line in lines if _folded(line.name) in parameters}
