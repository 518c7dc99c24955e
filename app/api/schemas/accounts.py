"""Accounts, as they are sent and shown: one's own, and to the system administrator everybody's."""

from typing import Any

from marshmallow import fields

from app.accounts.forms import CODE, EMAIL, NAME
from app.accounts.passwords import MOST
from app.actor import Role
from app.api.fields import Choice, Id, Moment, Rows, Schema, Text, Truth
from app.api.frame import ListQuery
from app.locales import LOCALES


def _locale(**options: Any) -> Text:
    return Text(10, one_of=list(LOCALES), metadata={"example": "zh_CN"}, **options)


def _secret() -> Text:
    return Text(MOST, required=True, shortest=1, strip=False, metadata={"example": "kaijing-demo"})


def _email() -> Text:
    return Text(EMAIL, required=True, shortest=1, metadata={"example": "chip@demo.example"})


def _token() -> Text:
    return Text(2000, required=True, shortest=1, metadata={"description": "The last part of the link in the letter."})


class EmailBody(Schema):
    """An address."""

    email = _email()


class PasswordBody(Schema):
    """One's password, asked for again."""

    password = _secret()


class SignUpBody(EmailBody, PasswordBody):
    """A new account; `consent` to the privacy notice."""

    name = Text(NAME, required=True, shortest=1, metadata={"example": "王强"})
    consent = Truth(required=True)
    locale = _locale(load_default="zh_CN")


class LinkAndPassword(PasswordBody):
    """What came by letter, and a password."""

    token = _token()


class LinkBody(Schema):
    """What came by letter."""

    token = _token()


class EmailChange(EmailBody, PasswordBody):
    """Another address, and one's password."""


class PasswordChange(PasswordBody):
    """A new password in place of the present one."""

    current = _secret()


class CodeBody(Schema):
    """A code of the second factor."""

    code = Text(CODE, required=True, shortest=1, metadata={"example": "123456"})


class ProfilePatch(Schema):
    """What a person says of themselves."""

    name = Text(NAME, shortest=1, metadata={"example": "王强"})
    locale = _locale()


class UserBody(EmailBody):
    """An account that the system administrator makes; the person gets a letter to choose a password."""

    name = Text(NAME, load_default="", metadata={"example": "王强"})
    roles = Rows(Choice(Role), load_default=list, metadata={"example": ["reviewer"]})
    locale = _locale(load_default="zh_CN")


class RolesPatch(Schema):
    """Exactly these duties."""

    roles = Rows(Choice(Role), required=True, metadata={"example": ["reviewer"]})


class UserSchema(Schema):
    """An account: `active`, or `disabled`."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "active"})
    email = Text(EMAIL, required=True)
    name = Text(NAME, required=True)
    locale = Text(10, required=True)
    roles = Rows(Choice(Role), required=True, metadata={"example": ["reviewer"]})
    second_factor = Truth(attribute="has_second_factor", required=True)
    created_at = Moment(required=True)


class AccountSchema(UserSchema):
    """One's own account."""

    organizations = Rows(Id(), required=True, metadata={"description": "The firms that one belongs to."})
    organization_id = Id(allow_none=True, required=True, metadata={"description": "The firm that the token acts for."})
    consented_at = Moment(allow_none=True, required=True)


class UserQuery(ListQuery):
    """Words in name and address, and a duty."""

    q = Text(load_default="", metadata={"example": "王"})
    role = Choice(Role)


class SessionSchema(Schema):
    """A signed-in browser: `active` until it is `revoked`."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "active"})
    created_at = Moment(required=True)
    seen_at = Moment(required=True)
    address = Text(64, required=True, metadata={"example": "192.0.2.1"})
    agent = Text(required=True)


class EnrolmentSchema(Schema):
    """A new secret for an authenticator app, and the address by which the app reads it; a first code puts it into use."""

    secret = Text(64, required=True)
    address = Text(1000, required=True, metadata={"example": "otpauth://totp/…"})


class PersonalData(Schema):
    """Everything that is kept about a person, by where it lies."""

    data = fields.Dict(keys=fields.String(), required=True, metadata={"example": {"account": {}}})
