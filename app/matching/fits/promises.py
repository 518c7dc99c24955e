"""Promising that the match table follows the records, in the transaction that changes them."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.matching.fits.models import MarketSide
from app.outbox.operations import emit

FITS_CHANGED = "fits.changed"
RECORDS_PER_EVENT = 200


def promise_matching(session: Session, records: Mapping[MarketSide, Iterable[uuid.UUID]], *, key: str, now: datetime) -> None:
    """Promise that these records will be matched as they are by then. `key` names the change that asks for it."""
    for side, found in records.items():
        ids = [str(identity) for identity in found]
        for start in range(0, len(ids), RECORDS_PER_EVENT):
            part = ids[start : start + RECORDS_PER_EVENT]
            emit(session, FITS_CHANGED, f"{key}:{side}:{start}", now=now, side=side.value, ids=part)
