"""What forms share: fields for money, local time and rows of a table, and texts without stray white space."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateTimeLocalField, Field, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput, TextInput

from app.clock import SHANGHAI
from app.formats import YUAN_PER_WAN

LINE = 200
TEXT = 20_000
MOST_YUAN = Decimal(10) ** 12


def strip(value: Any) -> Any:
    """Text without white space at its ends and without control characters; anything else as it is."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value.replace("\r\n", "\n") if c in "\n\t" or ord(c) >= 32).strip()


def choices(offered: Mapping[Any, Any] | Iterable[tuple[Any, Any]], *, blank: Any = None) -> list[SelectChoice]:
    """What a select or radio field offers: values with their labels, in order; before them an empty one with the label `blank`."""
    pairs = offered.items() if isinstance(offered, Mapping) else offered
    first = [] if blank is None else [SelectChoice("", blank)]
    return first + [SelectChoice(str(value), label) for value, label in pairs]


class Form(FlaskForm):
    """Base of all forms."""

    conflicts: list[tuple[str, Any, Any]] | None = None

    class Meta:
        """Every text field is stripped."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Bind a field, with `strip` among the filters of text fields."""
            if issubclass(unbound_field.field_class, (StringField, TextAreaField)):
                filters = unbound_field.kwargs.get("filters", ())
                # the field's definition is shared by all forms of the class: it is given the filter once
                if strip not in filters:
                    unbound_field.kwargs["filters"] = [*filters, strip]
            return unbound_field.bind(form=form, **options)


class VersionField(IntegerField):
    """The version that the editor read. Sent empty or not at all it is 0, which no stored record has: nothing is overwritten."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a whole number; whatever is none is 0."""
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class PartForm(Form):
    """A form within a form: a row of a table."""

    class Meta(Form.Meta):
        """The form around it carries the token."""

        csrf = False

    @property
    def is_blank(self) -> bool:
        """Whether no text was typed in the row, and nothing in it is wrong."""
        texts = [field for field in self if isinstance(field, (StringField, TextAreaField)) and not isinstance(field, HiddenField)]
        return not self.errors and not any(field.data for field in texts)


class VersionedForm(Form):
    """A form that edits a record: it carries the version that was read; empty where the same form makes a new one."""

    version = VersionField()


class NewRecordForm(Form):
    """A form that creates a record: it carries the id that the record will have, so that sending it twice creates one."""

    record_id = HiddenField(default=lambda: str(uuid.uuid4()))

    @property
    def new_id(self) -> uuid.UUID:
        """The id of the record to be; a fresh one where the field was tampered with."""
        try:
            return uuid.UUID(self.record_id.data or "")
        except ValueError:
            return uuid.uuid4()


class ReasonForm(Form):
    """A reason, which an action asks for."""

    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=2000)])


class UploadForm(Form):
    """One file. What it may be is checked where it is taken."""

    file = FileField(_l("File"), [FileRequired()])


class ConfirmForm(Form):
    """Nothing but the token against forged requests: a button."""


class WanField(Field):
    """An amount typed in 万元 and kept as yuan (exact decimal, at most two decimals of a yuan)."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return f"{(self.data / YUAN_PER_WAN).normalize():f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the text; an empty one is no amount. Raises ValueError for anything but a plain number of a sane size."""
        text = strip(valuelist[0]).replace(",", "").replace("，", "") if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            yuan = Decimal(text) * YUAN_PER_WAN
        except ArithmeticError:  # no number at all, or one with an exponent beyond all bounds
            raise ValueError(self.gettext("Not a valid decimal value.")) from None
        if not yuan.is_finite() or not 0 <= yuan <= MOST_YUAN or yuan != yuan.quantize(Decimal("0.01")):
            raise ValueError(self.gettext("Not a valid decimal value."))
        self.data = yuan.quantize(Decimal("0.01"))


class LocalDateTimeField(DateTimeLocalField):
    """A moment typed in Shanghai time and kept in UTC."""

    def process_data(self, value: datetime | None) -> None:
        """Take a stored moment into local time."""
        self.data = value.astimezone(SHANGHAI).replace(tzinfo=None) if value is not None and value.tzinfo else value

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the text. Raises ValueError for anything but a moment of years that have a place in UTC, too."""
        super().process_formdata(valuelist)
        if self.data is not None and not 1900 <= self.data.year <= 9998:
            self.data = None
            raise ValueError(self.gettext("Not a valid datetime value."))

    @property
    def moment(self) -> datetime | None:
        """The typed moment in UTC."""
        return None if self.data is None else self.data.replace(tzinfo=SHANGHAI).astimezone(UTC)
