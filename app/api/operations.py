"""Requests that may come twice are carried out once."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken
from app.api.models import IdempotencyKey
from app.database import insert_into
from app.errors import Conflict

MEMORY = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """What was answered: enough to answer it again."""

    status: int
    body: bytes
    etag: str = ""
    location: str = ""


@dataclass(frozen=True)
class Key:
    """A key with whose it is. What one may see depends on the firm acted for, so a key of two firms' tokens is two keys."""

    user_id: uuid.UUID
    acting_as: str
    key: str


def key_of(token: ApiToken, key: str) -> Key:
    """The key of whoever sends this token; what the token was made for, and not what its person belongs to by now."""
    return Key(token.user_id, f"{'firm' if token.shared else 'person'}:{token.organization_id or ''}", key)


def remembered(session: Session, key: Key, digest: str, *, now: datetime) -> Answer | None:
    """What the request under this key was answered; None when it comes for the first time.

    The key is taken by that: a second request under it waits until the first one's transaction has ended. Raises Conflict when
    another request (`digest`) was sent under the key within the last 24 hours.
    """
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == key.user_id, IdempotencyKey.created_at <= now - MEMORY))
    values = {
        "id": uuid.uuid4(), **asdict(key), "request_digest": digest, "created_at": now,
        "status": 0, "etag": "", "location": "", "body": b"",
    }  # fmt: skip
    session.execute(insert_into(session, IdempotencyKey).values(values).on_conflict_do_nothing())
    row = session.scalars(select(IdempotencyKey).where(*_is(key))).one()
    if row.request_digest != digest:
        raise Conflict(_l("This Idempotency-Key was used for another request."))
    return Answer(row.status, row.body, row.etag, row.location) if row.status else None


def remember(session: Session, key: Key, answer: Answer) -> None:
    """Keep the answer in the transaction that carried out the request."""
    session.execute(update(IdempotencyKey).where(*_is(key)).values(asdict(answer)))


def free(session: Session, key: Key) -> None:
    """Let the key be used again: the request under it was refused."""
    session.execute(delete(IdempotencyKey).where(*_is(key)))


def _is(key: Key) -> list[ColumnElement[bool]]:
    return [getattr(IdempotencyKey, name) == value for name, value in asdict(key).items()]


def forget_due(session: Session, *, now: datetime) -> int:
    """Delete keys that are older than a day; returns how many."""
    old = session.scalars(select(IdempotencyKey.id).where(IdempotencyKey.created_at <= now - MEMORY).limit(500)).all()
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(old)))
    return len(old)
