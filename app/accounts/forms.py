"""Forms of sign-in and of one's account."""

import uuid
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from wtforms import BooleanField, EmailField, Field, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget, PasswordInput

from app.accounts.labels import SCOPE
from app.accounts.models import Scope
from app.accounts.operations.api_tokens import LONGEST_NAME
from app.accounts.passwords import MOST
from app.accounts.policy import scopes_of
from app.actor import Actor
from app.forms import Form, VersionedForm, choices
from app.locales import LOCALES, is_chinese

NAME, EMAIL, CODE = 80, 254, 12
# for how many days a token may be made
LIVES = (1, 7, 30, 90, 365)
SEVERAL = 2


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

    def claims(self) -> dict[str, Any]:
        """What `check_sign_up` looks at."""
        return {"email": self.email.data or "", "password": self.password.data or "", "consented": bool(self.consent.data)}


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
    locale = SelectField(_l("Language of pages and mail"), choices=choices(LOCALES))


class TokenForm(Form):
    """A token for a program."""

    name = StringField(_l("What is it for?"), [InputRequired(), Length(max=LONGEST_NAME)])
    # that one is needed the operation says: a browser would ask for each of them
    scopes = SelectMultipleField(_l("What may it do?"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    organization = SelectField(_l("For which firm does it act?"))
    days = SelectField(
        _l("How long is it valid?"),
        choices=choices((n, lazy_ngettext("%(num)s day", "%(num)s days", n)) for n in LIVES),
        default="90",
    )

    def offer(self, actor: Actor, *, shared: bool = False) -> None:
        """Offer what the person's duties allow and, where there are several, the person's firms. A firm's token has no choice."""
        allowed = scopes_of(actor, shared=shared)
        self.scopes.choices = choices((scope, label) for scope, label in SCOPE.items() if scope in allowed)
        if self.scopes.data is None:
            self.scopes.data = [Scope.READ.value]
        firms = () if shared else actor.affiliations.items()
        self.organization.choices = choices((firm, firm_of.name_zh if is_chinese() else firm_of.name_en) for firm, firm_of in firms)
        if len(self.organization.choices) < SEVERAL:
            del self.organization

    def another(self, actor: Actor, *, shared: bool = False) -> "TokenForm":
        """An empty form for the next token."""
        form = TokenForm(formdata=None)
        form.offer(actor, shared=shared)
        return form

    def wish(self) -> dict[str, Any]:
        """What `issue_token` is asked for."""
        chosen = "organization" in self and self.organization.data
        return {
            "name": self.name.data or "",
            "scopes": [Scope(scope) for scope in self.scopes.data or ()],
            "life": timedelta(days=int(self.days.data)),
            "organization_id": uuid.UUID(chosen) if chosen else None,
        }
