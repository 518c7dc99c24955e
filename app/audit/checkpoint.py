"""The daily checkpoint: the chain's head, written where the database cannot reach, so that a cut tail is found."""

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import ChainHead
from app.audit.verification import CHECKPOINT_FILE
from app.clock import shanghai_day
from app.outbox.operations import emit


def write_due(session: Session, *, now: datetime, folder: Path) -> int:
    """Once a Shanghai day, append the head to the checkpoint file and promise the auditors its hash. Returns 1 when written.

    The mail tells the hash alone: the entry's number would betray how many sealed entries there are.
    """
    head = session.scalars(select(ChainHead)).one()
    today = shanghai_day(now).isoformat()
    path = folder / CHECKPOINT_FILE
    if head.seq == 0 or _last_day(path) == today:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"day": today, "at": now.isoformat(), "seq": head.seq, "hash": head.hash})
    with path.open("ab") as file:
        file.truncate(_whole_lines(path))
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    emit(session, "audit.checkpoint_written", today, now=now, day=today, hash=head.hash)
    return 1


def _whole_lines(path: Path) -> int:
    """How many bytes of the file are whole lines: what follows was torn off by a crash, and never was."""
    return path.read_bytes().rfind(b"\n") + 1


def _last_day(path: Path) -> str | None:
    if not path.exists():
        return None
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return str(json.loads(lines[-1])["day"]) if lines else None
