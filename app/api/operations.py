"""Requests that may come twice are carried out once."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

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


def remembered(session: Session, user_id: uuid.UUID, key: str, digest: str, *, now: datetime) -> Answer | None:
    """What this person's request under this key was answered; None when it comes for the first time.

    The key is taken by that: a second request under it waits until the first one's transaction has ended. Raises Conflict when
    another request (`digest`) was sent under the key within the last 24 hours.
    """
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.created_at <= now - MEMORY))
    values = {
        "id": uuid.uuid4(), "user_id": user_id, "key": key, "request_digest": digest, "created_at": now,
        "status": 0, "etag": "", "location": "", "body": b"",
    }  # fmt: skip
    session.execute(insert_into(session, IdempotencyKey).values(values).on_conflict_do_nothing())
    row = session.scalars(_row(user_id, key)).one()
    if row.request_digest != digest:
        raise Conflict(_l("This Idempotency-Key was used for another request."))
    return Answer(row.status, row.body, row.etag, row.location) if row.status else None


def remember(session: Session, user_id: uuid.UUID, key: str, answer: Answer) -> None:
    """Keep the answer in the transaction that carried out the request."""
    row = session.scalars(_row(user_id, key)).one()
    row.status, row.body, row.etag, row.location = answer.status, answer.body, answer.etag, answer.location


def _row(user_id: uuid.UUID, key: str) -> Select[IdempotencyKey]:
    return select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)


def forget_due(session: Session, *, now: datetime) -> int:
    """Delete keys that are older than a day; returns how many."""
    old = session.scalars(select(IdempotencyKey.id).where(IdempotencyKey.created_at <= now - MEMORY).limit(500)).all()
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(old)))
    return len(old)
