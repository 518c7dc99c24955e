"""The arithmetic of the audit chain: pure functions over text and bytes."""

import hashlib
import json
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

GENESIS = "0" * 64


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space: one text for one value, whoever writes it."""
    return json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sha256(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def personal_digest(salt: bytes, personal: str) -> str:
    """The digest that stays when the personal part is erased; the salt keeps it from being guessed back."""
    return _sha256(salt, "personal", personal)


@dataclass(frozen=True)
class Facts:
    """What stays of an entry when its personal part is erased. The ids tell nothing by themselves: they are random."""

    action: str
    subject_type: str
    subject_id: uuid.UUID
    actor_id: uuid.UUID | None
    seal_id: uuid.UUID | None


def entry_digest(salt: bytes, facts: Facts, digest_of_personal: str) -> str:
    """The digest of an entry's detail: its facts and the digest of its personal part."""
    return _sha256(salt, "facts", canonical(asdict(facts)), digest_of_personal)


def link(previous_hash: str, seq: int, at: datetime, digest: str) -> str:
    """The hash of an entry, chained to the one before it."""
    return _sha256(previous_hash, str(seq), at.astimezone(UTC).isoformat(), digest)
