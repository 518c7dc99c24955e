"""How well people find what they look for: labelled queries over the demo, ours beside plain Whoosh with jieba's ChineseAnalyzer.

`queries.jsonl` holds a line for each query: what was typed, its class, whether products or scenarios are looked for, and the graded
answers (3: what was meant, 2: serves it, 1: has to do with it; all else 0), products by model (by name where they have none) and
scenarios by title. They were labelled by reading the demo's records, before any engine was asked. Every third one is held out:
nothing was tuned on it.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jieba.analyse import ChineseAnalyzer
from sqlalchemy import select
from sqlalchemy.orm import Session
from whoosh import fields, index, qparser

from app.actor import Actor
from app.discovery.documents import documents_of
from app.discovery.listing import look_up
from app.discovery.rows import vocabulary
from app.discovery.shapes import PRODUCTS, SCENARIOS, Wanted
from app.products.models import Product
from app.scenarios.models import Scenario
from search_index.engine import EVERYBODY, Document, Engine
from search_index.evaluation import ndcg, recall

QUERIES = Path(__file__).with_name("queries.jsonl")
SHAPES = {"product": PRODUCTS, "scenario": SCENARIOS}
DEPTH = 20
HELD_OUT = 3
VISITOR = Actor()

Find = Callable[[str, str], Sequence[str]]  # kind, query → keys of what was found, best first


@dataclass(frozen=True)
class Labelled:
    """A query with its graded answers."""

    query: str
    kind: str
    group: str
    answers: Mapping[str, int]
    held_out: bool


@dataclass(frozen=True)
class Figures:
    """Means over queries."""

    ndcg10: float
    recall20: float
    zero_hits: float


def labelled() -> list[Labelled]:
    """All labelled queries."""
    rows = map(json.loads, QUERIES.read_text("utf-8").splitlines())
    return [
        Labelled(row["query"], row["kind"], row["class"], row["answers"], number % HELD_OUT == HELD_OUT - 1)
        for number, row in enumerate(rows)
    ]


def keys_of(session: Session) -> dict[str, str]:
    """The labels' keys by record id."""
    products = {str(row.id): row.model or row.name for row in session.execute(select(Product.id, Product.model, Product.name))}
    return products | {str(row.id): row.title for row in session.execute(select(Scenario.id, Scenario.title))}


def ours(session: Session, engine: Engine, now: datetime) -> Find:
    """What the list pages show a visitor."""
    keys, words = keys_of(session), vocabulary(session)

    def find(kind: str, query: str) -> Sequence[str]:
        wanted = Wanted(SHAPES[kind], query=query)
        found = look_up(session, engine, VISITOR, wanted, words, now, page=1, per_page=DEPTH)
        return [keys[str(hit.id)] for hit in found.hits]

    return find


def plain_whoosh(session: Session, folder: Path) -> Find:
    """Whoosh as its users set it up for Chinese: title and body, jieba's analyzer, any of the words, BM25F."""
    keys = keys_of(session)
    analyzer = ChineseAnalyzer()
    schema = fields.Schema(
        id=fields.ID(stored=True), kind=fields.ID, title=fields.TEXT(analyzer=analyzer), body=fields.TEXT(analyzer=analyzer)
    )
    opened = index.create_in(folder, schema)
    with opened.writer() as writer:
        for document in _public(session):
            texts = {name: text if isinstance(text, str) else "\n".join(text) for name, text in document.texts.items()}
            writer.add_document(id=document.record, kind=document.kind, title=texts.pop("title"), body="\n".join(texts.values()))
    searcher = opened.searcher()
    parser = qparser.MultifieldParser(["title", "body"], schema, group=qparser.OrGroup)

    def find(kind: str, query: str) -> Sequence[str]:
        hits = searcher.search(parser.parse(query), limit=DEPTH, filter=qparser.QueryParser("kind", schema).parse(kind))
        return [keys[hit["id"]] for hit in hits]

    return find


def _public(session: Session) -> Iterable[Document]:
    for kind, model in (("product", Product), ("scenario", Scenario)):
        ids = session.scalars(select(model.id)).all()
        yield from (each for each in documents_of(session, kind, list(ids)) if EVERYBODY in each.readers)


def figures(find: Find, queries: Iterable[Labelled]) -> Figures:
    """nDCG@10 and recall@20 against everything that was labelled, and the share of queries that found nothing."""
    scores, recalls, empty = [], [], []
    for each in queries:
        grades = [each.answers.get(key, 0) for key in find(each.kind, each.query)]
        scores.append(ndcg(grades, each.answers.values()))
        recalls.append(recall(grades, each.answers.values(), DEPTH))
        empty.append(not grades)
    count = len(scores)
    return Figures(sum(scores) / count, sum(recalls) / count, sum(empty) / count)


def report(session: Session, engine: Engine, now: datetime) -> dict[str, float]:
    """Both engines' figures, over all queries, over those held out, and ours by class."""
    queries = labelled()
    held = [each for each in queries if each.held_out]
    with tempfile.TemporaryDirectory() as folder:
        finders = {"search": ours(session, engine, now), "whoosh": plain_whoosh(session, Path(folder))}
        found: dict[str, float] = {}
        for name, find in finders.items():
            for suffix, chosen in (("", queries), (".held_out", held)):
                one = figures(find, chosen)
                found |= {
                    f"relevance.{name}{suffix}.ndcg10": one.ndcg10,
                    f"relevance.{name}{suffix}.recall20": one.recall20,
                    f"relevance.{name}{suffix}.zero_hit_rate": one.zero_hits,
                }
        groups: dict[str, list[Labelled]] = defaultdict(list)
        for each in queries:
            groups[each.group].append(each)
        for group, chosen in groups.items():
            found[f"relevance.search.{group.replace(' ', '_')}.ndcg10"] = figures(finders["search"], chosen).ndcg10
    return found
