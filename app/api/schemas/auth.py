"""Tokens, as they are asked for and shown."""

from app.accounts.models import Scope
from app.api.fields import Choice, Id, Moment, Rows, Schema, Text, Truth, Whole

A_YEAR = 365 * 24 * 3600


class _Wish(Schema):
    scopes = Rows(Choice(Scope), most=4, metadata={"example": ["read", "write"]})
    expires_in = Whole(1, A_YEAR, metadata={"description": "Seconds.", "example": 43200})
    organization = Id(metadata={"description": "The firm to act for; without it, the person's first."})


class Credentials(_Wish):
    """Who one is, and what the token is to be for."""

    email = Text(254, required=True, shortest=1, metadata={"example": "chip@demo.example"})
    password = Text(1000, required=True, shortest=1, strip=False, metadata={"example": "kaijing-demo"})
    otp = Text(10, metadata={"example": "123456"})


class TokenBody(_Wish):
    """A token for a program. `shared`: it belongs to the firm."""

    name = Text(required=True, shortest=1, metadata={"example": "夜间产品同步"})
    shared = Truth(load_default=False)


class TokenSchema(Schema):
    """A token; its secret is shown once, when it is issued."""

    id = Id(required=True)
    name = Text(required=True)
    scopes = Rows(Text(), required=True, metadata={"example": ["read", "write"]})
    organization = Id(attribute="organization_id", allow_none=True, required=True)
    shared = Truth(required=True)
    created_at = Moment(required=True)
    expires_at = Moment(required=True)
    used_at = Moment(allow_none=True, required=True)


class TokenIssued(Schema):
    """A new token with its secret."""

    id = Id(attribute="record.id", required=True)
    token = Text(attribute="secret", required=True, metadata={"example": "mZ3…"})
    expires_at = Moment(attribute="record.expires_at", required=True)
    scopes = Rows(Text(), attribute="record.scopes", required=True, metadata={"example": ["read", "write"]})
