"""Everything that can go wrong on purpose, in one tree; the web layer turns it into pages and problem details.

KaijingError
├── NotFound       404  does not exist, or may not be seen: the two answer alike
├── Forbidden      403  may be seen, may not be done
├── Conflict       409
│   └── WrongState 409  the record is not in a state that allows it
├── Stale          412  somebody else changed the record since it was read
└── Invalid        422  fields that do not pass, each with its reasons
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

Text: TypeAlias = str | LazyString

REASON_LENGTH = 2000


class KaijingError(Exception):
    """Base of the tree. `message` is in the reader's language."""

    status = 500
    message: Text = _l("Something went wrong.")

    def __init__(self, message: Text | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.status))

    def __str__(self) -> str:
        return str(self.message)


class NotFound(KaijingError):
    """The record does not exist, or this person may not know that it does."""

    status = 404
    message = _l("This page does not exist, or is not open to you.")


class Forbidden(KaijingError):
    """This person may see the record but may not do this to it."""

    status = 403
    message = _l("You may not do this.")


class Conflict(KaijingError):
    """The change contradicts something that holds already."""

    status = 409
    message = _l("This is not possible now.")


class WrongState(Conflict):
    """The record's state does not allow the change."""

    message = _l("This is no longer possible: the record has moved on. Reload the page to see where it stands.")


class Stale(KaijingError):
    """The record was changed by somebody else after it was read."""

    status = 412
    message = _l("Somebody else has changed this record in the meantime. Nothing of yours has been saved over it.")


class Invalid(KaijingError):
    """Fields that do not pass. `fields` maps a field's name to its reasons; the empty name is the form as a whole."""

    status = 422
    message = _l("Please correct the marked fields.")

    def __init__(self, fields: Mapping[str, list[Text]], message: Text | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields)


class Problems:
    """Gathers what is wrong with several fields, so that a person hears of all of it at once."""

    def __init__(self) -> None:
        self.fields: dict[str, list[Text]] = {}

    def add(self, field: str, reason: Text) -> None:
        """Note one reason at a field."""
        self.fields.setdefault(field, []).append(reason)

    def limit(self, field: str, text: str, longest: int) -> None:
        """Note at a field when its text is longer than so many characters."""
        if len(text) > longest:
            self.add(field, _l("At most %(count)s characters.", count=longest))

    @contextmanager
    def including(self) -> Iterator[None]:
        """Note what `Invalid` says in the block, too, and go on after it."""
        try:
            yield
        except Invalid as invalid:
            for field, reasons in invalid.fields.items():
                self.fields.setdefault(field, []).extend(reasons)


@contextmanager
def collecting() -> Iterator[Problems]:
    """Gather problems in the block; raise `Invalid` with all of them at its end, if there were any."""
    problems = Problems()
    yield problems
    if problems.fields:
        raise Invalid(problems.fields)


def check_reason(reason: str) -> None:
    """A reason is given, and not endless. Raises Invalid."""
    with collecting() as problems:
        if not reason.strip():
            problems.add("reason", _l("A reason is needed."))
        problems.limit("reason", reason, REASON_LENGTH)


def require_visible(visible: bool) -> None:
    """Raise `NotFound` unless the record may be seen. Comes before every other check."""
    if not visible:
        raise NotFound


def require_allowed(allowed: bool, message: Text | None = None) -> None:
    """Raise `Forbidden` unless the action is this person's to do."""
    if not allowed:
        raise Forbidden(message)


def require_fresh(version: int, expected: int | None) -> None:
    """Raise `Stale` when the record's version is not the one that the editor read (None: not an edit of a read record)."""
    if expected is not None and version != expected:
        raise Stale
