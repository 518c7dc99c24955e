"""Requirements and parameters read once, so that comparing them is cheap."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property, lru_cache

from search_index.parameters.grades import Level, read_grades
from search_index.parameters.lists import affirmed, says_list
from search_index.parameters.model import Parameter, Requirement
from search_index.parameters.names import Name, read_name
from search_index.parameters.quantities import Figure, read_quantity
from search_index.parameters.text import LONGEST, clean, digits, table
from search_index.parameters.units import Unit, read_unit
from search_index.parameters.words import STATES, without

_IN_BITS = frozenset({"adc_resolution", "dac_resolution", "effective_bits", "bit_width"})
_COUNTED = frozenset(
    {
        "endurance",
        "iops",
        "write_iops",
        "logic_cells",
        "mating_cycles",
        "mac_entries",
        "concurrent",
        "power_cycles",
        "bending_cycles",
    }
)
"""What is counted, so that a K behind it is a thousand and no kelvin."""
_NOTED_UNIT = re.compile(r"([^()（）]+)[(（]([^()（）]+)[)）]$")  # TOPS (INT8)
_PACE = re.compile(r"[\s@(/,]{0,3}(\d{1,4}(?:\.\d+)?)\s?(?:fps|Hz|帧)|(?<=[kpi])@?(\d{2,3})(?![\d.]|\s?[a-z])", re.I)
_MAGNITUDE = re.compile(r"(?:(?<=\d)|^)\s?([KkM])(?![A-Za-z])")


def _in_words(text: str) -> str:
    """`100K` as 100千, `1.5 M 次` as 1.5百万 次."""
    return _MAGNITUDE.sub(lambda match: "百万" if match[1] == "M" else "千", text)


@dataclass(frozen=True)
class _Designation:
    answers: frozenset[str]
    holders: frozenset[str]
    pattern: re.Pattern[str]
    factor: Fraction
    unit: Unit | None


@cache
def _designations() -> tuple[_Designation, ...]:
    return tuple(
        _Designation(
            frozenset(answers.split(",")),
            frozenset(holders.split(",")),
            re.compile(pattern, re.I),
            Fraction(factor),
            read_unit(unit),
        )
        for answers, holders, pattern, factor, unit in table("designations.tsv")
    )


class Prepared:
    """A line with its meaning: name, figures, certificates and the text of its list, each read when it is first asked for."""

    def __init__(self, line: Requirement | Parameter) -> None:
        self.line = line
        self.meaning: Name = read_name(line.name)

    @cached_property
    def stateless(self) -> Name | None:
        """What the name means without the state that it names (功耗 for 待机功耗); None where it names none."""
        return read_name(without(self.line.name, *STATES)) if self.meaning.states else None

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """What the value states in numbers, in the unit that nobody writes where none is written."""
        value, unit = self._stated, self.line.unit
        if (noted := _NOTED_UNIT.match(unit)) and read_unit(unit) is None:
            value, unit = f"{value} ({noted[2]})", noted[1]
        if self.meaning.concept in _COUNTED:
            value, unit = _in_words(value), _in_words(unit)
        figures = read_quantity(value, unit, self.meaning.unit)
        if self._unsaid_unit and figures and figures[0].unit is None:
            return read_quantity(value, self._unsaid_unit)
        return figures

    @property
    def _unsaid_unit(self) -> str:
        """℃ of a temperature, bits of a resolution, and the unit that is the name itself (FIT, DPPM)."""
        if self.meaning.concept.endswith("temperature"):
            return "℃"
        if self.meaning.concept in _IN_BITS:
            return "bit"
        name = self.line.name  # PF is a power factor and no petafarad
        return name if len(name) > 2 and name.isupper() and read_unit(name) else ""

    @cached_property
    def _stated(self) -> str:
        """What the product has now: nothing where it is only planned or another's, and without what is an option."""
        value = self.line.value
        if isinstance(self.line, Requirement) or len(value) > LONGEST:
            return value
        if says_list("hypothetical").search(clean(value)) or self._is_anothers:
            return ""
        return says_list("option").split(value)[0]

    @cached_property
    def _is_anothers(self) -> bool:
        """Whether the name speaks of another product: the one before, the next one, a competitor's."""
        return isinstance(self.line, Parameter) and bool(says_list("another_product").search(self.line.name[:LONGEST]))

    @cached_property
    def limit(self) -> Figure | None:
        """The one figure that a requirement sets, with what its name says of kind, conditions, state; None where it sets none."""
        figures = self.designated.get(self.meaning.concept, ()) or self.figures
        if len(figures) != 1:
            return None
        figure, name = figures[0], self.meaning
        return replace(
            figure,
            kind=figure.kind or name.kind,
            conditions=figure.conditions | name.conditions,
            states=figure.states | name.states,
        )

    @cached_property
    def designated(self) -> Mapping[str, tuple[Figure, ...]]:
        """The numbers that designations in the value state by convention, by the concept that they answer."""
        found = dict[str, tuple[Figure, ...]]()
        text = digits(clean(self.line.value)) if len(self.line.value) <= LONGEST else ""
        for row in _designations():
            if self.meaning.concept not in row.holders:
                continue
            for match in row.pattern.finditer(text):
                number = row.factor
                for group in match.groups():
                    number *= Fraction(group)
                value = (row.unit.base(number) if row.unit else None) or number
                at = _PACE.match(text, match.end())
                pace = Fraction(at[1] or at[2]) if at else None
                figure = Figure(value, value, row.unit, kind=self.meaning.kind, pace=pace)
                for concept in row.answers:
                    found[concept] = (*found.get(concept, ()), figure)
        return found

    @cached_property
    def grades(self) -> Mapping[str, Level]:
        """The certificates and generations that the line states."""
        return {} if self._is_anothers else read_grades(self.line.name, self.line.value)

    @cached_property
    def states_grade(self) -> bool:
        """Whether the value alone states a certificate or generation."""
        return bool(read_grades("", self.line.value))

    @property
    def states_number(self) -> bool:
        """Whether a number stands in the value at all, in whatever unit."""
        return any(char.isdigit() for char in digits(clean(self.line.value)))

    @cached_property
    def lists(self) -> tuple[str, str]:
        """The value as a list: what it states, and what it only plans or offers as an option. Denied pieces are in neither."""
        return affirmed(self.line.value) if len(self.line.value) <= LONGEST else ("", "")


@lru_cache(maxsize=65536)
def _prepare(line: Requirement | Parameter) -> Prepared:
    return Prepared(line)


def prepare(parameters: Iterable[Parameter]) -> tuple[Prepared, ...]:
    """Parameters in a form that can be judged many times, in an order of their own, so that theirs does not matter."""
    unique = {(each.name, each.value, each.unit): each for each in parameters}
    return tuple(_prepare(unique[key]) for key in sorted(unique))


def prepare_requirement(requirement: Requirement) -> Prepared:
    """A requirement in a form that can be judged many times."""
    return _prepare(requirement)
