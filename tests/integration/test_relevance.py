"""What people look for in the demo stands among the first ten, in either language, and more often than with plain Whoosh."""

import json

import pytest
from sqlalchemy import select

from app.actor import SYSTEM
from app.clock import utcnow
from app.discovery.index import engine
from app.matching.fits.following import make_generation
from app.matching.fits.queries import for_scenario
from app.scenarios.models import Scenario, ScenarioStatus
from search_index.evaluation import ndcg
from tests.relevance import measure
from tests.relevance.measure import labelled

FIRST_THREE = measure.QUERIES.with_name("first_three.jsonl")


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


@pytest.mark.databases("sqlite")
def test_the_first_three_of_every_open_scenario_are_those_that_an_engineer_accepts(demo, session):
    """Graded by hand: 3 what the scenario asks for, 2 the next best although a must line is not met, 1 of the trade, else 0.

    By words alone. With the embedded encoder the first of each is the same one, too.
    """
    reviewed = {row["scenario"]: row["products"] for row in map(json.loads, FIRST_THREE.read_text("utf-8").splitlines())}
    make_generation(now=utcnow())
    opened = session.scalars(select(Scenario).where(Scenario.status == ScenarioStatus.OPEN)).all()
    assert {scenario.title for scenario in opened} == reviewed.keys()
    scores = []
    for scenario in opened:
        fits = session.scalars(for_scenario(SYSTEM, scenario).limit(3)).all()
        grades = [reviewed[scenario.title].get(fit.product.model or fit.product.name, 0) for fit in fits]
        assert grades[0] == 3, scenario.title
        scores.append(ndcg(grades, reviewed[scenario.title].values(), k=3))
    assert sum(scores) / len(scores) >= 0.9
