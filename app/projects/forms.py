"""Forms around a project."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.errors import REASON_LENGTH
from app.forms import Form, NewRecordForm, VersionedForm, choices
from app.projects.models import Milestone, Project
from app.scenarios.content import LINE_LENGTH, TEXT_LENGTH


class ContractForm(VersionedForm):
    """What the two firms note of their contract."""

    contract_number = StringField(_l("Contract number"), [Length(max=LINE_LENGTH)])
    contract_note = TextAreaField(_l("Note"), [Length(max=REASON_LENGTH)])

    @classmethod
    def of(cls, project: Project) -> "ContractForm":
        """The form, filled with what is saved."""
        return cls(formdata=None, obj=project)


class MilestoneForm(NewRecordForm):
    """A new milestone."""

    name = StringField(_l("Milestone"), [DataRequired(), Length(max=LINE_LENGTH)])
    due_on = DateField(_l("Due on"), [InputRequired()])


class EditMilestoneForm(VersionedForm):
    """The plan of a milestone."""

    name = StringField(_l("Milestone"), [DataRequired(), Length(max=LINE_LENGTH)])
    due_on = DateField(_l("Due on"), [InputRequired()])

    @classmethod
    def of(cls, milestone: Milestone) -> "EditMilestoneForm":
        """The form, filled with what is saved."""
        return cls(formdata=None, obj=milestone)


class EvidenceForm(Form):
    """The evidence that a milestone was reached."""

    evidence = TextAreaField(_l("Evidence"), [DataRequired(), Length(max=TEXT_LENGTH)])
    file = FileField(_l("File"))


class AcceptanceForm(Form):
    """An approver's acceptance of a project."""

    local_new = RadioField(
        _l("Local new product or technology, confirmed"), [InputRequired()], choices=choices({"yes": _l("Yes"), "no": _l("No")})
    )
