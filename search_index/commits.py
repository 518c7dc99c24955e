"""What an index folder holds, and how it changes: segment files, and one manifest that names those of the last commit.

A writer puts new files beside the old ones, waits until the disk has them, and renames the manifest into place. Whoever is killed
before that has changed nothing; whoever reads sees one commit or the next.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

from search_index.engine import IndexBusy, IndexUnavailable

FORMAT = 1
PATIENCE = 2.0  # seconds that a writer waits for another
_MANIFEST, _LOCK = "manifest.json", "lock"
_MAKERS = ("analysis.py", "folding.py", "lexemes.py", "ranking.py", "vocabulary.py", "lexicon/**/*")


@dataclass(frozen=True)
class Manifest:
    """A commit: its number and time, and its segments: file name → numbers of the documents that went since."""

    commit: int
    committed_at: float
    segments: Mapping[str, list[int]] = field(default_factory=dict)


@cache
def make() -> str:
    """What the texts were analysed and weighed with: an index of another make would answer wrongly."""
    folder, digest = Path(__file__).parent, sha256()
    for pattern in _MAKERS:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                digest.update(path.read_bytes())
    return f"{FORMAT}-{digest.hexdigest()[:16]}"


def signature(folder: Path) -> tuple[int, int, int]:
    """Something that is another after each commit, cheap to ask for. Raises IndexUnavailable when there is no index."""
    try:
        state = (folder / _MANIFEST).stat()
    except OSError as error:
        raise IndexUnavailable(f"there is no index at {folder}") from error
    return state.st_ino, state.st_mtime_ns, state.st_size


def current(folder: Path) -> Manifest:
    """The last commit. Raises IndexUnavailable when there is none, or when its make is another."""
    try:
        content = json.loads((folder / _MANIFEST).read_bytes())
        theirs = content.pop("make")
        manifest = Manifest(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexUnavailable(f"the index at {folder} cannot be read: {error}") from error
    if theirs != make():
        raise IndexUnavailable(f"the index at {folder} is of another make ({theirs}, not {make()})")
    return manifest


def number(folder: Path) -> int:
    """The number of the last commit, of whatever make; 0 when there is none that can be read."""
    try:
        return int(json.loads((folder / _MANIFEST).read_bytes())["commit"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def size(folder: Path) -> int:
    """How many bytes the files of a folder take; one that the next commit removes meanwhile takes none."""
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            state = path.stat()
            total += state.st_size if S_ISREG(state.st_mode) else 0
    return total


def commit(folder: Path, manifest: Manifest) -> None:
    """Make a manifest the current one, and remove files that no commit names. Raises OSError, and has changed nothing then."""
    beside = folder / f"{_MANIFEST}.new"
    with beside.open("w") as file:
        json.dump({"make": make(), **asdict(manifest)}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / _MANIFEST)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    clear(folder, manifest)


def clear(folder: Path, manifest: Manifest) -> None:
    """Remove what a commit does not name: segments of earlier ones, and what a killed writer left."""
    for path in folder.iterdir():
        if path.name not in {_MANIFEST, _LOCK, *manifest.segments}:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the one writer of a folder. The lock is the kernel's, so that it dies with its holder. Raises IndexBusy."""
    with (folder / _LOCK).open("w") as file:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise IndexBusy(f"another writer holds the index at {folder}") from None
                time.sleep(0.02)
        yield
