"""Named numpy arrays in one file: written once, checked when opened, then memory-mapped, so that processes share the pages.

The arrays come first, aligned; a JSON directory with their checksum follows, then its length and a mark. A file that was cut short
has lost its mark. Nothing in it can be executed: no pickle.
"""

import json
import mmap
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search_index.engine import IndexUnavailable

Arrays: TypeAlias = dict[str, NDArray[Any]]

_MARK = b"KJARRAYS"
_ALIGNMENT = 64
_TAIL = 8 + len(_MARK)


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays and wait until the disk has them. Raises OSError (disk full) and leaves no file then."""
    try:
        with path.open("wb") as file:
            checksum, directory = 0, {}
            for name, array in arrays.items():
                file.write(bytes(-file.tell() % _ALIGNMENT))
                directory[name] = (array.dtype.str, array.shape, file.tell())
                content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
                checksum = zlib.crc32(content, checksum)
                file.write(content)
            header = json.dumps({"arrays": directory, "checksum": checksum}).encode()
            file.write(header + len(header).to_bytes(8, "little") + _MARK)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def read(path: Path) -> Arrays:
    """The arrays of a file, mapped read-only. Raises IndexUnavailable when it is torn, FileNotFoundError when it is not there."""
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            if mapped[-len(_MARK) :] != _MARK:
                raise ValueError("the end is missing")
            end = len(mapped) - _TAIL
            header = json.loads(mapped[end - int.from_bytes(mapped[end : end + 8], "little") : end])
            arrays = {name: _slice(mapped, *entry) for name, entry in header["arrays"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise IndexUnavailable(f"{path.name} is torn: {error}") from error
    checksum = 0
    for array in arrays.values():
        checksum = zlib.crc32(array.reshape(-1).view(np.uint8).data, checksum)
    if checksum != header["checksum"]:
        raise IndexUnavailable(f"{path.name} is torn: its checksum is another")
    mapped.madvise(mmap.MADV_DONTNEED)  # what was read for the checksum alone need not stay
    return arrays


def _slice(mapped: mmap.mmap, dtype: str, shape: list[int], offset: int) -> NDArray[Any]:
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(mapped, np.dtype(dtype), count, offset).reshape(shape)


def pack(values: Sequence[Any]) -> NDArray[np.uint8]:
    """Strings (or lists of such) as an array of bytes."""
    return np.frombuffer(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), np.uint8)


def unpack(array: NDArray[Any]) -> Any:
    """What `pack` was given."""
    return json.loads(array.tobytes())


def starts(lengths: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Where each of consecutive stretches starts, and where the last one ends."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))


def blob(name: str, pieces: Sequence[bytes]) -> Arrays:
    """Pieces of bytes laid end to end: `name`, and where each piece starts: `name:starts`."""
    return {name: np.frombuffer(b"".join(pieces), np.uint8), f"{name}:starts": starts([len(piece) for piece in pieces])}


def join_blobs(name: str, parts: Sequence[tuple[Mapping[str, NDArray[Any]], NDArray[np.bool_]]]) -> Arrays:
    """Several blobs of a name as one, of the pieces under the masks."""
    lengths = [np.diff(stored[f"{name}:starts"]) for stored, _ in parts]
    pieces = [stored[name][np.repeat(kept, length)] for (stored, kept), length in zip(parts, lengths, strict=True)]
    kept_lengths = [length[kept] for (_, kept), length in zip(parts, lengths, strict=True)]
    return {name: np.concatenate(pieces), f"{name}:starts": starts(np.concatenate(kept_lengths))}
