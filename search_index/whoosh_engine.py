"""The embedded engine: Whoosh's query language, highlighting and spelling over segments of our own.

Why Whoosh does not keep the documents itself: docs/decisions/0013-search-engine.md.
"""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path

import numpy as np

from search_index import arrays, building, commits, retrieval, spelling, suggesting
from search_index.bulk import built
from search_index.commits import Manifest
from search_index.engine import Changes, Document, Hit, IndexUnavailable, Page, Request, Status, Suggestion
from search_index.highlighting import highlights
from search_index.plan import plan
from search_index.segment import Segment
from search_index.view import Part, View

_ATTEMPTS = 5  # to open what a manifest names before the next commit removes it
_STEP = 8  # a segment is joined with those up to so many times its size: few segments, and few joins


class WhooshEngine:
    """An index in a folder. Threads and processes may share it; nothing is opened before it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[tuple[int, int, int], Manifest, View] | None = None

    def search(self, request: Request) -> Page:
        """The page asked for, as of the last commit of any process. Raises IndexUnavailable."""
        _, view = self._current()
        sought, scopes = plan(request.query), view.scope(request.readers, request.kinds)
        matched, loosened = retrieval.match(view, sought, scopes)
        meant = spelling.correction(view, sought.text, scopes)
        corrected = meant is not None and (loosened or not any(here.mask.any() for here in matched))
        if meant is not None and corrected:
            sought = plan(meant)
            matched, loosened = retrieval.match(view, sought, scopes)
        left, facets = retrieval.narrow(matched, request)
        total = sum(int(here.mask.sum()) for here in left)
        first = (max(request.page, 1) - 1) * request.per_page
        places = retrieval.page(left, request, first, first + request.per_page) if first < total else []
        terms = sought.telling(view.rarity) if request.highlight else frozenset[str]()
        hits = [_hit(place, terms) for place in places]
        return Page(hits, total, facets, meant, loosened, corrected)

    def suggest(self, typed: str, *, kinds: frozenset[str], readers: frozenset[str], limit: int = 8) -> Sequence[Suggestion]:
        """Completions of what was typed so far (Chinese, English, pinyin or its initials), best first. Raises IndexUnavailable."""
        _, view = self._current()
        return suggesting.suggest(view, typed, view.scope(readers, kinds), limit)

    def apply(self, changes: Changes) -> None:
        """Write changes and commit them: searchable by every process once this returns.

        An id that is both put and removed is removed. Raises IndexBusy, IndexUnavailable, or OSError (disk full), and has
        changed nothing then.
        """
        removed = frozenset(changes.remove)
        put = {document.id: document for document in changes.put if document.id not in removed}
        commits.signature(self._folder)
        with commits.writing(self._folder):
            manifest, view = self._current()
            parts = [_without(part, removed | put.keys()) for part in view.parts]
            if put:
                parts = _joined_up(parts, Segment(building.build(list(put.values()))))
            self._commit(manifest.commit + 1, [part for part in parts if part.alive.any()])

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build anew beside the live index, swap, and return how many documents it holds. Of several with one id the last counts.

        Raises IndexBusy or OSError; the live index is as it was then.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with commits.writing(self._folder):
            number = commits.number(self._folder)
            with built(documents, self._folder) as segments:
                parts = _joined(_last_of_each(segments))
            self._commit(number + 1, parts)
        return sum(part.segment.size for part in parts)

    def snapshot(self) -> Mapping[str, int]:
        """The ids of all documents, with their versions. Raises IndexUnavailable."""
        _, view = self._current()
        return {
            part.segment.ids[number]: int(part.segment.versions[number])
            for part in view.parts
            for number in np.flatnonzero(part.alive)
        }

    def status(self) -> Status:
        """Size and age of the index. Raises IndexUnavailable."""
        manifest, view = self._current()
        return Status(view.documents, commits.size(self._folder), manifest.commit, manifest.committed_at)

    def _current(self) -> tuple[Manifest, View]:
        """The last commit. Asking costs one look at the manifest's age, as long as nobody committed."""
        for _ in range(_ATTEMPTS):
            signature, opened = commits.signature(self._folder), self._opened
            if opened is None or opened[0] != signature:
                manifest = commits.current(self._folder)
                known = {part.file: part.segment for part in opened[2].parts} if opened else {}
                try:
                    parts = [_part(self._folder, file, gone, known.get(file)) for file, gone in manifest.segments.items()]
                except FileNotFoundError:  # the next commit removed it meanwhile
                    continue
                self._opened = opened = (signature, manifest, View(parts))
            return opened[1:]
        raise IndexUnavailable(f"the index at {self._folder} lacks a file that its manifest names")

    def _commit(self, number: int, parts: Sequence[Part]) -> None:
        """Write what is not written yet, and make it the current commit."""
        segments: dict[str, list[int]] = {}
        for place, part in enumerate(parts):
            file = part.file or f"segment-{number}-{place}-{secrets.token_hex(4)}"
            if part.file is None:
                arrays.write(self._folder / file, part.segment.stored)
            segments[file] = np.flatnonzero(~part.alive).tolist()
        commits.commit(self._folder, Manifest(number, time.time(), segments))


def _part(folder: Path, file: str, gone: Sequence[int], segment: Segment | None) -> Part:
    segment = segment or Segment.read(folder / file)
    alive = np.ones(segment.size, np.bool_)
    alive[gone] = False
    return Part(segment, alive, file)


def _without(part: Part, ids: Set[str]) -> Part:
    """A part without the documents of some ids."""
    gone = [part.segment.number_of[identity] for identity in ids if identity in part.segment.number_of]
    alive = part.alive.copy()
    alive[gone] = False
    return replace(part, alive=alive)


def _joined_up(parts: Sequence[Part], added: Segment) -> list[Part]:
    """The parts and an added segment, which is joined with those that are small beside it, or that are mostly gone."""
    joined, left = [Part(added, np.ones(added.size, np.bool_))], []
    size = added.size
    for part in sorted(parts, key=lambda part: int(part.alive.sum())):
        alive = int(part.alive.sum())
        if alive < _STEP * size or alive * 2 < part.segment.size:
            joined.append(part)
            size += alive
        else:
            left.append(part)
    return left + (_joined(joined) if len(joined) > 1 else joined)


def _joined(parts: Sequence[Part]) -> list[Part]:
    """The parts as one, or none when there are none."""
    if not parts:
        return []
    segment = Segment(building.join([(part.segment, part.alive) for part in parts]))
    return [Part(segment, np.ones(segment.size, np.bool_))]


def _last_of_each(segments: Sequence[Segment]) -> list[Part]:
    """Segments with every id in one place only: the last."""
    seen: set[str] = set()
    parts = []
    for segment in reversed(segments):
        alive = np.zeros(segment.size, np.bool_)
        alive[[number for identity, number in segment.number_of.items() if identity not in seen]] = True
        seen.update(segment.number_of)
        parts.append(Part(segment, alive))
    return parts[::-1]


def _hit(place: retrieval.Place, terms: frozenset[str]) -> Hit:
    shown = place.segment.show(place.document)
    return Hit(shown.id, shown.record, shown.kind, place.score, highlights(shown.texts, terms))
