"""Walking the audit chain: every link, every detail that is not erased, the head, and the checkpoints written day by day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import chain
from app.audit.models import AuditDetail, AuditEntry, ChainHead

BATCH = 1000
CHECKPOINT_FILE = "audit-heads.jsonl"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a walk: how many entries hold, and what is broken first (None: nothing)."""

    entries: int
    broken: str | None = None


def verify(session: Session, checkpoints: Path) -> Verdict:
    """Walk the whole chain in batches; stop at the first entry that does not hold.

    `checkpoints` is the folder of the daily heads: each hash noted there must be in the chain, so that a cut tail is found too.
    """
    expected = dict(_noted_heads(checkpoints))
    previous, seq = chain.GENESIS, 0
    for entry, detail in _entries(session):
        seq += 1
        problem = _problem(entry, detail, seq, previous)
        if problem is None and expected.pop(seq, entry.hash) != entry.hash:
            problem = f"entry {seq} is not the one that its checkpoint saw"
        if problem is not None:
            return Verdict(seq - 1, problem)
        previous = entry.hash
    head = session.scalars(select(ChainHead)).one_or_none()
    if head is None or (head.seq, head.hash) != (seq, previous):
        return Verdict(seq, f"the head does not stand at entry {seq}")
    if expected:
        return Verdict(seq, f"the chain ends at entry {seq}, but a checkpoint saw entry {max(expected)}")
    return Verdict(seq)


def _entries(session: Session) -> Iterator[tuple[AuditEntry, AuditDetail | None]]:
    after = 0
    while True:
        statement = (
            select(AuditEntry, AuditDetail)
            .outerjoin(AuditDetail, AuditDetail.seq == AuditEntry.seq)
            .where(AuditEntry.seq > after)
            .order_by(AuditEntry.seq)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        )
        rows = session.execute(statement).all()
        if not rows:
            return
        yield from rows
        after = rows[-1][0].seq
        session.expunge_all()


def _problem(entry: AuditEntry, detail: AuditDetail | None, seq: int, previous: str) -> str | None:
    if entry.seq != seq:
        return f"entry {seq} is missing"
    if entry.hash != chain.link(previous, seq, entry.at, entry.digest):
        return f"entry {seq} does not continue the chain"
    if detail is None:
        return f"entry {seq} has lost its detail"
    facts = chain.Facts(detail.action, detail.subject_type, detail.subject_id, detail.actor_id, detail.seal_id)
    if entry.digest != chain.entry_digest(detail.salt, facts, detail.personal_digest):
        return f"entry {seq} has a detail that is not its own"
    if detail.personal is not None and detail.personal_digest != chain.personal_digest(detail.salt, detail.personal):
        return f"entry {seq} has a changed personal part"
    return None


def _noted_heads(folder: Path) -> Iterator[tuple[int, str]]:
    path = folder / CHECKPOINT_FILE
    if path.exists():
        # a last line without its end was torn off by a crash: its checkpoint never was
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            noted = json.loads(line)
            yield noted["seq"], noted["hash"]
