"""Mail that carries a signed link, also to people without an account: confirm an address, reset a password, join a firm.

The token is made when the mail is sent, so that none lies in the database.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Text
from app.outbox.operations import emit

WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class LetterText:
    """What a letter says; `%(name)s` places are filled from its params, as a notification's are."""

    title: Text
    body: Text


_letters: dict[str, LetterText] = {}


def declare_letter(code: str, *, title: Text, body: Text) -> None:
    """Make a letter known. Capabilities do so in their `handlers.py`."""
    _letters[code] = LetterText(title, body)


def letter_of(code: str) -> LetterText:
    """The letter with this code. Raises KeyError when nobody has declared it."""
    return _letters[code]


def key_within_window(user_id: uuid.UUID, now: datetime) -> str:
    """The key of a letter that anybody can ask for: the same for ten minutes, so that nobody fills another's mailbox."""
    return f"{user_id}:{now.timestamp() // WINDOW.total_seconds():.0f}"


def send_letter(
    session: Session,
    code: str,
    *,
    to: uuid.UUID | str,
    key: str,
    endpoint: str,
    now: datetime,
    locale: str = "zh_CN",
    params: Mapping[str, Any] | None = None,
    purpose: str | None = None,
    **data: Any,
) -> None:
    """Promise a letter to a person (by id, then in their language) or to an e-mail address (then in `locale`).

    It links to `endpoint`; with `purpose` the address ends in `token`, which `tokens.read(purpose, …)` turns into `data` again.
    `key` makes the letter unique within its code.
    """
    payload: dict[str, Any] = {"code": code, "endpoint": endpoint, "params": dict(params or {}), "purpose": purpose, "data": data}
    receiver: dict[str, Any] = {"user_id": to} if isinstance(to, uuid.UUID) else {"to": to, "locale": locale}
    emit(session, "mail.letter", f"{code}:{key}", now=now, **payload, **receiver)
