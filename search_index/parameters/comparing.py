"""One requirement's figure against one product's figure: met, unmet or unknown."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from search_index.parameters.model import Verdict
from search_index.parameters.quantities import Figure

Bound = Fraction | None
MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN

_APPROXIMATE = Fraction(5, 100)
"""How far a figure stated as «about» may be off; a verdict has to hold over the whole of it."""

_INCH = Fraction(254, 10_000)
_NOMINAL_INCHES = {1: 25, 2: 50, 3: 76, 4: 100, 5: 125, 6: 150, 8: 200, 12: 300, 18: 450}
"""Wafer diameters by trade: 8 inch is 200 mm (SEMI M1)."""


def compare(operator: str, required: Figure, offered: Figure, *, difference: bool, wafer: bool) -> Verdict:
    """What `offered` proves of `required`. `difference`: temperatures are differences, K = ℃. `wafer`: inches are nominal.

    A bound that the offer leaves open (≥ 5 W for `<= 10 W`) proves nothing; the worst end of a range counts, except for `covers`.
    """
    if required.dimension != offered.dimension:
        return UNKNOWN
    if required.dimension == (("decibel", 1),) and _sign(required) * _sign(offered) < 0:
        return UNKNOWN
    if wafer:
        required, offered = _nominal(required), _nominal(offered)
    if difference or required.tolerance or (offered.tolerance and operator != "covers"):
        required, offered = _magnitude(operator, required), _magnitude(operator, offered)
    else:
        offered = _moved(offered, _offset(offered) - _offset(required))
    if operator == "covers" and _is_lone_temperature(required, offered):
        return UNKNOWN
    if offered.implied:
        return _implied(operator, required, offered)
    if not offered.approximate:
        return _RULES[operator](required, offered.low, offered.high)
    found = {_RULES[operator](required, low, high) for low, high in _around(offered)}
    return found.pop() if len(found) == 1 else UNKNOWN


def _implied(operator: str, required: Figure, offered: Figure) -> Verdict:
    """A bound that follows from a figure of another kind proves what lies on its closed side only."""
    verdict = _RULES[operator](required, offered.low, offered.high)
    open_side = offered.low if operator == "<=" else offered.high
    return UNKNOWN if verdict is UNMET and operator in {">=", "<="} and open_side is None else verdict


def _is_lone_temperature(required: Figure, offered: Figure) -> bool:
    """One temperature alone may be either end of what the product stands; inside the range it is too little as both."""
    point = offered.low if offered.low == offered.high else None
    if point is None or offered.dimension != (("kelvin", 1),) or required.low is None or required.high is None:
        return False
    return not required.low < point < required.high and required.low < required.high


def _sign(figure: Figure) -> int:
    """Of a loss or an isolation in dB, which is written with and without its minus; 0 for a figure with open or unlike ends."""
    ends = {0 if end is None else (end > 0) - (end < 0) for end in (figure.low, figure.high)}
    return ends.pop() if len(ends) == 1 else 0


def _offset(figure: Figure) -> Fraction:
    return figure.unit.offset if figure.unit else Fraction(0)


def _moved(figure: Figure, by: Fraction) -> Figure:
    if not by:
        return figure
    return replace(
        figure, low=None if figure.low is None else figure.low + by, high=None if figure.high is None else figure.high + by
    )


def _magnitude(operator: str, figure: Figure) -> Figure:
    """`±x` as the accuracy x where a single number is asked for; a deviation to one side counts by its size."""
    if operator not in {">=", "<=", "="} or figure.low is None or figure.high is None or figure.low > 0:
        return figure
    largest = max(abs(figure.low), abs(figure.high))
    smallest = largest if figure.tolerance or figure.high <= 0 else Fraction(0)
    if figure.low == figure.high:
        smallest = largest
    return replace(figure, low=smallest if not figure.tolerance else largest, high=largest)


def _nominal(figure: Figure) -> Figure:
    """A wafer's inches in nominal millimetres, 203.2 mm too."""

    def millimetres(end: Bound) -> Bound:
        inches = end / _INCH if end is not None else None
        nominal = _NOMINAL_INCHES.get(int(inches)) if inches is not None and inches.denominator == 1 else None
        return Fraction(nominal, 1000) if nominal else end

    return replace(figure, low=millimetres(figure.low), high=millimetres(figure.high))


def _around(figure: Figure) -> list[tuple[Bound, Bound]]:
    ends = [end for end in (figure.low, figure.high) if end is not None]
    spread = max(abs(end) for end in ends) * _APPROXIMATE
    return [(low, high) for by in (-spread, Fraction(0), spread) for low, high in [_shifted(figure, by)]]


def _shifted(figure: Figure, by: Fraction) -> tuple[Bound, Bound]:
    moved = _moved(figure, by)
    return moved.low, moved.high


def _limit(required: Figure, *, upper: bool) -> Bound:
    """The one number that a requirement sets; None where it names a range or the wrong bound."""
    if required.low is not None and required.high is not None:
        return required.low if required.low == required.high else None
    return required.high if upper else required.low


def _at_least(required: Figure, low: Bound, high: Bound) -> Verdict:
    limit = _limit(required, upper=False)
    if limit is None:
        return UNKNOWN
    if low is None:
        return UNMET if high is not None and high < limit else UNKNOWN
    return MET if low >= limit else UNMET


def _at_most(required: Figure, low: Bound, high: Bound) -> Verdict:
    limit = _limit(required, upper=True)
    if limit is None:
        return UNKNOWN
    if high is None:
        return UNMET if low is not None and low > limit else UNKNOWN
    return MET if high <= limit else UNMET


def _equal(required: Figure, low: Bound, high: Bound) -> Verdict:
    limit = _limit(required, upper=True)
    if limit is None:
        return UNKNOWN
    if low == high == limit:
        return MET
    return UNMET if (low is not None and low > limit) or (high is not None and high < limit) else UNKNOWN


def _within(required: Figure, low: Bound, high: Bound) -> Verdict:
    bottom, top = required.low, required.high
    if any(end is not None and ((bottom is not None and end < bottom) or (top is not None and end > top)) for end in (low, high)):
        return UNMET
    open_end = (bottom is not None and low is None) or (top is not None and high is None)
    return UNKNOWN if open_end else MET


def _covers(required: Figure, low: Bound, high: Bound) -> Verdict:
    bottom, top = required.low, required.high
    if bottom is None or top is None:
        return UNKNOWN
    if (low is not None and low > bottom) or (high is not None and high < top):
        return UNMET
    return UNKNOWN if low is None or high is None else MET


_RULES: dict[str, Callable[[Figure, Bound, Bound], Verdict]] = {
    ">=": _at_least,
    "<=": _at_most,
    "=": _equal,
    "within": _within,
    "covers": _covers,
}
