"""Other search engines over the same segmented text, as the house would use them: facets counted, the first page highlighted.

Each word is one opaque token, so that every engine's own tokenizer sees the same words; segmentation is not part of their figures.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol
from zlib import crc32

import tantivy
from whoosh import analysis as whoosh_analysis
from whoosh import fields, index, query

from search_index import analysis
from search_index.engine import Document

PER_PAGE = 20


class Row(NamedTuple):
    """A document as the peers get it: its text as tokens with spaces between, and two codes."""

    id: str
    text: str
    status: str
    domain: str


def token(term: str) -> str:
    """A term as a token that no tokenizer takes apart."""
    return f"t{crc32(term.encode()):08x}"


def row(document: Document) -> Row:
    """A document, segmented."""
    passages = [passage for text in document.texts.values() for passage in ([text] if isinstance(text, str) else text)]
    tokens = " ".join(token(term) for passage in passages for term in analysis.index_terms(passage))
    return Row(document.id, tokens, document.codes["status"][0], document.codes["domain"][0])


def tokens(typed: str) -> list[str]:
    """The tokens of what was typed."""
    return [token(alternatives[0][0]) for alternatives in analysis.query_terms(typed)]


class Peer(Protocol):
    """An engine in a folder."""

    def __init__(self, folder: Path) -> None: ...

    def build(self, rows: Iterable[Row]) -> None:
        """Index the rows."""

    def find(self, words: Sequence[str], every: bool, domain: str | None = None) -> int:
        """A page of what has every word or any: total counted, status and domain counted, the page highlighted. Gives the total."""

    def update(self, changed: Row) -> None:
        """Replace a row, so that the next `find` sees it."""


class Whoosh:
    """Whoosh by itself."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        if not index.exists_in(folder):
            text = fields.TEXT(analyzer=whoosh_analysis.SpaceSeparatedTokenizer(), stored=True, phrase=False)
            code = fields.ID(stored=True, sortable=True)
            index.create_in(folder, fields.Schema(id=fields.ID(unique=True, stored=True), text=text, status=code, domain=code))
        self.index = index.open_dir(folder)
        self.searcher = self.index.searcher()

    def build(self, rows: Iterable[Row]) -> None:
        writer = self.index.writer(limitmb=512)
        for each in rows:
            writer.add_document(**each._asdict())
        writer.commit()

    def find(self, words: Sequence[str], every: bool, domain: str | None = None) -> int:
        terms = [query.Term("text", word) for word in words]
        narrowed = query.Term("domain", domain) if domain else None
        sought = query.And(terms) if every else query.Or(terms)
        found = self.searcher.search(sought, limit=PER_PAGE, groupedby=["status", "domain"], filter=narrowed)
        found.groups("status"), found.groups("domain")
        for hit in found:
            hit.highlights("text")
        return len(found)

    def update(self, changed: Row) -> None:
        writer = self.index.writer()
        writer.update_document(**changed._asdict())
        writer.commit()
        self.searcher = self.searcher.refresh()


class Tantivy:
    """Tantivy, in Rust."""

    FACETS = {name: {"terms": {"field": name}} for name in ("status", "domain")}

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=True, tokenizer_name="whitespace")
        for name in ("id", "status", "domain"):
            builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw")
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, str(folder))

    def build(self, rows: Iterable[Row]) -> None:
        writer = self.index.writer(512 << 20, 2)
        for each in rows:
            writer.add_document(tantivy.Document(**{name: [value] for name, value in each._asdict().items()}))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def find(self, words: Sequence[str], every: bool, domain: str | None = None) -> int:
        occurs = tantivy.Occur.Must if every else tantivy.Occur.Should
        sought = tantivy.Query.boolean_query([(occurs, tantivy.Query.term_query(self.schema, "text", word)) for word in words])
        if domain:
            narrowed = tantivy.Query.term_query(self.schema, "domain", domain)
            sought = tantivy.Query.boolean_query([(tantivy.Occur.Must, sought), (tantivy.Occur.Must, narrowed)])
        searcher = self.index.searcher()
        found = searcher.search(sought, PER_PAGE)
        searcher.aggregate(sought, self.FACETS)
        snippets = tantivy.SnippetGenerator.create(searcher, sought, self.schema, "text")
        for _, address in found.hits:
            snippets.snippet_from_doc(searcher.doc(address)).to_html()
        return found.count

    def update(self, changed: Row) -> None:
        writer = self.index.writer(64 << 20, 1)
        writer.delete_documents_by_term("id", changed.id)
        writer.add_document(tantivy.Document(**{name: [value] for name, value in changed._asdict().items()}))
        writer.commit()
        self.index.reload()


class Fts5:
    """SQLite's full-text search."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.connection = sqlite3.connect(folder / "fts.db")
        self.connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS docs USING fts5(id UNINDEXED, text, status UNINDEXED, domain UNINDEXED)"
        )

    def build(self, rows: Iterable[Row]) -> None:
        with self.connection:
            self.connection.executemany("INSERT INTO docs VALUES (?, ?, ?, ?)", rows)
            self.connection.execute("INSERT INTO docs(docs) VALUES ('optimize')")

    def find(self, words: Sequence[str], every: bool, domain: str | None = None) -> int:
        matched = (" AND " if every else " OR ").join(words)
        narrowed, given = (" AND domain = ?", [matched, domain]) if domain else ("", [matched])
        self.connection.execute(
            f"SELECT id, snippet(docs, 1, '[', ']', '…', 30) FROM docs WHERE docs MATCH ?{narrowed} ORDER BY rank LIMIT {PER_PAGE}",
            given,
        ).fetchall()
        for facet in ("status", "domain"):
            counts = self.connection.execute(
                f"SELECT {facet}, count(*) FROM docs WHERE docs MATCH ?{narrowed} GROUP BY {facet}", given
            ).fetchall()
        return sum(count for _, count in counts)

    def update(self, changed: Row) -> None:
        with self.connection:
            self.connection.execute("DELETE FROM docs WHERE rowid = ?", (int(changed.id.removeprefix("d")) + 1,))
            self.connection.execute(
                "INSERT INTO docs(rowid, id, text, status, domain) VALUES (?, ?, ?, ?, ?)",
                (int(changed.id.removeprefix("d")) + 1, *changed),
            )


PEERS: dict[str, type[Peer]] = {"whoosh": Whoosh, "tantivy": Tantivy, "fts5": Fts5}
