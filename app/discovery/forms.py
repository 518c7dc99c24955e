"""Keeping a search."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from app.forms import LINE, Form


class SavedSearchForm(Form):
    """What a kept search is called, and whether its owner is told of new records."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=LINE)])
    alerts = BooleanField(_l("Tell me when something new is found"), default=True)
