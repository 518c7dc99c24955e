"""Forms around a match."""

import uuid

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.errors import REASON_LENGTH
from app.forms import Form, NewRecordForm, choices

YES_NO = choices({"yes": _l("Yes"), "no": _l("No")})


class ConfirmMatchForm(Form):
    """A firm's yes; the chip firm of a direct match declares with it, which the operation asks for."""

    local_new = RadioField(_l("Local new product or technology"), choices=YES_NO, validate_choice=False)

    @property
    def declaration(self) -> bool | None:
        """What was declared, if anything."""
        return {"yes": True, "no": False}.get(self.local_new.data)


class ReviewForm(Form):
    """The reviewer's verdict."""

    local_new = RadioField(_l("Local new product or technology, verified"), [InputRequired()], choices=YES_NO)
    comment = TextAreaField(_l("Comment"), [Length(max=REASON_LENGTH)])


class ObjectionForm(NewRecordForm):
    """An objection."""

    text = TextAreaField(_l("Your objection"), [DataRequired(), Length(max=REASON_LENGTH)])


class DecisionForm(Form):
    """The decision of an objection."""

    upheld = RadioField(
        _l("Decision"),
        [InputRequired()],
        choices=choices({"no": _l("Dismissed: the notice goes on"), "yes": _l("Upheld: the match ends")}),
    )
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=REASON_LENGTH)])


class ProposalForm(NewRecordForm):
    """The product that a reviewer brings to a scenario."""

    q = StringField(_l("Product"))
    product_id = HiddenField()

    @property
    def product(self) -> uuid.UUID | None:
        """The id of the chosen product, if it is one."""
        try:
            return uuid.UUID(self.product_id.data or "")
        except ValueError:
            return None
