"""Promising side effects, and carrying them out: at least once, with back-off, by any number of workers side by side."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.audit.chain import canonical
from app.database import insert_into
from app.outbox.models import OutboxEvent
from app.outbox.registry import Event, JointDelivery, delivery_of, handlers_of, joint_deliveries

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
BATCH = 20
JOINT_BATCH = 500


def emit(session: Session, kind: str, key: str, *, now: datetime, at: datetime | None = None, **payload: Any) -> None:
    """Promise an event in this transaction. `key` makes it unique within its kind: promising it again changes nothing.

    `at` is the earliest moment at which it is carried out (now, if left out). Payload values are ids, moments and plain values.
    """
    values = {
        "kind": kind,
        "key": f"{kind}:{key}",
        "payload": _plain(payload),
        "created_at": now,
        "available_at": at or now,
        "attempts": 0,
    }
    session.execute(insert_into(session, OutboxEvent).values(values).on_conflict_do_nothing(index_elements=["key"]))


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(canonical(payload))
    return plain


def lease_batch(session: Session, *, now: datetime, limit: int = BATCH, kind: str | None = None) -> list[int]:
    """Take up to `limit` due events for this worker, oldest first, and commit. Other workers skip what is locked or leased.

    With `kind` events of that kind alone; without, whatever is not carried out together.
    """
    due = (
        select(OutboxEvent.id)
        .where(
            OutboxEvent.kind == kind if kind is not None else OutboxEvent.kind.not_in(joint_deliveries()),
            OutboxEvent.done_at.is_(None),
            OutboxEvent.available_at <= now,
            or_(OutboxEvent.leased_until.is_(None), OutboxEvent.leased_until <= now),
        )
        .order_by(OutboxEvent.available_at, OutboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    if ids:
        session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(ids)).values(leased_until=now + LEASE))
    session.commit()
    return ids


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s, doubled each time, an hour at the most."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def carry_out(session: Session, event_id: int, *, clock: Callable[[], datetime]) -> bool:
    """Carry out one leased event and mark it done; on failure note the error and when to try again. Returns whether it is done."""
    row = session.get(OutboxEvent, event_id)
    if row is None or row.done_at is not None:
        session.rollback()
        return True
    event = _event(row)
    try:
        delivery = delivery_of(event.kind)
        if delivery is not None:
            session.rollback()  # hold no lock while a mail server takes its time
            delivery(event)
        if not _claim(session, [event_id], clock()):
            session.rollback()
            return True
        for handler in handlers_of(event.kind):
            handler(session, event, clock())
        session.commit()
        return True
    except Exception as failure:
        session.rollback()
        log.exception("outbox event %s failed", event.key)
        _postpone(session, [event_id], failure, clock())
        return False


def carry_out_together(session: Session, ids: list[int], delivery: JointDelivery, *, clock: Callable[[], datetime]) -> int:
    """Carry out leased events of one kind by one delivery, and mark them done; returns how many. A failure is that of all."""
    rows = session.scalars(
        select(OutboxEvent).where(OutboxEvent.id.in_(ids), OutboxEvent.done_at.is_(None)).order_by(OutboxEvent.id)
    )
    events = [_event(row) for row in rows]
    session.rollback()
    if not events:
        return 0
    try:
        delivery(events)
        done = _claim(session, ids, clock())
        session.commit()
        return done
    except Exception as failure:
        session.rollback()
        log.exception("%s outbox events failed together, the last of them %s", len(events), events[-1].key)
        _postpone(session, ids, failure, clock())
        return 0


def _event(row: OutboxEvent) -> Event:
    return Event(row.key, row.kind, dict(row.payload), row.created_at)


def _claim(session: Session, ids: list[int], now: datetime) -> int:
    """Mark events done within the open transaction; how many another worker had not done in the meantime."""
    statement = update(OutboxEvent).where(OutboxEvent.id.in_(ids), OutboxEvent.done_at.is_(None))
    statement = statement.values(done_at=now, leased_until=None, error=None)
    return len(session.scalars(statement.returning(OutboxEvent.id)).all())


def empty(session: Session, event: Event) -> None:
    """Take out of an event what it carries, within the handler that has done it: only its key stays."""
    session.execute(update(OutboxEvent).where(OutboxEvent.key == event.key).values(payload={}))


def _postpone(session: Session, ids: list[int], failure: Exception, now: datetime) -> None:
    rows = session.scalars(select(OutboxEvent).where(OutboxEvent.id.in_(ids), OutboxEvent.done_at.is_(None)))
    for row in rows:
        row.attempts += 1
        row.error = f"{type(failure).__name__}: {failure}"[:2000]
        row.available_at = now + retry_delay(row.attempts)
        row.leased_until = None
    session.commit()


def release(session: Session, ids: list[int]) -> None:
    """Give leased events back, so that another worker need not wait until the lease runs out."""
    session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(ids), OutboxEvent.done_at.is_(None)).values(leased_until=None))
    session.commit()


def drain(
    session: Session,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Carry out what is due until nothing is left, and return how many events were done. Failed ones wait for their retry.

    `stopping` is asked after each event: once it says yes, the events not begun are given back.
    """
    done, leased = 0, True
    while leased and not stopping():
        leased = False
        for kind, delivery in joint_deliveries().items():
            if ids := lease_batch(session, now=clock(), limit=JOINT_BATCH, kind=kind):
                leased = True
                done += carry_out_together(session, ids, delivery, clock=clock)
                if progress is not None:
                    progress(done)
        ids = lease_batch(session, now=clock())
        leased = leased or bool(ids)
        for position, event_id in enumerate(ids, 1):
            done += carry_out(session, event_id, clock=clock)
            if progress is not None:
                progress(done)
            if stopping():
                release(session, ids[position:])
                break
    return done
