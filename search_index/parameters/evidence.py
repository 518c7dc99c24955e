"""How a verdict names what it rests on."""

from collections.abc import Iterable

from search_index.parameters.model import Judgement, Note, Verdict
from search_index.parameters.prepared import Prepared
from search_index.parameters.text import clean


def proved_by(required: Prepared, verdict: Verdict, deciding: Iterable[Prepared], **data: str) -> Judgement:
    """A verdict with its evidence: the parameter called as the requirement is, else the first by name."""
    name = clean(required.line.name)
    best = min(deciding, key=lambda each: (clean(each.line.name) != name, each.line.name, each.line.value))
    value = " ".join((best.line.value, best.line.unit)).strip()
    return Judgement(verdict, best.line.name, Note("missing" if data else "proved", {"value": value, **data}))


def unknown(code: str, nearest: Prepared | None = None) -> Judgement:
    """Nothing proved; `nearest` is the parameter that came nearest to proving something."""
    return Judgement(Verdict.UNKNOWN, None, Note(code, {"parameter": nearest.line.name} if nearest else {}))
