"""Units: from their spelling to a factor, a dimension, and what the spelling says besides (effective value, peak to peak …)."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from search_index.parameters.text import clean

LONGEST_UNIT = 24

_SPELLINGS = (
    ("%F.S.", "pctFS"), ("%F.S", "pctFS"), ("%FS", "pctFS"), ("% FS", "pctFS"), ("%FSO", "pctFS"), ("%FSR", "pctFS"),
    ("%RH", "pctRH"), ("% RH", "pctRH"), ("%RD", "pctRD"), ("%rdg", "pctRD"),
    ("%", "pct"), ("‰", "permille"),
    ("°C", "degC"), ("°F", "degF"), ("°", "deg"), ("度C", "degC"), ("deg C", "degC"), ("deg F", "degF"),
    ("dB(A)", "dBA"), ("dB A", "dBA"), ("dB SPL", "dBSPL"), ("dB(SPL)", "dBSPL"),
    ("√(Hz)", "rtHz"), ("sqrt(Hz)", "rtHz"), ("Hz^0.5", "rtHz"), ("Hz^(1/2)", "rtHz"), ("√Hz", "rtHz"), ("√hr", "rth"),
    ("√h", "rth"), ("rad(Si)", "radSi"), ("Gy(Si)", "Gy"), ("W/mK", "W/m·K"), ("/Vs", "/V·s"), ("Vrms/", "V/"), ("dBic", "dBi"),
    ("dBm/Hz", "dBmHz"), ("Ω/□", "Ω/sq"), ("e-", "e"), ('"', "inch"), ("¥", "yuan"), ("$", "dollar"), ("€", "euro"),
)  # fmt: skip
_AMBIGUOUS = frozenset({"MA", "MV", "PA", "TA", "Ms", "Mm", "MF", "MH", "mhz", "mHZ", "phz", "DB/Hz"})
"""Spellings that a careless shift key makes of another unit: a millionfold mistake proves nothing."""
_ASPECT = re.compile(r"(?<=[VAW伏安瓦])[ _]?(rms|RMS|p-p|pp|PP|pk|ac|AC|dc|DC)$")
_MEMORY = re.compile(r"^([kKMGT])(B|b|bit|Bit|byte|Byte|字节|比特)$")
_RATES = (
    (re.compile(r"^([kKMGTP]?)(?:T/s|TPS)$"), r"\1TPS"),
    (re.compile(r"^([kKMGT]?)Sa?/s$"), r"\1SPS"),
    (re.compile(r"^([kK]?)r/(min|s)$"), r"\1rev/\2"),
    (re.compile(r"^(.+)每秒$"), r"\1/s"),
    (re.compile(r"^([kKM])[rR]ad$"), r"\1radSi"),  # nobody turns by thousands of radians
    (re.compile(r"^1?/\s?(?=(?:[cmμ]?m\^?[23]|k?h|片|wafer)$)"), "count/"),
)
_FACTOR = re.compile(r"(\d{0,4})([A-Za-zμΩÅ一-鿿√][A-Za-z_μΩÅ一-鿿√]*)(?:\^?([+-]?[1-9]))?$")
_SPANS = frozenset({"h", "hr", "小时", "天", "年"})
"""Only these are counted in a denominator (次/24h): `V/5V` are two figures."""
_LEVELS = {"decibel_milliwatt": Fraction(1, 1000), "decibel_watt": Fraction(1)}


@dataclass(frozen=True)
class Unit:
    """A unit in base units: `value * factor`, plus `offset` for a temperature that is a point and not a difference.

    `dimension`: the base units with their powers; two units can be compared if and only if it is equal. `aspects`: what
    the spelling adds (`rms`, `pp`, `ac`; `apiece` for W/通道). `level`: the reference of a logarithmic power (1 mW for dBm).
    """

    factor: Fraction
    dimension: tuple[tuple[str, int], ...] = ()
    offset: Fraction = Fraction(0)
    aspects: frozenset[str] = frozenset()
    level: Fraction | None = None

    def base(self, value: Fraction) -> Fraction | None:
        """`value` in base units, without the offset; None for a level beyond any physical power."""
        if self.level is None:
            return value * self.factor
        if abs(value) > 300:
            return None
        power = Decimal(10) ** (Decimal(value.numerator) / Decimal(value.denominator) / 10)
        return Fraction(power) * self.level


NUMBER = Unit(Fraction(1))


@cache
def _registry() -> Any:
    import pint  # a quarter of a second that a process which judges nothing need not spend

    definitions = resources.files("search_index").joinpath("lexicon", "units.txt")
    with resources.as_file(definitions) as path:
        return pint.UnitRegistry(str(path), non_int_type=Fraction, cache_folder=None)


def _dimension(quantity: Any) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((str(base), int(power)) for base, power in quantity.unit_items() if base != "count"))


@lru_cache(maxsize=4096)
def _single(name: str) -> Unit | None:
    """One unit name with at most one prefix."""
    registry = _registry()
    try:
        one = registry.Quantity(Fraction(1), registry.parse_units(name))
        zero = registry.Quantity(Fraction(0), one.units)
        top, bottom = one.to_root_units(), zero.to_root_units()
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):  # pint's own errors are kinds of these
        return None
    offset = Fraction(bottom.magnitude)
    dimension = _dimension(top)
    factor = Fraction(top.magnitude) - offset
    if name in {"degF", "fahrenheit", "华氏度"}:
        offset = Fraction(45967, 100) * Fraction(5, 9)
    if len(dimension) == 1 and dimension[0][0] in _LEVELS:
        watt = _registry().Quantity(_LEVELS[dimension[0][0]], "watt").to_root_units()
        return Unit(Fraction(1), _dimension(watt), level=Fraction(watt.magnitude))
    return Unit(factor, dimension, offset)


def _power(unit: Unit, power: int) -> Unit:
    return Unit(unit.factor**power, tuple((base, exponent * power) for base, exponent in unit.dimension))


def _product(units: list[Unit]) -> Unit:
    factor, powers = Fraction(1), dict[str, int]()
    for unit in units:
        factor *= unit.factor
        for base, power in unit.dimension:
            powers[base] = powers.get(base, 0) + power
    return Unit(factor, tuple(sorted((base, power) for base, power in powers.items() if power)))


def _compound(text: str) -> Unit | None:
    """`cm^2/V·s` as engineers mean it: all that follows a slash divides."""
    units, apiece = list[Unit](), False
    for position, part in enumerate(text.replace("(", "").replace(")", "").split("/")):
        for name in re.split(r"[·.×\s]+", part.strip()):
            written = _FACTOR.match(name)
            unit = _single(written[2]) if written else None
            if written is None or unit is None or unit.level is not None or (written[1] and written[2] not in _SPANS):
                return None
            apiece |= position > 0 and unit.dimension == () and unit.factor == 1
            power = int(written[3] or 1) * (-1 if position else 1)
            scale = Fraction(int(written[1] or 1)) ** (-1 if position else 1)
            units += [_power(unit, power), Unit(scale)]
    return replace(_product(units), aspects=frozenset({"apiece"} if apiece else ()))


@lru_cache(maxsize=8192)
def read_unit(text: str) -> Unit | None:
    """The unit that `text` spells, None if it spells none. The empty text is a plain number.

    A lone multiple of bytes or bits is a memory's and counts in powers of 1024 (JEDEC 100B.01); rates count in powers of 1000.
    """
    text = clean(text)
    if text in {"mbps", "gbps", "tbps"}:
        text = text.capitalize()  # nobody means a thousandth of a bit
    if not text:
        return NUMBER
    if len(text) > LONGEST_UNIT or text in _AMBIGUOUS:
        return None
    aspect = _ASPECT.search(text)
    if aspect:
        plain = read_unit(text[: aspect.start()])
        kind = aspect[1].lower().replace("-", "")
        return plain and Unit(plain.factor, plain.dimension, plain.offset, plain.aspects | {kind})
    for written, meant in _SPELLINGS:
        text = text.replace(written, meant)
    text = _MEMORY.sub(lambda match: f"{match[1].upper()}i{match[2]}", text)
    text = re.sub(r"^([kKMGT]) (?=[A-Za-z一-鿿])", r"\1", text)
    for pattern, meant in _RATES:
        text = pattern.sub(meant, text)
    text = "degC" if text == "C" else text
    if re.fullmatch(r"[A-Za-zμΩÅ一-鿿√_]+", text):
        return _single(text)
    return _compound(text)
