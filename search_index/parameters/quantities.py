"""Values as engineers write them: figures in base units with bounds, tolerance, approximation, kind and stated conditions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from search_index.parameters.scanning import Found, scan
from search_index.parameters.speech import as_written
from search_index.parameters.text import LONGEST, clean, digits
from search_index.parameters.units import NUMBER, Unit, read_unit
from search_index.parameters.words import BOUNDS, BOUNDS_AFTER, DISCHARGES, KINDS, heard, kind, states, without

_ASIDE = re.compile(r"(?<![/·√])(?<!dB)(?<!rad)(?<!Gy)\s?\(([^()]*)\)")
_CONDITION = re.compile(
    r"(?:@|(?<![a-z])(?:at|when)(?![a-z])(?! least| most))\s*([^,;、()@]+?)\s*(?=$|[,;、()@]|/\s?\d|典型|最大|最小|typ|max|min)",
    re.I,
)
AT = "@"
_FORMAT = re.compile(r"(?<![a-z])(int|uint|fp|bf|tf)[\s-]?(4|8|16|32|64)(?![0-9])", re.I)
_EFFECTIVE = re.compile(r"(?<![a-z])(rms|p-p|pp)(?![a-z])", re.I)
_TEMPERATURE = (("kelvin", 1),)
_VOLTAGE = (("ampere", -1), ("gram", 1), ("meter", 2), ("second", -3))
_CIRCUMSTANCE = re.compile(r"\s*(?:时|下|条件|环境)")


@dataclass(frozen=True)
class Figure:
    """One figure in base units, without the offset of its temperature scale.

    `low` and `high` are its ends, None where a bound leaves one open; they are equal for a plain value. `tolerance`: it was
    written as ±x. `approximate`: it was written as about x. `kind` is `maximum`, `minimum`, `typical` or None. `sides` are the
    lengths of a × b (× c). `unit` is None where no unit is known. `states`: it holds in standby, in
    storage, for each channel … (see `words.states`). `implied`: an end is open because the figure is of another kind
    than the one asked for (a maximum bounds the typical value from above, and says no more). `pace`: the frames a second at which
    a picture has its pixels (1080P@60fps).
    """

    low: Fraction | None
    high: Fraction | None
    unit: Unit | None
    tolerance: bool = False
    approximate: bool = False
    kind: str | None = None
    conditions: frozenset[str] = frozenset()
    sides: tuple[Fraction, ...] = ()
    states: frozenset[str] = frozenset()
    implied: bool = False
    pace: Fraction | None = None

    @property
    def dimension(self) -> tuple[tuple[str, int], ...]:
        """Base units with powers; empty for a plain number."""
        return self.unit.dimension if self.unit else ()

    @property
    def is_range(self) -> bool:
        """Whether both ends are known and differ."""
        return self.low is not None and self.high is not None and self.low < self.high


class _Conflict(Exception):
    """The unit in the value and the unit beside it contradict each other."""


def read_quantity(value: str, *units: str) -> tuple[Figure, ...]:
    """The figures of a value; `units` are those given beside it (unit field, unit in the parameter's name), empty where none.

    Empty where nothing can be read: no figure, longer than `LONGEST`, a unit that nobody knows, units that contradict each other.
    A reversed range is no figure. Never raises, whatever the text.
    """
    if len(value) > LONGEST:
        return ()
    beside = {unit for unit in map(clean, units) if unit}
    given = {read_unit(unit) for unit in beside}
    if None in given or len({(unit.factor, unit.dimension) for unit in given if unit}) > 1:
        return ()
    unit = next(iter(given), None)
    text, asides = _set_aside(as_written(digits(clean(value))))
    try:
        figures = _read(text, asides, unit)
        if not figures:
            figures = tuple(figure for aside in asides for figure in _read(aside, (), unit))
        return figures
    except _Conflict:
        return ()


def _set_aside(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with conditions and brackets replaced by their numbers between NULs, and what stood in them: conditions with `@`."""
    asides = list[str]()

    def keep(match: re.Match[str]) -> str:
        asides.append((AT if match.re is _CONDITION else "") + match[1])
        return f"\0{chr(0xE000 + len(asides) - 1)}\0"

    return _CONDITION.sub(keep, _ASIDE.sub(keep, text)), tuple(asides)


def _read(text: str, asides: Sequence[str], unit: Unit | None) -> tuple[Figure, ...]:
    found = scan(text)
    _share_units(found)
    found = [each for mark in found for each in _angles(mark)]
    figures, circumstance = list[Figure](), frozenset[str]()
    for position, mark in enumerate(found):
        if mark.form == "odd" or _follows_odd(text, found, position) or _is_numbered(mark):
            continue
        if _CIRCUMSTANCE.match(mark.after):
            circumstance |= _canonical(text[mark.start : mark.end])
            continue
        figure = _figure(mark, unit)
        if figure is None:
            continue
        said, notes = _unfold(mark.before + " " + mark.after, asides)
        others = {note: _others(figure, note) for note in notes}
        remarks = [note.removeprefix(AT) for note, more in others.items() if not more]
        figures.append(_described(figure, mark, said, remarks, circumstance))
        figures += [other for more in others.values() for other in more]
    if any(figure.tolerance for figure in figures):  # ±0.3 ℃ from 0 to 65 ℃: the range says where the accuracy holds
        figures = [figure for figure in figures if figure.tolerance or not figure.is_range or figure.dimension != _TEMPERATURE]
    return tuple(figures)


def _angles(mark: Found) -> list[Found]:
    """`120°×25°` is two angles and no area: which of them is asked for is not said. Anything else is one figure."""
    if mark.form != "sides" or any(unit is None or unit.dimension != (("degree", 1),) for _, unit in mark.ends):
        return [mark]
    return [replace(mark, form="point", ends=[end]) for end in mark.ends]


def _follows_odd(text: str, found: Sequence[Found], position: int) -> bool:
    """Whether a sign joins the figure to one that cannot be read (`8k~96kHz`): half a range is no figure."""
    previous, at = found[position - 1] if position else None, found[position].start
    if previous is None or previous.form != "odd":
        return False
    gap = text[previous.end : at + (text[at] == "+")]
    return bool(re.search(r"[~±×+-]|to|至", gap)) and not re.search(r"[,;、]", gap)


def _is_numbered(mark: Found) -> bool:
    """Whether the number belongs to the word before it, as in `Grade 2` or `DDR5 5600`, and is no figure of its own."""
    word = re.search(r"[A-Za-z][A-Za-z0-9.-]*\s*$", mark.before)
    spoken = heard(mark.before[word.start() :], *BOUNDS, *KINDS, "approximate") if word else []
    return word is not None and not spoken and all(unit is None for _, unit in mark.ends)


def _share_units(found: Sequence[Found]) -> None:
    """Within a figure, and in a list, an end without a unit has that of the next one that has (4.5-36 V, 100/1000 Mbps)."""
    following: Unit | None = None
    for mark in reversed(found):
        for position in range(len(mark.ends) - 1, -1, -1):
            number, unit = mark.ends[position]
            mark.ends[position] = (number, unit or following)
            following = unit or following
        first = mark.ends[0][1]
        mark.ends = [(number, unit or first) for number, unit in mark.ends]
        following = following if mark.form != "odd" else None


def _settle(own: Unit | None, beside: Unit | None) -> Unit | None:
    """The unit of a number with its own unit and one given beside it. A magnitude (万) multiplies the one beside."""
    if own is None or beside is None or beside == NUMBER:
        return own or beside
    if not own.dimension and own.factor != 1 and (beside.dimension or beside.factor == 1):
        return replace(beside, factor=beside.factor * own.factor)
    if (own.factor, own.dimension, own.level) != (beside.factor, beside.dimension, beside.level):
        raise _Conflict
    return replace(own, aspects=own.aspects | beside.aspects)


def _figure(mark: Found, beside: Unit | None) -> Figure | None:
    """What stands at a mark in base units, None where its parts do not go together."""
    units = [_settle(own, beside) if mark.form != "around" or position == 0 else own for position, (_, own) in enumerate(mark.ends)]
    unit = units[0]
    values = [(each or NUMBER).base(number) for (number, _), each in zip(mark.ends, units, strict=True)]
    if any(value is None for value in values):
        return None
    numbers = [value for value in values if value is not None]
    if mark.form == "around":
        return _around(mark, numbers, unit, beside)
    if unit and unit.dimension == (("ratio", 1),) and units[-1] and units[-1].dimension[0][0].startswith("percent"):
        unit = units[-1]
        numbers[0] = mark.ends[0][0] * unit.factor
    elif any(each is not None and each.dimension != (unit.dimension if unit else ()) for each in units[1:]):
        return None
    shift = [(each.offset if each else Fraction(0)) - (unit.offset if unit else Fraction(0)) for each in units]
    low, high = numbers[0], numbers[-1] + shift[-1]
    if mark.form == "tolerance":
        return Figure(-high, numbers[0], unit, tolerance=True) if unit is None or unit.level is None else None
    if mark.form == "sides":
        return (
            Figure(min(numbers), max(numbers), unit, sides=tuple(numbers)) if unit and unit.dimension == (("meter", 1),) else None
        )
    return Figure(low, high, unit) if low <= high else None


def _around(mark: Found, numbers: Sequence[Fraction], unit: Unit | None, beside: Unit | None) -> Figure | None:
    """`5 V ± 5 %` and `500 ± 15 μm` are ranges about a nominal value."""
    nominal, spread = numbers
    spread_unit = mark.ends[1][1] or unit
    if unit and unit.level is not None:  # a level is no amount: 20 ± 3 dBm reaches from 17 to 23 dBm
        middle, either_side = mark.ends[0][0], mark.ends[1][0]
        ends = (unit.base(middle - either_side), unit.base(middle + either_side))
        same = spread_unit is not None and spread_unit.level is not None
        return Figure(ends[0], ends[1], unit) if same and None not in ends else None
    if spread_unit and spread_unit.dimension == (("ratio", 1),) and (unit is None or unit.dimension != spread_unit.dimension):
        spread = abs(nominal) * spread
    elif spread_unit and unit and spread_unit.dimension != unit.dimension:
        return None
    elif mark.ends[1][1] is None and beside:
        spread = mark.ends[1][0] * beside.factor
    return Figure(nominal - spread, nominal + spread, unit)


def _unfold(words: str, asides: Sequence[str]) -> tuple[str, list[str]]:
    """The words beside a figure without the asides, and the pieces of the asides that stand among them."""
    numbers = [ord(char) - 0xE000 for char in re.findall("\0(.)\0", words)]
    notes = list[str]()
    for aside in (asides[number] for number in numbers if number < len(asides)):
        at = AT if aside.startswith(AT) else ""
        notes += [at + piece.strip() for piece in re.split(r"[,;、]", aside.removeprefix(AT)) if piece.strip()]
    return re.sub("\0.\0", " ", words), notes


def _described(figure: Figure, mark: Found, said: str, notes: Iterable[str], circumstance: frozenset[str]) -> Figure:
    """The figure with the bounds, the kind and the conditions that the words beside it state."""
    bounds = heard(mark.before, *BOUNDS) or [name.removesuffix("_after") for name in heard(mark.after, *BOUNDS_AFTER)]
    low, high = figure.low, figure.high
    if bounds and not figure.tolerance:
        low, high = (low, None) if bounds[-1] == "at_least" else (None, high)
    spoken = " ".join([said, *notes])
    conditions = set(circumstance) | (figure.unit.aspects - {"apiece"} if figure.unit else set())
    conditions |= formats(spoken) | {name.lower().replace("-", "") for name in _EFFECTIVE.findall(said)}
    discharges = heard(spoken, *DISCHARGES) if figure.dimension == _VOLTAGE else []
    conditions.update(discharges)
    for note in notes:
        conditions |= _canonical(without(note, *KINDS, *discharges))
    return replace(
        figure,
        low=low,
        high=high,
        approximate=bool(heard(said, "approximate")),
        kind=kind(spoken),
        states=states(" ".join([said, *(note for note in notes if not scan(note))]))
        | ({"apiece"} if _is_apiece(figure.unit) else set()),
        conditions=frozenset(conditions),
    )


def _is_apiece(unit: Unit | None) -> bool:
    """Whether a unit counts for one of several (W/通道). A price is always for one piece."""
    return unit is not None and "apiece" in unit.aspects and unit.dimension != (("yuan", 1),)


def _others(figure: Figure, note: str) -> list[Figure]:
    """Figures of the same dimension in the brackets behind one: `8 W（最大 12 W）`, `200 mm（兼容 150 mm）`.

    A condition is none (`3 μA @ 0.1 A`), and what is no accuracy says under what condition one holds: `±0.3 ℃（25 ℃）`.
    """
    if not figure.dimension or figure.sides or note.startswith(AT):
        return []
    others = [other for other in _read(note, (), None) if other.dimension == figure.dimension and not other.sides]
    return [other for other in others if other.tolerance or not figure.tolerance]


def formats(text: str) -> set[str]:
    """Number formats named in a text, such as `int8` and `fp16`."""
    return {(name + width).lower() for name, width in _FORMAT.findall(text)}


@lru_cache(maxsize=4096)
def _canonical(note: str) -> frozenset[str]:
    """A condition in the one form in which it can be compared: a figure by its value (1 MHz = 1000 kHz), words as they are."""
    note = clean(note).strip()
    if not note:
        return frozenset()
    if formats(note):
        return frozenset(formats(note))
    found = [mark for mark in scan(note) if mark.form == "point"]
    figure = _figure(found[0], None) if len(found) == 1 else None
    if figure and figure.low is not None and figure.unit:
        return frozenset({f"{figure.low + figure.unit.offset} {figure.dimension}"})
    return frozenset({re.sub(r"[\s_-]", "", note).lower()})


def conditions_of(note: str) -> frozenset[str]:
    """What a stated condition (`@25 ℃`, `INT8`, `RMS`) says, comparable; empty where it says nothing."""
    return _canonical(note)
