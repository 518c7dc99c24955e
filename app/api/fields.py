"""The kinds of value that the API speaks, each with its form, its limits and its errors in the reader's language."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

import marshmallow
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from app.clock import SHANGHAI

LINE, TEXT = 200, 20_000
FIRST_YEAR, LAST_YEAR = 1900, 9999
LARGEST_AMOUNT = Decimal(10) ** 13
COMMON = {
    "required": _l("This field is required."),
    "null": _l("This field may not be null."),
    "validator_failed": _l("This value does not pass."),
}
WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", re.IGNORECASE)
TEXT_PATTERN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Schema(marshmallow.Schema):
    """A record, or what is sent. A field that it does not have is refused by name. `searched`: as a search finds it."""

    searched: ClassVar[bool] = False

    class Meta:
        """Strict in what it takes."""

        unknown = marshmallow.RAISE

    error_messages = {"unknown": _l("There is no such field."), "type": _l("Send an object here.")}


class Text(fields.String):
    """A text of at most `longest` characters, without the blanks around it unless it is to be kept; perhaps one of a few."""

    default_error_messages = {**COMMON, "invalid": _l("Send a text here."), "invalid_utf8": _l("Send a text here.")}

    def __init__(
        self, longest: int = LINE, *, shortest: int = 0, strip: bool = True, one_of: Sequence[str] = (), **options: Any
    ) -> None:
        self.strip = strip
        limits = [validate.Length(max=longest, error=_l("At most %(count)s characters.", count=longest))]
        if shortest:
            limits.append(validate.Length(min=shortest, error=_l("Please fill this in.")))
        choices = [validate.OneOf(one_of, error=_l("Choose one of: {choices}."))] if one_of else []
        # what the document says of a text: without control characters, but for tabs and line ends
        options["metadata"] = {"pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$", **options.get("metadata", {})}
        super().__init__(validate=[*limits, *choices], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if TEXT_PATTERN.search(text):
            raise self.make_error("invalid")
        return text.strip() if self.strip else text


class Unit(Text):
    """A unit; none is as good as an empty one."""

    def __init__(self) -> None:
        super().__init__(load_default="", allow_none=True, metadata={"example": "℃"})

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """As marshmallow's, with an empty text for none."""
        return super().deserialize("" if value is None else value, attr, data, **kwargs)


class Mail(Text):
    """An e-mail address, or nothing."""

    default_error_messages = {"mail": _l("This is not an e-mail address.")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return validate_email(text, check_deliverability=False).normalized if text else text
        except EmailNotValidError:
            raise self.make_error("mail") from None


class Website(Text):
    """An address of the web, or nothing."""

    default_error_messages = {"address": _l("This is not a web address.")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not WEB_ADDRESS.fullmatch(text):
            raise self.make_error("address")
        return text


class Whole(fields.Integer):
    """A whole number from `low` to `high`; 3.0 and "3" are none."""

    default_error_messages = {**COMMON, "invalid": _l("Send a whole number here."), "too_large": _l("This number is too large.")}

    def __init__(self, low: int, high: int, **options: Any) -> None:
        span = _l("From %(low)s to %(high)s.", low=low, high=high)
        super().__init__(strict=True, validate=[validate.Range(low, high, error=span)], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class WholeInAddress(Whole):
    """A whole number as an address writes it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
            raise self.make_error("invalid")
        return int(value)


class Truth(fields.Boolean):
    """true or false, nothing that resembles them."""

    default_error_messages = {**COMMON, "invalid": _l("Send true or false here.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy={True}, falsy={False}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class TruthInAddress(Truth):
    """true or false, as an address writes it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        return super()._deserialize({"true": True, "false": False}.get(value, value), attr, data, **kwargs)


class Amount(fields.Float):
    """A number from 0 to 999,999,999 that is no text, and finite."""

    default_error_messages = {
        **COMMON,
        "invalid": _l("Enter a number from 0 to 999,999,999."),
        "too_large": _l("This number is too large."),
    }

    def __init__(self, **options: Any) -> None:
        span = validate.Range(0, 999_999_999, error=_l("Enter a number from 0 to 999,999,999."))
        super().__init__(validate=[span], **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Id(fields.UUID):
    """A record's id."""

    default_error_messages = {**COMMON, "invalid_uuid": _l("This is not an id.")}

    def _validated(self, value: Any) -> uuid.UUID:
        # UUID() takes braces, urn: and missing hyphens; an id has one form
        if not isinstance(value, str) or len(value) != 36:
            raise self.make_error("invalid_uuid")
        found: uuid.UUID = super()._validated(value)
        return found


class Choice(fields.Enum[Any]):
    """One of the values of an enumeration."""

    default_error_messages = {**COMMON, "unknown": _l("Choose one of: {choices}.")}

    def __init__(self, enum: type[StrEnum] | type[Any], **options: Any) -> None:
        super().__init__(enum, by_value=True, **options)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """The error in words: marshmallow fills in the choices only where the message is a plain text already."""
        return ValidationError(str(self.error_messages[key]).format(**kwargs))


class Money(fields.Field[Decimal]):
    """An amount in yuan, exact: a string with at most two decimals."""

    default_error_messages = {**COMMON, "invalid": _l('Send an amount in yuan as a string, such as "1200000.00".')}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", value, re.ASCII):
            raise self.make_error("invalid")
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise self.make_error("invalid") from None
        if amount > LARGEST_AMOUNT:
            raise self.make_error("invalid")
        return amount


class Moment(fields.Field[datetime]):
    """A moment by ISO 8601 with its offset; shown with that of Shanghai."""

    default_error_messages = {**COMMON, "invalid": _l("Send a moment with its offset, such as 2026-11-25T18:00:00+08:00.")}
    FORM = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(SHANGHAI).isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            if not isinstance(value, str) or not self.FORM.fullmatch(value):
                raise ValueError
            moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
            if not FIRST_YEAR <= moment.year < LAST_YEAR:
                raise ValueError
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None
        return moment


class Day(fields.Field[date]):
    """A date by ISO 8601."""

    default_error_messages = {**COMMON, "invalid": _l("Send a date such as 2026-11-25.")}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        try:
            if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                raise ValueError
            day = date.fromisoformat(value)
            if not FIRST_YEAR <= day.year < LAST_YEAR:
                raise ValueError
        except ValueError:
            raise self.make_error("invalid") from None
        return day


class Rows(fields.List[Any]):
    """A list of at most `most` items."""

    default_error_messages = {**COMMON, "invalid": _l("Send a list here.")}

    def __init__(self, item: Any, most: int = 100, **options: Any) -> None:
        limit = validate.Length(max=most, error=_l("At most %(count)s entries.", count=most))
        super().__init__(item, validate=[limit], **options)


class Part(fields.Nested):
    """A record within a record."""

    default_error_messages = {**COMMON, "type": _l("Send an object here.")}


class Codes(fields.Field[tuple[str, ...]]):
    """Several codes in an address, between commas."""

    default_error_messages = {**COMMON, "invalid": _l("Send codes between commas.")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> tuple[str, ...]:
        if not isinstance(value, str) or len(value) > LINE:
            raise ValidationError(self.error_messages["invalid"])
        return tuple(code for code in (part.strip() for part in value.split(",")) if code)


class Coded(Rows):
    """Words of the plan, shown by their codes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(40), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str]:
        return [term.code for term in value]


class File(fields.Field[FileStorage]):
    """A file that is uploaded."""

    default_error_messages = {**COMMON, "invalid": _l("Send a file here.")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> FileStorage:
        if not isinstance(value, FileStorage) or not value.filename:
            raise self.make_error("invalid")
        return value
