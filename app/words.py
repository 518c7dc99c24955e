"""Plain search for words in columns of the database, for lists that the index does not know."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true

LONGEST_QUERY = 200
MOST_WORDS = 8


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
