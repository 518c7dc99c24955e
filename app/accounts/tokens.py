"""Signed tokens for links in mail. What makes one single-use (a stamp that its use changes) is part of its data."""

from datetime import timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    # the purpose is the salt: a token made for one thing is no good for another
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"kaijing.{purpose}")


def make(purpose: str, **data: Any) -> str:
    """A token that carries `data` (plain JSON values), signed for this purpose with the present moment."""
    return str(_serializer(purpose).dumps(data))


def read(purpose: str, token: str, *, max_age: timedelta) -> dict[str, Any] | None:
    """What a token carries; None when it was tampered with, was made for something else, or is older than `max_age`."""
    try:
        data = _serializer(purpose).loads(token, max_age=int(max_age.total_seconds()))
    except BadData:
        return None
    return data if isinstance(data, dict) else None
