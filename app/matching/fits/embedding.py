"""Embeddings: computed once for each text, in the background, and kept with the encoder's name."""

import uuid
from datetime import datetime
from typing import cast

import numpy as np
from flask import current_app
from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session

from app.database import insert_into
from app.extensions import db
from app.matching.fits.constants import WORDS_ALONE
from app.matching.fits.items import Text, texts_of
from app.matching.fits.models import Generation, MarketRecord, MarketSide, RecordEmbedding
from app.matching.fits.promises import promise_matching
from search_index.encoders import Careful, open_carefully
from search_index.encoders import Side as EncodedSide
from search_index.similarity_space import Embedding, embed

BATCH = 8  # some two seconds of the embedded encoder's time
SIDES: dict[MarketSide, EncodedSide] = {MarketSide.SCENARIO: "query", MarketSide.PRODUCT: "passage"}


def encoder() -> Careful:
    """The configured encoder, opened at its first use in this process."""
    setting = current_app.config["ENCODER"]
    opened = current_app.extensions.setdefault("encoders", {})
    if setting not in opened:
        opened[setting] = open_carefully(setting, current_app.config["ENCODER_KEY"])
    return cast(Careful, opened[setting])


def missing(session: Session, name: str, limit: int = 1) -> list[tuple[uuid.UUID, MarketSide]]:
    """Up to `limit` matched records whose present text this encoder has not embedded."""
    done = exists().where(
        RecordEmbedding.record_id == MarketRecord.record_id,
        RecordEmbedding.encoder == name,
        RecordEmbedding.text_digest == MarketRecord.text_digest,
    )
    statement = select(MarketRecord.record_id, MarketRecord.side).where(MarketRecord.listed, ~done)
    return [
        (row.record_id, row.side)
        for row in session.execute(statement.order_by(MarketRecord.side, MarketRecord.record_id).limit(limit))
    ]


def stored(session: Session, name: str, side: MarketSide) -> list[Embedding]:
    """The embeddings of one side's matched records."""
    present = and_(MarketRecord.record_id == RecordEmbedding.record_id, MarketRecord.text_digest == RecordEmbedding.text_digest)
    statement = select(RecordEmbedding).join(MarketRecord, present).order_by(RecordEmbedding.record_id)
    rows = session.scalars(statement.where(MarketRecord.listed, MarketRecord.side == side, RecordEmbedding.encoder == name))
    return [np.frombuffer(row.rows, np.float16).reshape(-1, row.width) for row in rows]


def embed_some(*, now: datetime) -> int:
    """Embed a few records that lack it; how many. Zero when none is left, or while the encoder fails (which is noted)."""
    used = encoder()
    if used.name == WORDS_ALONE:
        return 0
    with Session(db.engine) as session:
        waiting = missing(session, used.name, BATCH)
        texts = {side: texts_of(session, side, [each for each, of in waiting if of is side]) for side in MarketSide}
        session.rollback()  # encoding takes its time: no lock is held meanwhile
        rows = {
            side: embed(used, [(each.title, each.body) for each in found.values()], SIDES[side]) for side, found in texts.items()
        }
        if None in rows.values():
            _note_failure(session, now)
            return 0
        for side, found in texts.items():
            for (identity, text), each in zip(found.items(), rows[side] or (), strict=True):
                _store(session, identity, used.name, text, each)
                promise_matching(session, {side: [identity]}, key=f"embedded:{text.digest}:{now.isoformat()}", now=now)
        if not used.failing:
            _note_success(session)
        session.commit()
        return sum(map(len, texts.values()))


def _store(session: Session, identity: uuid.UUID, name: str, text: Text, rows: Embedding) -> None:
    values = {"text_digest": text.digest, "width": rows.shape[1], "rows": np.ascontiguousarray(rows, np.float16).tobytes()}
    statement = insert_into(session, RecordEmbedding).values(record_id=identity, encoder=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["record_id", "encoder"], set_=values))


def _note_failure(session: Session, now: datetime) -> None:
    session.execute(update(Generation).where(Generation.encoder_failed_at.is_(None)).values(encoder_failed_at=now))
    session.commit()


def _note_success(session: Session) -> None:
    session.execute(update(Generation).where(Generation.encoder_failed_at.is_not(None)).values(encoder_failed_at=None))
