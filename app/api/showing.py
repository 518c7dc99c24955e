"""What endpoints show that is not simply a record: one with facts beside it, a part of one, and lists of what is no statement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from app.api.frame import Listing
from app.web import Page


class Shown:
    """A record with facts that stand beside it; a fact of the same name comes before the record's own."""

    def __init__(self, record: Any, **beside: Any) -> None:
        vars(self).update(beside, _record=record)

    def __getattr__(self, name: str) -> Any:
        """All else is the record's."""
        return getattr(vars(self)["_record"], name)


def only(record: Any, names: Iterable[str]) -> SimpleNamespace:
    """A record of which nothing but these fields is seen."""
    return SimpleNamespace(**{name: getattr(record, name) for name in names})


def window_of(query: Mapping[str, Any]) -> slice:
    """Which rows of a list the page that the query asks for holds."""
    first = (query["page"] - 1) * query["per_page"]
    return slice(first, first + query["per_page"])


def page_of_window(rows: Sequence[Any], query: Mapping[str, Any], *, total: int) -> Listing:
    """The page that the query asks for, of which the rows, and of the list the number, are known."""
    return Listing(Page(rows, total, query["page"], query["per_page"]))


def each(listing: Listing, show: Callable[[Sequence[Any]], Sequence[Any]]) -> Listing:
    """The same page with its items shown otherwise: `show` takes them together, so that it needs few statements."""
    return replace(listing, page=replace(listing.page, items=show(listing.page.items)))
