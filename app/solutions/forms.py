"""The five steps of the answer, the evaluation, and checking a receipt."""

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
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
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.forms import LINE, TEXT, Form, PartForm, VersionedForm, WanField, choices, strip
from app.solutions.labels import COMPLIANCE_STATUS
from app.solutions.models import ComplianceStatus
from app.solutions.operations import Answer, Changes, Score


class StepForm(VersionedForm):
    """One step: it knows which changes it makes."""

    def changes(self) -> Changes:
        """What this step writes."""
        return {}


class ProductsForm(StepForm):
    """Which products the answer uses."""

    products = SelectMultipleField(
        _l("Products used"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def changes(self) -> Changes:
        """The chosen products."""
        return {"products": [uuid.UUID(product_id) for product_id in self.products.data or ()]}


class LineForm(PartForm):
    """The answer to one requirement line."""

    requirement_id = HiddenField()
    status = SelectField(
        _l("Verdict"),
        choices=choices(COMPLIANCE_STATUS, blank=_l("Not answered")),
    )
    value = StringField(_l("Value offered"), [Length(max=LINE)], filters=[strip])
    evidence = StringField(_l("Evidence"), [Length(max=LINE)], filters=[strip])
    follow = BooleanField(_l("Use the product’s value"))


class ComplianceForm(StepForm):
    """The compliance table."""

    compliance = FieldList(FormField(LineForm), _l("Compliance"))

    def changes(self) -> Changes:
        """The answers, and which of them are left to the products; a row that names no line is left out."""
        rows = [row for row in self.compliance.data if _id(row["requirement_id"])]
        following = {uuid.UUID(row["requirement_id"]) for row in rows if row["follow"]}
        return {"compliance": [_answer(row) for row in rows], "follow": following}


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _answer(row: dict[str, Any]) -> Answer:
    status = ComplianceStatus(row["status"]) if row["status"] else None
    return Answer(uuid.UUID(row["requirement_id"]), status, row["value"] or "", row["evidence"] or "")


class ApproachForm(StepForm):
    """The answer in words."""

    summary = TextAreaField(_l("Summary"), [Length(max=TEXT)])
    approach = TextAreaField(_l("Approach"), [Length(max=TEXT)])
    team = TextAreaField(_l("Team"), [Length(max=TEXT)])

    def changes(self) -> Changes:
        """The texts."""
        return {"summary": self.summary.data or "", "approach": self.approach.data or "", "team": self.team.data or ""}


class PriceForm(StepForm):
    """Price, schedule, and the declaration that decides whether a project counts."""

    price = WanField(_l("Price"))
    schedule = TextAreaField(_l("Schedule"), [Length(max=TEXT)])
    local_new = BooleanField(_l("We declare that this is a local new product or technology"))

    def changes(self) -> Changes:
        """Price in yuan, schedule, declaration."""
        return {"price": self.price.data, "schedule": self.schedule.data or "", "local_new": bool(self.local_new.data)}


class ReviewForm(StepForm):
    """The last step: nothing but the version that is submitted."""


STEPS: dict[str, type[StepForm]] = {
    "products": ProductsForm,
    "compliance": ComplianceForm,
    "approach": ApproachForm,
    "price": PriceForm,
    "review": ReviewForm,
}
STEP_LABEL = {
    "products": _l("Choose products"),
    "compliance": _l("Compliance"),
    "approach": _l("Approach and team"),
    "price": _l("Price and schedule"),
    "review": _l("Check and submit"),
}


class ScoreForm(PartForm):
    """Score and comment on one criterion."""

    criterion_id = HiddenField()
    score = IntegerField(_l("Score"), [Optional(), NumberRange(0, 100)])
    comment = TextAreaField(_l("Comment"), [Length(max=TEXT)], filters=[strip])


class EvaluationForm(VersionedForm):
    """One's own evaluation: the conflict first."""

    conflict = RadioField(
        _l("Conflict of interest"),
        [InputRequired()],
        choices=choices({"no": _l("I have no conflict of interest"), "yes": _l("I have a conflict of interest and do not score")}),
    )
    conflict_note = TextAreaField(_l("What the conflict is"), [Length(max=TEXT)])
    scores = FieldList(FormField(ScoreForm), _l("Scores"))

    def rows(self) -> list[Score]:
        """The scores that were given."""
        return [
            Score(criterion_id, row["score"], row["comment"] or "")
            for row in self.scores.data
            if (criterion_id := _id(row["criterion_id"])) and row["score"] is not None
        ]


class ReceiptForm(Form):
    """A hash to be compared with the stored content."""

    class Meta(Form.Meta):
        """Reading only: no token."""

        csrf = False

    sha256 = StringField(_l("SHA-256 to check"), [Length(max=100)])
