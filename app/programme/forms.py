"""Forms of programmes."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.forms import NewRecordForm, VersionedForm, choices
from app.programme.operations import CODE_LENGTH, Terms
from app.projects.labels import COUNTS_FROM
from app.projects.models import CountsFrom, Programme
from app.scenarios.content import LINE_LENGTH

MOST = 100_000


class ProgrammeForm(VersionedForm, NewRecordForm):
    """What the operator sets of a programme, new or not."""

    code = StringField(_l("Code"), [DataRequired(), Length(max=CODE_LENGTH)])
    name_zh = StringField(_l("Name in Chinese"), [DataRequired(), Length(max=LINE_LENGTH)])
    name_en = StringField(_l("Name in English"), [DataRequired(), Length(max=LINE_LENGTH)])
    target = IntegerField(_l("Target"), [InputRequired(), NumberRange(1, MOST)])
    starts_on = DateField(_l("First day"), [InputRequired()])
    ends_on = DateField(_l("Last day"), [InputRequired()])
    counts_from = SelectField(_l("A project counts"), choices=choices(COUNTS_FROM), coerce=CountsFrom)

    @classmethod
    def of(cls, programme: Programme) -> "ProgrammeForm":
        """The form, filled with what is saved."""
        return cls(formdata=None, obj=programme)

    def terms(self) -> Terms:
        """The fields as the operations take them. The form is valid."""
        return Terms(**{name: self[name].data for name in Terms.__dataclass_fields__})
