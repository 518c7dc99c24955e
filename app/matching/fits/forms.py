"""Saying "not for us"."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.forms import Form, choices
from app.matching.fits.labels import DISMISSAL_REASON
from app.matching.fits.models import DismissalReason
from app.matching.fits.operations import NOTE_LENGTH


class DismissForm(Form):
    """Why a pair is not wanted; "another reason" needs words, which the operation asks for."""

    reason = RadioField(
        _l("Why is it not for you?"),
        [InputRequired()],
        coerce=DismissalReason,
        choices=choices(DISMISSAL_REASON),
    )
    note = TextAreaField(_l("In a few words"), [Length(max=NOTE_LENGTH)], render_kw={"rows": 2})
