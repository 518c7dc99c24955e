"""Taking, removing and clearing away files. Who may attach what to a record is the question of the capability that owns it."""

import logging
import os
import unicodedata
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments import kinds, queries, storage
from app.attachments.models import OWNERS, Attachment, Visibility
from app.audit.operations import record as audit
from app.config import MEBIBYTE
from app.errors import Invalid

log = logging.getLogger(__name__)

LONGEST_NAME, LONGEST_ENDING = 150, 20
MOST_FILES = 20  # of one record
UNUSED_FOR = timedelta(days=1)
CLEAN_EVERY = timedelta(hours=1)
CLEANED = ".cleaned"
ENDINGS = ", ".join(kinds.KINDS)


@dataclass(frozen=True)
class Store:
    """Where uploads go, and how large (bytes) one may be."""

    directory: Path
    limit: int


def store(
    session: Session,
    upload: FileStorage,
    *,
    owner: Mapping[str, uuid.UUID],
    into: Store,
    actor: Actor,
    now: datetime,
    visibility: Visibility = Visibility.RESTRICTED,
    seal: uuid.UUID | None = None,
    field: str = "file",
) -> Attachment:
    """Keep an uploaded file as an attachment of its owner, for instance `{"scenario_id": id}`; the caller has locked the owner.

    Raises Invalid at `field` for one file too many, and as `check` does.
    """
    _require_owner(owner)
    if len(queries.attachments_of(session, **owner)) >= MOST_FILES:
        raise Invalid({field: [_l("At most %(count)s files.", count=MOST_FILES)]})
    name = clean_name(upload.filename or "")
    with _receive(upload, name, into, field) as (received, kind):
        storage.keep(into.directory, received)
    attachment = Attachment(
        name=name,
        media_type=kind.media_type,
        size=received.size,
        sha256=received.sha256,
        visibility=visibility,
        uploaded_by=actor.user_id,
        uploaded_at=now,
        **owner,
    )
    session.add(attachment)
    session.flush()
    facts = {"name": name, "sha256": received.sha256, "size": received.size, **owner}
    audit(session, "attachment.stored", attachment, actor=actor, now=now, after=facts, seal=seal)
    return attachment


def check(upload: FileStorage, *, into: Store, field: str = "file") -> None:
    """Look at an uploaded file without keeping it.

    Raises Invalid at `field` for an empty or too large file, for one whose content is not of a kind that we take or not what its
    name says, and when the disk does not take it.
    """
    with _receive(upload, clean_name(upload.filename or ""), into, field):
        upload.stream.seek(0)


@contextmanager
def _receive(upload: FileStorage, name: str, into: Store, field: str) -> Iterator[tuple[storage.Received, kinds.Kind]]:
    try:
        with storage.receive(into.directory, upload.stream, limit=into.limit) as received:
            kind = kinds.recognise(name, received.path)
            if received.size == 0:
                raise Invalid({field: [_l("The file is empty.")]})
            if kind is None:
                raise Invalid(
                    {field: [_l("This file is not what its name says, or not of these kinds: %(kinds)s.", kinds=ENDINGS)]}
                )
            yield received, kind
    except storage.OverLimit:
        raise Invalid({field: [_l("The file is larger than %(limit)s MB.", limit=into.limit // MEBIBYTE)]}) from None
    except OSError as failure:
        log.exception("an upload could not be stored")
        raise Invalid({field: [_l("The file could not be stored. Please try again later.")]}) from failure


def copy(session: Session, attachment: Attachment, *, owner: Mapping[str, uuid.UUID]) -> Attachment:
    """The same file as an attachment of another owner; the bytes are shared."""
    _require_owner(owner)
    shared = ("name", "media_type", "size", "sha256", "visibility", "uploaded_by", "uploaded_at")
    duplicate = Attachment(**{column: getattr(attachment, column) for column in shared}, **owner)
    session.add(duplicate)
    session.flush()
    return duplicate


def remove(session: Session, attachment: Attachment, *, actor: Actor, now: datetime, seal: uuid.UUID | None = None) -> None:
    """Take a file away from its owner; the bytes go later, when no record names them."""
    facts = {"name": attachment.name, "sha256": attachment.sha256}
    audit(session, "attachment.removed", attachment, actor=actor, now=now, before=facts, seal=seal)
    session.delete(attachment)
    session.flush()


def clean_name(name: str) -> str:
    """A file's name without any path, control or invisible characters, and not longer than we keep; `file` if nothing is left."""
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    path = PurePosixPath(visible or "file")
    ending = path.suffix[:LONGEST_ENDING]
    return path.stem[: LONGEST_NAME - len(ending)] + ending


def remove_unused_due(session: Session, *, now: datetime, directory: Path) -> int:
    """Clear away content that no record has named for a day, at most once an hour. Returns how many files are gone.

    When it was done last, the time of a file in the store says, so that several workers share it.
    """
    cleaned = directory / CLEANED
    if not directory.exists() or (cleaned.exists() and now.timestamp() < cleaned.stat().st_mtime + CLEAN_EVERY.total_seconds()):
        return 0
    cleaned.touch()
    os.utime(cleaned, (now.timestamp(), now.timestamp()))
    older_than = (now - UNUSED_FOR).timestamp()
    return storage.remove_unused(directory, queries.used_digests(session), older_than=older_than)


def _require_owner(owner: Mapping[str, uuid.UUID]) -> None:
    if len(owner) != 1 or not set(owner) <= set(OWNERS):
        raise ValueError(f"an attachment has one owner out of {OWNERS}")
