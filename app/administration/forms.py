"""Forms of the system administrator."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.labels import ROLE
from app.actor import Role
from app.forms import LINE, NewRecordForm, VersionedForm, choices
from app.locales import LOCALES


def _roles() -> SelectMultipleField:
    return SelectMultipleField(
        _l("Duties"),
        choices=choices(ROLE),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class UserForm(NewRecordForm):
    """A new account; the person chooses the password by a letter."""

    email = EmailField(_l("E-mail"), [DataRequired(), Length(max=254)])
    name = StringField(_l("Full name"), [DataRequired(), Length(max=LINE)])
    locale = SelectField(_l("Language"), choices=choices(LOCALES))
    roles = _roles()

    @property
    def duties(self) -> set[Role]:
        """The duties chosen."""
        return {Role(value) for value in self.roles.data or ()}


class RolesForm(VersionedForm):
    """The duties of an account."""

    roles = _roles()

    @property
    def duties(self) -> set[Role]:
        """The duties chosen."""
        return {Role(value) for value in self.roles.data or ()}
