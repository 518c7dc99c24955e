"""What is asked, what is offered, and what came out: the values that `judge` takes and gives."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

OPERATORS = frozenset({">=", "<=", "=", "within", "covers", "includes", "grade"})


class Verdict(enum.StrEnum):
    """What the parameters prove of a requirement."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Requirement:
    """A requirement line. `operator` is one of `OPERATORS`: within asks for a value in the range, covers for a range around it."""

    name: str
    operator: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Parameter:
    """A line of a product's data sheet."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class Note:
    """Why a verdict came out, for the application to say in the reader's language.

    `code`, with its `data` (all texts): `proved` (value: what the parameter says); `no_parameter`; `no_figure`, `other_dimension`,
    `other_condition`, `uncertain`, `no_grade`, `no_list` (parameter: the nearest one that proves nothing); `missing` (items: what
    the list lacks); `unreadable` (the requirement itself cannot be judged).
    """

    code: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """A verdict, the name of the parameter that decided it (None for unknown), and why."""

    verdict: Verdict
    evidence: str | None
    note: Note
