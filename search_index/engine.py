"""What a search engine of the house does: documents in, pages of hits out. Knows nothing of where documents come from.

A record may be indexed twice with different faces: in whole for those who may read it, and by its public minimum for everybody
else. Both are documents with the same `record`; `hidden_from` keeps a reader of the whole from finding the minimum beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

EVERYBODY = "everybody"


class IndexUnavailable(Exception):
    """The index is missing, torn or of another make: it has to be rebuilt."""


class IndexBusy(Exception):
    """Another writer holds the index."""


@dataclass(frozen=True)
class Document:
    """One face of a record.

    `id` is unique in the index; `record` is the id of what it shows; `kind` is `scenario`, `product`, `organization` or `project`.
    `version` rises with each change of the record: `snapshot` is compared with the database by it.
    `texts` are searched, by the names of `ranking.FIELDS`; a list holds separate passages. `codes` are filtered and counted.
    `numbers` are sorted, and filtered by range. A document is found by whoever holds one of `readers` and none of `hidden_from`.
    """

    id: str
    record: str
    kind: str
    version: int
    texts: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    readers: frozenset[str] = frozenset({EVERYBODY})
    hidden_from: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Changes:
    """Documents to put (replacing those with the same id), and ids to take out. Applying them twice changes nothing."""

    put: Sequence[Document] = ()
    remove: Sequence[str] = ()


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both ends in; None leaves an end open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Request:
    """What a reader asks for.

    `query` is what a person typed: words, "phrases", field:value, -not, OR. No text is malformed; an empty one finds everything.
    `filters`: within one name any of the codes will do, all names must hold. `sort` is the name of a number, `-` before it for
    descending, or None for relevance; documents whose ids are in `order` come before that, the largest number first.
    `readers` are what the reader holds. `page` counts from 1. `facets` are the names of codes
    to be counted, each under all filters but its own. `highlight` asks for fragments of the hits' texts.
    """

    query: str = ""
    kinds: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset({EVERYBODY})
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    facets: Sequence[str] = ()
    sort: str | None = None
    order: Mapping[str, float] = field(default_factory=dict)
    page: int = 1
    per_page: int = 20
    highlight: bool = True


@dataclass(frozen=True)
class Piece:
    """A stretch of a text, and whether it is what was searched for."""

    text: str
    hit: bool = False


@dataclass(frozen=True)
class Hit:
    """One document found: ids, relevance (above 0, larger is better), and for each text with hits its best fragment in pieces."""

    id: str
    record: str
    kind: str
    score: float
    highlights: Mapping[str, Sequence[Piece]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What was found. `facets`: name → code → how many. `did_you_mean`: another query that finds something, or None.

    `loosened`: nothing has all the words, so that these have some, those with more of them first. `corrected`: nothing has what was
    typed, so that these answer `did_you_mean`.
    """

    hits: Sequence[Hit]
    total: int
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    did_you_mean: str | None = None
    loosened: bool = False
    corrected: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A completion of what was typed so far: the text to search for, and the record it names (None for a term)."""

    text: str
    kind: str | None = None
    record: str | None = None


@dataclass(frozen=True)
class Status:
    """How large the index is: documents, bytes on disk, the number of its last commit, and when that was (Unix time)."""

    documents: int
    size_bytes: int
    commit: int
    committed_at: float


class Engine(Protocol):
    """An index on disk that one process writes at a time and any number read. Every method may raise IndexUnavailable."""

    def search(self, request: Request) -> Page:
        """The page asked for, as of the last commit of any process."""

    def suggest(self, typed: str, *, kinds: frozenset[str], readers: frozenset[str], limit: int = 8) -> Sequence[Suggestion]:
        """Completions of what was typed so far (Chinese, English, pinyin or its initials), best first."""

    def apply(self, changes: Changes) -> None:
        """Write changes and commit them: searchable by every process once this returns. Raises IndexBusy, or OSError (disk full).

        Whatever is raised, nothing has changed then.
        """

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build anew beside the live index, swap, and return how many documents it holds. Raises like `apply`."""

    def snapshot(self) -> Mapping[str, int]:
        """The ids of all documents, with their versions."""

    def status(self) -> Status:
        """Size and age of the index."""
