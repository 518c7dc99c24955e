"""The verdict on a requirement line: which parameters speak of it, and what they prove. Rules: docs/decisions/0015-verdicts.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from search_index.parameters.comparing import compare
from search_index.parameters.evidence import proved_by, unknown
from search_index.parameters.grading import judge_grade
from search_index.parameters.listing import judge_list
from search_index.parameters.model import OPERATORS, Judgement, Parameter, Requirement, Verdict
from search_index.parameters.names import distance
from search_index.parameters.prepared import Prepared, prepare, prepare_requirement
from search_index.parameters.quantities import Figure

_RANK = {"minimum": 0, "typical": 1, "maximum": 2}
_RANGES = frozenset({"covers", "within"})
LENGTH, RATIO = (("meter", 1),), (("ratio", 1),)
MASS, ACCELERATION = (("gram", 1),), (("meter", 1), ("second", -2))
STANDARD_GRAVITY = Fraction(980_665, 100_000)
_TINY = Fraction(1, 100_000)


def judge(requirement: Requirement, parameters: Iterable[Parameter]) -> Judgement:
    """What the parameters prove of a requirement: met or unmet with the parameter that decides it, or unknown.

    The order of the parameters does not matter. Never raises on any text; ValueError for an operator that there is not.
    """
    return decide(prepare_requirement(requirement), prepare(parameters))


def decide(required: Prepared, offered: Sequence[Prepared]) -> Judgement:
    """`judge` for lines that are prepared once and judged many times."""
    line = required.line
    if not isinstance(line, Requirement) or line.operator not in OPERATORS:
        raise ValueError("a requirement needs one of the operators")
    if line.operator == "grade":
        return judge_grade(required, offered)
    if line.operator == "includes":
        return judge_list(required, offered)
    if line.operator == ">=" and required.states_grade:
        return judge_grade(required, offered)
    return _judge_figure(line.operator, required, offered)


@dataclass(frozen=True)
class _Finding:
    """What one parameter proves. `tier`: how near its name and conditions are, (0, 0) nearest; `ends`: its figures as asked for."""

    parameter: Prepared
    verdict: Verdict
    tier: tuple[int, int]
    problem: str = "uncertain"
    ends: tuple[Figure, ...] = ()


def _judge_figure(operator: str, required: Prepared, offered: Sequence[Prepared]) -> Judgement:
    limit = required.limit
    if limit is None:
        return unknown("unreadable")
    findings = [finding for each in offered if (finding := _examine(operator, required, limit, each))]
    for tier in sorted({finding.tier for finding in findings}):
        nearest = [finding for finding in findings if finding.tier == tier]
        if operator in _RANGES:
            nearest.extend(_joined(operator, limit, nearest))
        proved = {finding.verdict for finding in nearest} - {Verdict.UNKNOWN}
        if len(proved) == 2 and (tier > (0, 0) or operator not in {">=", "<="}):
            return unknown("uncertain", nearest[0].parameter)
        if proved:
            verdict = Verdict.UNMET if Verdict.UNMET in proved else Verdict.MET
            return proved_by(required, verdict, [finding.parameter for finding in nearest if finding.verdict is verdict])
    if not findings:
        return unknown("no_parameter")
    nearest_one = min(findings, key=lambda finding: finding.tier)
    return unknown(nearest_one.problem, nearest_one.parameter)


def _examine(operator: str, required: Prepared, limit: Figure, offered: Prepared) -> _Finding | None:
    """What one parameter proves; None where it is about another thing."""
    apart = distance(required.meaning, offered.meaning)
    in_state = apart is None and required.stateless is not None and distance(required.stateless, offered.meaning) == 0
    near = 1 if in_state else apart
    designated = () if required.meaning.rest else offered.designated.get(required.meaning.concept, ())
    if near is None and not designated:
        return None
    figures = [*(offered.figures if near is not None else ()), *designated]
    figures, problem = _speaking(limit, offered, figures, in_state=in_state)
    if operator == ">=" and offered.meaning.kind == "minimum" and limit.kind is None and limit.dimension == LENGTH:
        # 最小探测距离 says where the range begins, not how far it reaches
        figures, problem = [], "other_condition"
    if operator == "<=" and limit.kind is None and limit.dimension != LENGTH and all(each.kind == "minimum" for each in figures):
        # the least that it takes says nothing of what it takes; 最小线宽 is what a process can do
        figures, problem = [], "other_condition"
    if not figures:
        return _Finding(offered, Verdict.UNKNOWN, (near or 0, 1), problem)
    stated = offered.meaning.conditions
    special = int(any((figure.conditions | stated) - limit.conditions for figure in figures))
    fitting = [_as_asked(operator, limit, figure) for figure in figures]
    difference = required.meaning.difference or offered.meaning.difference
    wafer = required.meaning.concept == "wafer_diameter"
    verdicts = [_compare(operator, limit, figure, difference=difference, wafer=wafer) for figure in fitting]
    choice = operator in {"=", "covers"} or (offered.meaning.concept.endswith("_range") and all(each.tolerance for each in fitting))
    verdict = _together(operator, limit, fitting, verdicts, choice=choice)
    return _Finding(offered, verdict, (near or 0, special), ends=tuple(fitting))


def _speaking(limit: Figure, offered: Prepared, figures: list[Figure], *, in_state: bool) -> tuple[list[Figure], str]:
    """The figures that speak of what is asked for: dimension, state, conditions. Where none is left, what the last ones lacked."""
    if not figures:
        return [], "no_figure"
    figures = [figure for each in figures if (figure := _in_kind(each, limit))]
    if not figures:
        return [], "other_dimension"
    meaning = offered.meaning
    apiece = (meaning.states & {"apiece", "peak_state"}) | meaning.aside
    figures = [figure for figure in figures if figure.states | apiece <= limit.states]
    figures = [figure for figure in figures if not in_state or limit.states <= figure.states]
    figures = [figure for figure in figures if limit.conditions <= figure.conditions | meaning.conditions]
    return [replace(figure, kind=figure.kind or meaning.kind) for figure in figures], "other_condition"


def _in_kind(figure: Figure, limit: Figure) -> Figure | None:
    """The figure if it can be compared: of the same dimension, or a share so small that no % can be missing (5E-10 for 0.5 ppb)."""
    if figure.dimension == limit.dimension:
        return figure
    for asked, given, factor in ((MASS, ACCELERATION, 1 / STANDARD_GRAVITY), (ACCELERATION, MASS, STANDARD_GRAVITY)):
        if (limit.dimension, figure.dimension) == (asked, given):  # the g of 16 g is no gram beside m/s²
            return _scaled(figure, factor, limit)
    pure, share = (figure, limit) if limit.dimension == RATIO else (limit, figure)
    ends = [abs(end) for end in (pure.low, pure.high) if end is not None]
    if share.dimension != RATIO or pure.unit is not None or max(ends, default=_TINY + 1) > _TINY:
        return None
    return replace(figure, unit=limit.unit)


def _scaled(figure: Figure, factor: Fraction, limit: Figure) -> Figure:
    low, high = (None if end is None else end * factor for end in (figure.low, figure.high))
    return replace(figure, low=low, high=high, unit=limit.unit)


def _compare(operator: str, limit: Figure, offered: Figure, *, difference: bool, wafer: bool) -> Verdict:
    """Two figures compared, side by side where the requirement gives sides (`5 × 5 mm`)."""
    if not limit.sides:
        verdict = compare(operator, limit, offered, difference=difference, wafer=wafer)
        return _paced(limit, offered) if verdict is Verdict.MET else verdict
    if len(offered.sides) < len(limit.sides):
        return Verdict.UNKNOWN
    pairs = zip(sorted(limit.sides, reverse=True), sorted(offered.sides[: len(limit.sides)], reverse=True), strict=True)
    found = {
        compare(
            operator, replace(limit, low=asked, high=asked), replace(offered, low=side, high=side), difference=True, wafer=False
        )
        for asked, side in pairs
    }
    return Verdict.UNMET if Verdict.UNMET in found else found.pop() if len(found) == 1 else Verdict.UNKNOWN


def _paced(limit: Figure, offered: Figure) -> Verdict:
    """Whether a picture that is large enough comes fast enough; a larger one that is slow says nothing of a smaller one."""
    if limit.pace is None:
        return Verdict.MET
    if offered.pace is None or (offered.pace < limit.pace and offered.low != limit.low):
        return Verdict.UNKNOWN
    return Verdict.MET if offered.pace >= limit.pace else Verdict.UNMET


def _as_asked(operator: str, limit: Figure, figure: Figure) -> Figure:
    """A figure as far as it speaks of the kind that is asked for: a typical 8 W says that the maximum is at least 8 W."""
    if limit.kind in {"maximum", "minimum"} and figure.is_range and figure.kind is None and not figure.tolerance:
        end = figure.high if limit.kind == "maximum" else figure.low
        return replace(figure, low=end, high=end)
    if figure.is_range or figure.kind is None:
        return figure
    if operator in _RANGES and figure.kind in {"maximum", "minimum"} and limit.kind is None:
        return replace(figure, low=None) if figure.kind == "maximum" else replace(figure, high=None)
    if limit.kind is None or limit.kind == figure.kind:
        return figure
    if _RANK[figure.kind] < _RANK[limit.kind]:
        return replace(figure, high=None, implied=True)
    return replace(figure, low=None, implied=True)


def _together(operator: str, limit: Figure, figures: Sequence[Figure], verdicts: Sequence[Verdict], *, choice: bool) -> Verdict:
    """The verdict of a value with several figures: of those to choose from (±2/±4/±8 g) the one that fits, else the worst."""
    if operator == "covers" and len(figures) > 1 and _span(figures, limit):
        return Verdict.MET if Verdict.MET in verdicts else Verdict.UNKNOWN
    if len(set(verdicts)) == 1:
        return verdicts[0]
    if choice:
        return Verdict.MET if Verdict.MET in verdicts else Verdict.UNKNOWN
    failing = [figure for figure, verdict in zip(figures, verdicts, strict=True) if verdict is Verdict.UNMET]
    if failing and any(figure.kind for figure in figures):
        return Verdict.UNMET
    known = [(figure, verdict) for figure, verdict in zip(figures, verdicts, strict=True) if verdict is not Verdict.UNKNOWN]
    matching = any(figure.kind for figure, _ in known)
    return known[0][1] if matching and len({verdict for _, verdict in known}) == 1 else Verdict.UNKNOWN


def _span(figures: Sequence[Figure], limit: Figure) -> bool:
    """Whether single points (2.4 GHz/5.8 GHz) stand on both sides of a range: what lies between them is not said."""
    if any(figure.low is None or figure.low != figure.high for figure in figures) or limit.low is None or limit.high is None:
        return False
    points = [figure.low for figure in figures if figure.low is not None]
    return min(points) <= limit.low and max(points) >= limit.high


def _joined(operator: str, limit: Figure, findings: Sequence[_Finding]) -> list[_Finding]:
    """The range that 最低工作温度 and 最高工作温度 give together."""
    ends = [(finding, figure) for finding in findings for figure in finding.ends]
    lower = [(finding, figure) for finding, figure in ends if figure.high is None and figure.kind == "minimum"]
    upper = [(finding, figure) for finding, figure in ends if figure.low is None and figure.kind == "maximum"]
    if len(lower) != 1 or len(upper) != 1 or lower[0][1].unit != upper[0][1].unit:
        return []
    whole = replace(upper[0][1], low=lower[0][1].low)
    return [replace(upper[0][0], verdict=compare(operator, limit, whole, difference=False, wafer=False))]
