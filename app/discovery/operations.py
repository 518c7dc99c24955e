"""Promising that the index follows the records, in the transaction that changes them."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.matching.fits.models import MarketSide
from app.matching.fits.promises import promise_matching
from app.outbox.operations import emit

INDEX_CHANGED = "index.changed"
RECORDS_PER_EVENT = 200


def promise_indexing(
    session: Session, records: Mapping[str, Iterable[uuid.UUID]], *, key: str, now: datetime, matched: bool = True
) -> None:
    """Promise that the index will hold these records (ids by kind) as they are by then: changed, new, or gone from the database.

    Scenarios and products among them are also matched anew, unless `matched` says that no match can depend on the change. `key`
    names the change that asks for it.
    """
    records = {kind: list(found) for kind, found in records.items()}
    if matched:
        promise_matching(session, {side: records[side] for side in MarketSide if side in records}, key=key, now=now)
    for kind, found in records.items():
        ids = [str(record_id) for record_id in found]
        for start in range(0, len(ids), RECORDS_PER_EVENT):
            part = ids[start : start + RECORDS_PER_EVENT]
            emit(session, INDEX_CHANGED, f"{key}:{kind}:{start}", now=now, record_kind=kind, ids=part)
