"""Figures in a run of text: numbers with signs, units, ranges, tolerances and sides, and the words that stand beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from search_index.parameters.units import LONGEST_UNIT, Unit, read_unit
from search_index.parameters.words import BOUNDS_AFTER, DISCHARGES, KINDS, heard

_START = re.compile(r"(?<![A-Za-z0-9_.^])(?<![A-Za-z0-9]-)(?:±|[+-])?\s?(?=\.?\d)")
_NUMBER = re.compile(
    r"(?P<tens>10\^(?P<tens_power>[+-]?\d+))"
    r"|(?P<digits>[1-9]\d{0,2}(?: \d{3})+(?![\d.,])|\d+(?:,\d{3})+(?!,?\d)|\d+|(?=\.\d))(?P<rest>\.\d+)?"
    r"(?:[eE](?P<e_power>[+-]?\d+)(?![A-Za-z0-9])|\s?[×xX]\s?10\^(?P<power>[+-]?\d+)(?!\d))?"
)
_MOST_DIGITS, _HIGHEST_POWER = 40, 60
_UNIT_RUN = re.compile(rf"[A-Za-z%‰°μΩÅ√□\"/·.^()\d一-鿿¥$€_ -]{{1,{LONGEST_UNIT}}}")
_RANGE = re.compile(r"\s*(?:~|-+|\.{2,3}|至|到|\bto\b|\bthrough\b)\s*(?=[+-]?\s?\.?\d)")
_TOLERANCE = re.compile(r"\s*±\s*(?=\.?\d)")
_LOWER = re.compile(r"\s*/\s*-\s*(?=\.?\d)")
_SIDE = re.compile(r"\s*[×xX]\s*(?=\.?\d)")
_PLUS = re.compile(r"\s*\+\s*\d")
_RANGED = re.compile(r"(?!(?:cm-[23]|s-1)(?![\d.]))[^ ·/^]*-\d")  # 100 MHz-6 GHz is a range, 5E18 cm-3 none
_ORDER = re.compile(r"\s*(?:数?量级|级(?!联|别))")
_RATIO = re.compile(r"\s*:\s*1(?![\d.])")
_GLUED = re.compile(r"[:^]\s*\d|-+\d")
_DECIMAL_COMMA = re.compile(r",\d{1,2}(?!\d)")


@dataclass
class Found:
    """A figure as it stands: its ends (each a number with its unit, None where none is written), and where it stands.

    `form` is `point`, `range`, `tolerance` (±x), `around` (a ± b), `sides` (a × b) or `odd`, which nobody should compare. `units`:
    from where to where a unit is written.
    """

    start: int
    end: int
    form: str
    ends: list[tuple[Fraction, Unit | None]]
    units: list[tuple[int, int]] = field(default_factory=list)
    before: str = ""
    after: str = ""


class _Cursor:
    def __init__(self, text: str, at: int) -> None:
        self.text, self.at, self.odd = text, at, False
        self.units = list[tuple[int, int]]()

    def take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[0]

    def number(self) -> Fraction:
        """The number at the cursor. One that no data sheet would state (too long, too large) makes the figure odd."""
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            self.odd = True
            return Fraction(0)
        self.at = match.end()
        power = int((match["tens_power"] or match["e_power"] or match["power"] or "0")[:9])
        digits = re.sub(r"[ ,]", "", match["digits"] or "") + (match["rest"] or "")
        if len(digits) > _MOST_DIGITS or abs(power) > _HIGHEST_POWER:
            self.odd = True
            return Fraction(0)
        return (Fraction(1) if match["tens"] else Fraction(digits)) * Fraction(10) ** power

    def signed(self) -> Fraction:
        sign = self.take(re.compile(r"[+-]?\s?")) or ""
        return -self.number() if sign.strip() == "-" else self.number()

    def unit(self) -> Unit | None:
        """The longest unit at the cursor; None where none is written. A word that is no unit makes the figure odd."""
        match = _UNIT_RUN.match(self.text, self.at)
        run = match[0] if match else ""
        start = len(run) - len(run.lstrip())
        start += bool(re.match(r"-[A-Za-z]", run))
        for length in range(len(run), start, -1):
            if _ends_well(run[start:length], self.text[self.at + length : self.at + length + 1]):
                unit = read_unit(run[start:length])
                if unit is not None:
                    self.units.append((self.at + start, self.at + length))
                    self.at += length
                    return unit
        rest = self.text[self.at :].lstrip()
        if _is_word(rest) and not self._speaks(rest):
            self.odd = True
        return None

    def _speaks(self, rest: str) -> bool:
        """Whether what follows is a word about the figure (以上, max, to) and not a unit that nobody knows."""
        word = re.match(r"[A-Za-z]+|[一-鿿]+", rest)
        if word is None:
            return False
        said = heard(word[0], *BOUNDS_AFTER, *KINDS, "approximate")
        return bool(said) or bool(_RANGE.match(rest)) or word[0].lower() in {"at", "rms"}


def _is_word(rest: str) -> bool:
    """Whether a word follows, and not the sign between two sides."""
    return rest[:1].isalpha() and not _SIDE.match(rest)


def _ends_well(candidate: str, following: str) -> bool:
    """A unit must not be the head of a longer word, end in a space, a slash or the min of minimum, or hold half of brackets."""
    last = candidate[-1]
    if candidate.endswith(" min") or last in " /·.-(^" or candidate.count("(") != candidate.count(")"):
        return False
    if _RANGED.match(candidate):
        return False
    if last.isascii() and last.isalpha():
        return not (following.isascii() and following.isalnum())
    return not (last.isdigit() and following.isascii() and (following.isalnum() or following == "."))


def _figure(text: str, start: int) -> Found:
    """The figure that begins at `start`."""
    cursor = _Cursor(text, start)
    plus_minus = cursor.take(re.compile(r"±\s?")) is not None
    signed = text[start] == "+"
    ends = [(cursor.signed(), cursor.unit())]
    form = "tolerance" if plus_minus else "point"
    if not plus_minus and cursor.take(_TOLERANCE):
        form = "around"
        ends.append((cursor.number(), cursor.unit()))
    elif signed and cursor.take(_LOWER):
        form = "tolerance"
        ends.append((cursor.number(), cursor.unit()))
    elif cursor.take(_RATIO):
        cursor.odd = cursor.odd or ends[0][1] is not None
    elif cursor.take(_RANGE):
        form = "range"
        ends.append((cursor.signed(), cursor.unit()))
    else:
        while cursor.take(_SIDE):
            form = "sides"
            ends.append((cursor.number(), cursor.unit()))
    if ends[-1][1] is not None and _ORDER.match(text, cursor.at):
        cursor.odd = True  # 10 ms 级 says how large, not how much
    if (plus_minus and _TOLERANCE.match(text, cursor.at)) or _PLUS.match(text, cursor.at):
        cursor.odd = True  # ±0.3 % ± 2 digits, 2 cm + 1 ppm: the sum of both
    if cursor.odd or _GLUED.match(text, cursor.at) or (ends[-1][1] is None and _DECIMAL_COMMA.match(text, cursor.at)):
        form = "odd"
        cursor.take(re.compile(r"[\d.,:^-]+"))
    return Found(start, max(cursor.at, start + 1), form, ends, cursor.units)


def scan(text: str) -> list[Found]:
    """The figures of a cleaned text, in order, each with the words before and after it up to the next separator or figure."""
    found = list(_figures(text))
    for position, figure in enumerate(found):
        previous = found[position - 1] if position else None
        following = found[position + 1].start if position + 1 < len(found) else len(text)
        gap = text[previous.end if previous else 0 : figure.start]
        separator, last = _last_piece(gap)
        if previous is None or separator or heard(previous.before, *KINDS, *DISCHARGES):
            figure.before = last
        figure.after = re.split(r"[,;、/]", text[figure.end : following])[0]
        if (
            position + 1 < len(found)
            and heard(figure.before, *KINDS, *DISCHARGES)
            and not re.search(r"[,;、/]", text[figure.end : following])
        ):
            figure.after = ""
    return found


def _last_piece(gap: str) -> tuple[str, str]:
    pieces = re.split(r"([,;、/])", gap)
    return (pieces[-2], pieces[-1]) if len(pieces) > 1 else ("", gap)


def _figures(text: str) -> Iterator[Found]:
    at = 0
    while match := _START.search(text, at):
        figure = _figure(text, match.start())
        yield figure
        at = figure.end
