"""What people look for in the demo stands among the first ten, in either language, and more often than with plain Whoosh."""

import pytest

from app.clock import utcnow
from app.discovery.index import engine
from tests.relevance import measure
from tests.relevance.measure import labelled


@pytest.mark.databases("sqlite")
def test_labelled_queries_are_answered_well_and_better_than_by_plain_whoosh(demo, session):
    found = measure.report(session, engine(), utcnow())
    assert found["relevance.search.ndcg10"] >= 0.90
    assert found["relevance.search.ndcg10"] - found["relevance.whoosh.ndcg10"] >= 0.15
    assert found["relevance.search.held_out.ndcg10"] - found["relevance.whoosh.held_out.ndcg10"] >= 0.15


@pytest.mark.databases("sqlite")
def test_every_label_names_a_record_of_the_demo(demo, session):
    queries = labelled()
    assert len(queries) >= 120
    assert {each.group for each in queries} >= {"term", "synonym", "english", "part number", "typo", "pinyin"}
    known = set(measure.keys_of(session).values())
    assert {key for each in queries for key in each.answers} <= known
