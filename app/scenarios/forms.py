"""Forms of the wizard, of amendments, questions and invitations. Each step of the wizard knows the values that it writes."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.attachments.models import Visibility
from app.forms import Form, LocalDateTimeField, NewRecordForm, PartForm, VersionedForm, WanField, choices
from app.scenarios.content import LINE_LENGTH, MOST_ROWS, NO_FIGURE, TEXT_LENGTH, CriterionRow, RequirementRow, lacks_figure
from app.scenarios.labels import AWARD_KIND, CONFIDENTIALITY, FIELD, OPERATOR, VISIBILITY
from app.scenarios.models import AwardKind, Confidentiality, Operator
from app.scenarios.reading import read_requirements

REASON = TextAreaField(
    _l("Reason"), [DataRequired(), Length(max=2000)], description=_l("Everybody who reads the scenario reads it.")
)


def _text(name: str, rows: int, *validators: Any) -> TextAreaField:
    return TextAreaField(FIELD[name], [*validators, Length(max=TEXT_LENGTH)], render_kw={"rows": rows})


class RowForm(PartForm):
    """A row of a table within a form."""

    id = HiddenField()

    @property
    def row_id(self) -> uuid.UUID | None:
        """The stored line that this row changes; None for a new one."""
        try:
            return uuid.UUID(str(self.id.data))
        except ValueError:
            return None


class RequirementForm(RowForm):
    """A requirement line."""

    name = StringField(_l("Parameter"), [Length(max=LINE_LENGTH)])
    operator = SelectField(_l("Comparison"), choices=choices(OPERATOR))
    value = StringField(_l("Value"), [Length(max=LINE_LENGTH)])
    unit = StringField(_l("Unit"), [Length(max=LINE_LENGTH)])
    must = BooleanField(_l("Must"), default=True)
    weight = IntegerField(_l("Weight"), [Optional(), NumberRange(0, 100)], render_kw={"min": 0, "max": 100})
    test_method = StringField(_l("How it is tested"), [Length(max=LINE_LENGTH)])

    @property
    def row(self) -> RequirementRow:
        """The row as plain values."""
        return RequirementRow(
            name=self.name.data or "",
            operator=Operator(self.operator.data),
            value=self.value.data or "",
            unit=self.unit.data or "",
            must=self.must.data,
            weight=self.weight.data or 0,
            test_method=self.test_method.data or "",
            id=self.row_id,
        )


class OfferedForm(RequirementForm):
    """A requirement line that was read from pasted text, and is kept if it is ticked."""

    take = BooleanField(_l("Take this line"), default=True)


class CriterionForm(RowForm):
    """A criterion."""

    name = StringField(_l("Criterion"), [Length(max=LINE_LENGTH)])
    weight = IntegerField(_l("Weight"), [Optional(), NumberRange(0, 100)], render_kw={"min": 0, "max": 100})

    @property
    def row(self) -> CriterionRow:
        """The row as plain values."""
        return CriterionRow(self.name.data or "", self.weight.data or 0, self.row_id)


def _rows(fields: Any) -> list[Any]:
    """The rows in which something was typed."""
    typed = ("name", "value")
    return [entry.form.row for entry in fields if any(entry.form[name].data for name in typed if name in entry.form)]


def mark_lines_without_figures(lines: Any) -> None:
    """Say at its cell that a requirement's value states nothing that its comparison could compare."""
    for entry in lines:
        if not entry.errors and lacks_figure(entry.form.row):
            entry.form.value.errors = [*entry.form.value.errors, str(NO_FIGURE)]


class StepForm(VersionedForm):
    """A step of the wizard. A draft may be incomplete: validators only keep out what cannot be stored."""

    def values(self, *, valid_only: bool = False) -> dict[str, Any]:
        """What the step writes, by the names of `content`; `valid_only` leaves out fields with errors."""
        skipped = {"csrf_token", "version"} | (set(self.errors) if valid_only else set())
        return {field.name: self._plain(field) for field in self if field.name not in skipped}

    def _plain(self, field: Any) -> Any:
        if isinstance(field, FieldList):
            return _rows(field)
        if isinstance(field, LocalDateTimeField):
            return field.moment
        if isinstance(field, SelectMultipleField):
            return list(field.data or ())
        if isinstance(field, SelectField) and not isinstance(field, RadioField):
            return field.data or None
        return field.data

    def offer(self, terms: Mapping[str, Mapping[str, str]]) -> None:
        """Set the choices that come from the database."""


