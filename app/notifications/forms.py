"""The form of the mail preferences."""

from typing import Any

from wtforms import RadioField

from app.forms import Form, choices
from app.notifications.kinds import all_kinds
from app.notifications.labels import MAIL_PREFERENCE
from app.notifications.models import MailPreference


def field_name(code: str) -> str:
    """The name of a kind's field: attributes of a form have no dots."""
    return code.replace(".", "_")


def preferences_form(chosen: dict[str, MailPreference]) -> Form:
    """A form with one choice per kind that has been declared, filled with what holds now."""
    fields: dict[str, Any] = {
        field_name(kind.code): RadioField(
            kind.label, choices=choices(MAIL_PREFERENCE), default=chosen.get(kind.code, kind.mail).value
        )
        for kind in all_kinds()
    }
    form: Form = type("PreferencesForm", (Form,), fields)()
    return form
