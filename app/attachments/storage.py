"""Where the bytes of uploads lie: outside the web root, under the SHA-256 of their content, so that equal files share a place."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHUNK = 1024 * 1024
INCOMING = ".incoming-"


class OverLimit(Exception):
    """More bytes came than the limit allows."""


@dataclass(frozen=True)
class Received:
    """A file received in whole, lying beside the store until it is kept."""

    path: Path
    size: int
    sha256: str


def place(directory: Path, sha256: str) -> Path:
    """Where content with this digest lies."""
    return directory / sha256[:2] / sha256


@contextmanager
def receive(directory: Path, stream: IO[bytes], *, limit: int) -> Iterator[Received]:
    """Copy a stream to a temporary file in the store, at most `limit` bytes, safely on disk; it is gone after the block.

    Raises OverLimit for a longer stream and OSError when the disk is full; neither leaves anything behind.
    """
    directory.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=directory, prefix=INCOMING)
    path = Path(name)
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(descriptor, "wb") as file:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise OverLimit
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield Received(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def keep(directory: Path, received: Received) -> None:
    """Give a received file its lasting place. Content that lies there already is the same, and becomes as young as this one."""
    target = place(directory, received.sha256)
    with _folder(target.parent) as folder:
        os.replace(received.path, target)
        os.fsync(folder)


def remove_unused(directory: Path, used: set[str], *, older_than: float) -> int:
    """Remove content that no record names, and uploads that were broken off, both if they lie there since before `older_than`.

    `older_than` is a Unix time. Returns how many files are gone.
    """
    paths = [*directory.glob(f"{INCOMING}*"), *directory.glob("*/*")]
    return sum(_remove_old(path, older_than) for path in paths if path.name not in used)


def _remove_old(path: Path, older_than: float) -> bool:
    with _folder(path.parent):
        old = path.exists() and path.stat().st_mtime < older_than
        if old:
            path.unlink()
        return old


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    """A folder of the store, made if need be and locked: content is not removed while the same content is being kept."""
    path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
