"""One's personal data, wherever it lies. A capability above this one adds its part by registering it in its `handlers.py`."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit.queries import done_by, personal_of


@dataclass(frozen=True)
class Leaving:
    """Whose account goes: the person, and every address that was theirs here, by which others may have invited them."""

    user_id: uuid.UUID
    addresses: frozenset[str]


Part = Callable[[Session, uuid.UUID], Any]
Erasure = Callable[[Session, Leaving, datetime], None]

_parts: dict[str, Part] = {}
_erasures: list[Erasure] = []


def exports(name: str) -> Callable[[Part], Part]:
    """Register a function that returns plain JSON values held about a person; they stand under `name` in the download."""

    def register(part: Part) -> Part:
        _parts[name] = part
        return part

    return register


def on_erasure(erasure: Erasure) -> Erasure:
    """Register what happens, in the same transaction, when a person deletes the account.

    It raises `Conflict` with a sentence for the person where the account cannot go yet (the last owner of a firm).
    """
    _erasures.append(erasure)
    return erasure


def exported(session: Session, user_id: uuid.UUID) -> dict[str, Any]:
    """All registered parts about a person."""
    return {name: part(session, user_id) for name, part in _parts.items()}


def erase(session: Session, user_id: uuid.UUID, now: datetime) -> None:
    """Let every capability erase its part. Raises Conflict when one of them refuses."""
    leaving = Leaving(user_id, _addresses(session, user_id))
    for erasure in _erasures:
        erasure(session, leaving, now)


def _addresses(session: Session, user_id: uuid.UUID) -> frozenset[str]:
    """The present address, and those that the person's own entries in the audit log say were changed."""
    entries = [personal_of(entry) for entry in done_by(session, user_id, "accounts.change_email")]
    former = {before for entry in entries if entry for name, before, _after in entry.changes if name == "email"}
    return frozenset(former | {session.get_one(User, user_id).email})
