"""One's personal data, wherever it lies. A capability above this one adds its part by registering it in its `handlers.py`."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Part = Callable[[Session, uuid.UUID], Any]
Erasure = Callable[[Session, uuid.UUID, datetime], None]

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
    for erasure in _erasures:
        erasure(session, user_id, now)
