"""Promising side effects, and carrying them out: at least once, with back-off, by any number of workers side by side."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.audit.chain import canonical
from app.database import insert_into
from app.outbox.models import OutboxEvent
from app.outbox.registry import Event, JointDelivery, delivery_of, handlers_of, joint_deliveries

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
# longer than a mail server can take that answers each command of a letter only just in time
LEASE_TO_DELIVER = timedelta(minutes=10)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
BATCH = 20
JOINT_BATCH = 500
# longer than anything that is promised once stays possible: afterwards a key is new again
KEPT_WHEN_DONE = timedelta(days=30)
FORGOTTEN_AT_ONCE = 1000


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


@dataclass(frozen=True)
class Lease:
    """Events (by id) that one worker holds until a moment. Whoever takes over an event later holds it until a later moment."""

    ids: list[int]
    until: datetime


def lease_batch(session: Session, *, now: datetime, limit: int = BATCH, kind: str | None = None) -> Lease:
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
    lease = Lease(list(session.scalars(due)), now + LEASE)
    if lease.ids:
        session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(lease.ids)).values(leased_until=lease.until))
    session.commit()
    return lease


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    """What of a lease is still this worker's: neither done nor taken over by another one."""
    return (OutboxEvent.id.in_(lease.ids), OutboxEvent.done_at.is_(None), OutboxEvent.leased_until == lease.until)


def _renewed(session: Session, lease: Lease, now: datetime) -> Lease | None:
    """The lease of one event, from now on for as long as a delivery may take; None where another worker has taken over."""
    longer = Lease(lease.ids, now + LEASE_TO_DELIVER)
    statement = update(OutboxEvent).where(*_held(lease)).values(leased_until=longer.until)
    renewed = session.scalars(statement.returning(OutboxEvent.id)).all()
    session.commit()
    return longer if renewed else None


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 5 s, doubled each time, an hour at the most."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def carry_out(session: Session, event_id: int, *, until: datetime, clock: Callable[[], datetime]) -> bool:
    """Carry out one event, leased until then, and mark it done; on failure note the error and when to try again.

    What reaches outside is left to another worker where that one has taken over. Returns whether the event is done.
    """
    row = session.get(OutboxEvent, event_id)
    if row is None or row.done_at is not None:
        session.rollback()
        return True
    event, lease, delivery = _event(row), Lease([event_id], until), delivery_of(row.kind)
    if delivery is not None:  # no lock is held while a mail server takes its time, so the lease must last
        renewed = _renewed(session, lease, clock())
        if renewed is None:
            return False
        lease = renewed
    try:
        if delivery is not None:
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
        _postpone(session, lease, failure, clock())
        return False


def carry_out_together(session: Session, lease: Lease, delivery: JointDelivery, *, clock: Callable[[], datetime]) -> int:
    """Carry out leased events of one kind by one delivery, and mark them done; returns how many. A failure is that of all."""
    rows = session.scalars(select(OutboxEvent).where(*_held(lease)).order_by(OutboxEvent.id))
    events = [_event(row) for row in rows]
    session.rollback()
    if not events:
        return 0
    try:
        delivery(events)
        done = _claim(session, lease.ids, clock())
        session.commit()
        return done
    except Exception as failure:
        session.rollback()
        log.exception("%s outbox events failed together, the last of them %s", len(events), events[-1].key)
        _postpone(session, lease, failure, clock())
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


def forget_done(session: Session, *, now: datetime) -> int:
    """Delete events that were carried out thirty days ago; one batch. Returns how many. What is not carried out stays for good."""
    old = select(OutboxEvent.id).where(OutboxEvent.done_at <= now - KEPT_WHEN_DONE).limit(FORGOTTEN_AT_ONCE)
    return len(session.scalars(delete(OutboxEvent).where(OutboxEvent.id.in_(old)).returning(OutboxEvent.id)).all())


def _postpone(session: Session, lease: Lease, failure: Exception, now: datetime) -> None:
    for row in session.scalars(select(OutboxEvent).where(*_held(lease)).with_for_update()):
        row.attempts += 1
        row.error = f"{type(failure).__name__}: {failure}"[:2000]
        row.available_at = now + retry_delay(row.attempts)
        row.leased_until = None
    session.commit()


def release(session: Session, lease: Lease) -> None:
    """Give leased events back, so that another worker need not wait until the lease runs out."""
    session.execute(update(OutboxEvent).where(*_held(lease)).values(leased_until=None))
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
            together = lease_batch(session, now=clock(), limit=JOINT_BATCH, kind=kind)
            if together.ids:
                leased = True
                done += carry_out_together(session, together, delivery, clock=clock)
                if progress is not None:
                    progress(done)
        lease = lease_batch(session, now=clock())
        leased = leased or bool(lease.ids)
        for position, event_id in enumerate(lease.ids, 1):
            done += carry_out(session, event_id, until=lease.until, clock=clock)
            if progress is not None:
                progress(done)
            if stopping():
                release(session, Lease(lease.ids[position:], lease.until))
                break
    return done