class BasicsForm(StepForm):
    """Step one: what it is called, where it belongs, who may read it."""

    title = StringField(FIELD["title"], [DataRequired(), Length(max=LINE_LENGTH)])
    public_title = StringField(FIELD["public_title"], [Length(max=LINE_LENGTH)])
    domain_code = SelectField(FIELD["domain_code"])
    area_code = SelectField(FIELD["area_code"])
    tracks = SelectMultipleField(FIELD["tracks"], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    confidentiality = RadioField(
        FIELD["confidentiality"],
        coerce=Confidentiality,
        choices=choices(CONFIDENTIALITY),
    )
    sealed = BooleanField(FIELD["sealed"])

    def offer(self, terms: Mapping[str, Mapping[str, str]]) -> None:
        """Fields, areas and tracks."""
        for name in ("domain_code", "area_code"):
            self[name].choices = choices(terms[name], blank=_l("Please choose"))
        self.tracks.choices = choices(terms["tracks"])


class NeedForm(StepForm):
    """Step two: why, what, and what it is good for."""

    background = _text("background", 5)
    need = _text("need", 8)
    benefit = _text("benefit", 4)


class RequirementsForm(StepForm):
    """Step three: the requirement table, and text from which lines for it are read."""

    requirements = FieldList(FormField(RequirementForm), FIELD["requirements"], max_entries=MOST_ROWS)
    offered = FieldList(FormField(OfferedForm), _l("Lines read from your text"), max_entries=MOST_ROWS)
    pasted = TextAreaField(_l("Requirements as text"), [Length(max=TEXT_LENGTH)], render_kw={"rows": 4})

    def read(self) -> None:
        """Offer what the pasted text states as lines; what states none stays as text."""
        reading = read_requirements((self.pasted.data or "")[:TEXT_LENGTH])
        for row in reading.rows[: MOST_ROWS - len(self.offered)]:
            self.offered.append_entry({**asdict(row), "take": True})
        self.pasted.data = reading.rest

    def values(self, *, valid_only: bool = False) -> dict[str, Any]:
        """The table with the lines that were taken; what is saved in passing (`valid_only`) leaves the choice open."""
        values = super().values(valid_only=valid_only)
        offered, _pasted = values.pop("offered", []), values.pop("pasted", None)
        if not valid_only:
            values["requirements"] += [row for row, entry in zip(offered, self.offered, strict=True) if entry.form.take.data]
        return values


class TermsForm(StepForm):
    """Step four: cooperation, budget, dates and criteria."""

    award_kind = SelectField(FIELD["award_kind"], choices=choices(AWARD_KIND, blank=_l("Please choose")))
    award_places = IntegerField(FIELD["award_places"], [InputRequired(), NumberRange(1, 5)], render_kw={"min": 1, "max": 5})
    budget_min = WanField(FIELD["budget_min"])
    budget_max = WanField(FIELD["budget_max"])
    ip_terms = StringField(FIELD["ip_terms"], [Length(max=LINE_LENGTH)])
    questions_close_at = LocalDateTimeField(FIELD["questions_close_at"], [Optional()])
    closes_at = LocalDateTimeField(FIELD["closes_at"], [Optional()])
    delivery_by = DateField(FIELD["delivery_by"], [Optional()])
    criteria = FieldList(FormField(CriterionForm), FIELD["criteria"], max_entries=MOST_ROWS)

    def values(self, *, valid_only: bool = False) -> dict[str, Any]:
        """What the step writes."""
        values = super().values(valid_only=valid_only)
        if values.get("award_kind"):
            values["award_kind"] = AwardKind(values["award_kind"])
        return values


STEPS: dict[str, type[StepForm]] = {"basics": BasicsForm, "need": NeedForm, "requirements": RequirementsForm, "terms": TermsForm}
STEP_LABEL = {
    "basics": _l("Basics"),
    "need": _l("Need and benefit"),
    "requirements": _l("Requirements"),
    "terms": _l("Criteria and cooperation"),
    "check": _l("Files and check"),
}


class NewForm(NewRecordForm):
    """A new scenario: a title, and for whom."""

    organization_id = SelectField(_l("Firm"))
    title = StringField(FIELD["title"], [DataRequired(), Length(max=LINE_LENGTH)])


class FileForm(Form):
    """A file of a draft."""

    file = FileField(_l("File"), [FileRequired()])
    visibility = RadioField(
        _l("Who may open it"),
        coerce=Visibility,
        default=Visibility.RESTRICTED,
        choices=choices(VISIBILITY),
    )


class ClarifyForm(VersionedForm):
    """A clearer wording of an open scenario."""

    background = _text("background", 5)
    need = _text("need", 8, DataRequired())
    benefit = _text("benefit", 4)
    reason = REASON


class ExtendForm(VersionedForm):
    """Later dates of an open scenario."""

    closes_at = LocalDateTimeField(FIELD["closes_at"], [InputRequired()])
    questions_close_at = LocalDateTimeField(FIELD["questions_close_at"], [InputRequired()])
    delivery_by = DateField(FIELD["delivery_by"], [InputRequired()])
    reason = REASON


class AmendRequirementsForm(VersionedForm):
    """Changed requirement lines of an open scenario."""

    requirements = FieldList(FormField(RequirementForm), FIELD["requirements"], max_entries=MOST_ROWS)
    reason = REASON

    @property
    def rows(self) -> list[RequirementRow]:
        """The rows in which something stands."""
        return _rows(self.requirements)


class QuestionForm(NewRecordForm):
    """A question."""

    text = TextAreaField(_l("Your question"), [DataRequired(), Length(max=2000)], render_kw={"rows": 4})


class AnswerForm(Form):
    """An answer."""

    text = TextAreaField(_l("Your answer"), [DataRequired(), Length(max=2000)], render_kw={"rows": 4})


class InviteFirmForm(Form):
    """A firm to be invited, found by its name."""

    organization_id = SelectField(_l("Firm"), [DataRequired()])
    message = TextAreaField(_l("Message"), [Length(max=2000)], render_kw={"rows": 3})


class InviteEvaluatorForm(Form):
    """A person to be invited to evaluate."""

    email = StringField(_l("E-mail address"), [DataRequired(), Length(max=254), Email()])
    # both forms stand on one page, and a label finds its field by the id
    message = TextAreaField(_l("Message"), [Length(max=2000)], id="evaluator-message", render_kw={"rows": 3})
