"""The daily checkpoint: the chain's head, written where the database cannot reach, so that a cut tail is found."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import ChainHead
from app.audit.verification import CHECKPOINT_FILE
from app.clock import shanghai_day
from app.outbox.operations import emit


def write_due(session: Session, *, now: datetime, folder: Path) -> int:
    """Once a Shanghai day, append the head to the checkpoint file and promise the auditors its hash. Returns 1 when written.

    The mail is promised whenever the day's line is there: the line stays where the transaction that wrote it was lost.
    It tells the hash alone: the entry's number would betray how many sealed entries there are.
    """
    head = session.scalars(select(ChainHead)).one()
    if head.seq == 0:
        return 0
    today, path = shanghai_day(now).isoformat(), folder / CHECKPOINT_FILE
    line = _last_line(path)
    written = line is not None and line["day"] == today
    if line is None or not written:
        line = {"day": today, "at": now.isoformat(), "seq": head.seq, "hash": head.hash}
        _append(path, line)
    emit(session, "audit.checkpoint_written", today, now=now, day=today, hash=line["hash"])
    return int(not written)


def _append(path: Path, line: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(_whole_lines(path))
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _whole_lines(path: Path) -> int:
    """How many bytes of the file are whole lines: what follows was torn off by a crash, and never was."""
    return path.read_bytes().rfind(b"\n") + 1


def _last_line(path: Path) -> dict[str, Any] | None:
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    line: dict[str, Any] | None = json.loads(lines[-1]) if lines else None
    return line
