"""Forms of sign-in and of one's account."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, SelectField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import PasswordInput

from app.accounts.passwords import MOST
from app.forms import Form, VersionedForm
from app.locales import LOCALES

NAME, EMAIL, CODE = 80, 254, 12


class SecretField(Field):
    """A password: never sent back to the page, and taken as it was typed, white space included."""

    widget = PasswordInput()


def _secret(label: Any, autocomplete: str) -> SecretField:
    return SecretField(label, [InputRequired(), Length(max=MOST)], render_kw={"autocomplete": autocomplete})


def _email(label: Any, autocomplete: str = "username") -> EmailField:
    return EmailField(label, [InputRequired(), Length(max=EMAIL)], render_kw={"autocomplete": autocomplete})


def _code() -> StringField:
    keyboard = {"autocomplete": "one-time-code", "inputmode": "numeric"}
    return StringField(_l("Six-digit code"), [InputRequired(), Length(max=CODE)], render_kw=keyboard)


class SignInForm(Form):
    """Address and password."""

    email = _email(_l("E-mail"))
    password = _secret(_l("Password"), "current-password")


class CodeForm(Form):
    """A code of the second factor."""

    code = _code()


class SignUpForm(Form):
    """A new account."""

    email = _email(_l("E-mail"))
    name = StringField(_l("Your name"), [InputRequired(), Length(max=NAME)], render_kw={"autocomplete": "name"})
    password = _secret(_l("Password"), "new-password")
    consent = BooleanField(_l("I have read the privacy notice and agree"))


class PasswordForm(Form):
    """One's password, asked for again."""

    password = _secret(_l("Password"), "current-password")


class EmailForm(Form):
    """An address."""

    email = _email(_l("E-mail"))


class NewPasswordForm(Form):
    """A new password, set with a link."""

    password = _secret(_l("New password"), "new-password")


class ChangePasswordForm(Form):
    """A new password in place of the present one."""

    current = _secret(_l("Present password"), "current-password")
    password = _secret(_l("New password"), "new-password")


class ChangeEmailForm(Form):
    """A new address; the password shows that it is the owner who asks."""

    email = _email(_l("New e-mail address"), "email")
    password = _secret(_l("Password"), "current-password")


class ProfileForm(VersionedForm):
    """Name and language."""

    name = StringField(_l("Your name"), [InputRequired(), Length(max=NAME)], render_kw={"autocomplete": "name"})
    locale = SelectField(_l("Language of pages and mail"), choices=list(LOCALES.items()))
