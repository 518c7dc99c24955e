"""Filters of a list that say how many records each choice would leave. All of it stands in the address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, true
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.errors import Text

LONGEST_QUERY = 200
MOST_WORDS = 8


@dataclass(frozen=True)
class Facet:
    """One filter: the name in the address, its label, and each value with its label and condition."""

    name: str
    label: Text
    choices: Mapping[str, tuple[Text, ColumnElement[bool]]]

    def chosen(self, args: MultiDict[str, str]) -> list[str]:
        """The values asked for that exist; unknown ones are ignored."""
        return [value for value in args.getlist(self.name) if value in self.choices]

    def condition(self, args: MultiDict[str, str]) -> ColumnElement[bool] | None:
        """Any of the chosen values; None without a choice."""
        chosen = self.chosen(args)
        return or_(*(self.choices[value][1] for value in chosen)) if chosen else None


@dataclass(frozen=True)
class Choice:
    """A value of a facet as the page shows it."""

    value: str
    label: Text
    count: int
    chosen: bool


def facet_of(name: str, label: Text, column: Any, choices: Mapping[str, Text]) -> Facet:
    """A facet over the values of one column."""
    return Facet(name, label, {value: (text, column == value) for value, text in choices.items()})


def narrowed(statement: Select[Any], facets: Sequence[Facet], args: MultiDict[str, str], *, leave_out: Facet | None = None) -> Any:
    """The statement under the chosen values of all facets, but for `leave_out`."""
    conditions = (facet.condition(args) for facet in facets if facet is not leave_out)
    return statement.where(*(condition for condition in conditions if condition is not None))


def counted(
    session: Session, base: Select[Any], facets: Sequence[Facet], args: MultiDict[str, str]
) -> list[tuple[Facet, list[Choice]]]:
    """Each facet's choices with the number of records that each leaves under the other filters: one statement a facet."""
    shown = []
    for facet in facets:
        matching = narrowed(base, facets, args, leave_out=facet)
        counts = _counts(session, matching, facet)
        chosen = set(facet.chosen(args))
        choices = [
            Choice(value, label, counts[value], value in chosen)
            for value, (label, _) in facet.choices.items()
            if counts[value] or value in chosen
        ]
        shown.append((facet, choices))
    return shown


def _counts(session: Session, matching: Select[Any], facet: Facet) -> dict[str, int]:
    sums = [
        func.count().filter(condition).label(f"choice_{number}") for number, (_, condition) in enumerate(facet.choices.values())
    ]
    if not sums:
        return {}
    row = session.execute(matching.with_only_columns(*sums).order_by(None)).one()
    return dict(zip(facet.choices, row, strict=True))


def words(text: str | None) -> list[str]:
    """The words of a search box, at most eight of the first 200 characters. No database takes a NUL."""
    return (text or "")[:LONGEST_QUERY].replace("\0", " ").split()[:MOST_WORDS]


def containing(
    typed: Sequence[str], *columns: Any, also: Callable[[str], ColumnElement[bool]] | None = None
) -> ColumnElement[bool]:
    """Every word stands in at least one of the columns (or where `also` says), whatever its case."""
    found: list[ColumnElement[bool]] = [true()]
    for word in typed:
        places = [column.icontains(word, autoescape=True) for column in columns]
        found.append(or_(*places, also(word)) if also is not None else or_(*places))
    return and_(*found)
