"""Many documents made into segments, on all cores."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from search_index import arrays, building
from search_index.engine import Document
from search_index.segment import Segment

CHUNK = 1_000  # documents analysed in one go
_FEW = 3  # chunks that are sooner done than other processes are started


@contextmanager
def built(documents: Iterable[Document], folder: Path) -> Iterator[list[Segment]]:
    """The segments of the documents, in their order, while the context lasts. What is too much for memory lies in the folder."""
    chunks = _chunks(documents)
    first = list(islice(chunks, _FEW + 1))
    if len(first) <= _FEW:
        yield [Segment(building.build(chunk)) for chunk in first]
    else:
        with TemporaryDirectory(prefix="building-", dir=folder) as beside:
            yield [Segment.read(path) for path in _built_by_many(chain(first, chunks), Path(beside))]


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _built_by_many(chunks: Iterable[list[Document]], folder: Path) -> list[Path]:
    """Build each chunk into a file, with only a few chunks waiting at a time. Processes are spawned: threads may be about."""
    paths: list[Path] = []
    workers = os.cpu_count() or 1
    waiting: deque[Future[None]] = deque()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for number, chunk in enumerate(chunks):
            paths.append(folder / str(number))
            waiting.append(pool.submit(_build, chunk, paths[-1]))
            if len(waiting) > 2 * workers:
                waiting.popleft().result()
        for future in waiting:
            future.result()
    return paths


def _build(chunk: list[Document], path: Path) -> None:
    arrays.write(path, building.build(chunk))
