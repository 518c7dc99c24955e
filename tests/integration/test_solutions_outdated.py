"""An answer to a requirement that asks for something else since is to be checked again, wherever it is read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.matching import operations as matching
from app.scenarios import operations as scenarios
from app.scenarios import queries as scenario_queries
from app.scenarios.content import requirement_row
from app.solutions import operations as solutions
from app.solutions import queries
from tests.factories.matching import MatchWorld

AGAIN = "To be checked again"


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now - timedelta(days=30))


def amended(world, scenario, at, **changes):
    """Change the first requirement line of the scenario, and put it in force; returns its id."""
    first, *rest = [requirement_row(line) for line in scenario_queries.get(world.session, scenario.id).requirements]
    who = {"actor": world.anchor(), "now": at}
    rows = [replace(first, **changes), *rest]
    amendment = scenarios.propose_requirements(world.session, scenario, rows=rows, reason="New antenna.", **who)
    scenarios.approve_amendment(world.session, amendment, actor=world.reviewer(), now=at)
    return first.id


def lines_outdated(world, solution):
    version = queries.submitted_version(world.session, solution.id)
    return queries.outdated_lines(world.session, solution.scenario_id, [version])[version.id]


def test_only_a_line_that_asks_for_something_else_since_is_outdated(world, session):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    later = world.now + timedelta(hours=1)
    amended(world, scenario, later, weight=11, test_method="Elsewhere")
    assert lines_outdated(world, solution) == set()
    line = amended(world, scenario, later, value="1.5")
    assert lines_outdated(world, solution) == {line}
    solutions.begin_revision(session, solution, actor=world.chip(), now=later + timedelta(hours=1))
    world.fill(solution, now=later + timedelta(hours=1))
    solutions.submit_solution(session, solution, actor=world.chip(), now=later + timedelta(hours=1))
    assert lines_outdated(world, solution) == set()


def test_firm_anchor_and_reviewer_read_that_it_is_to_be_checked_again(world, session, sign_in):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    amended(world, scenario, world.now + timedelta(hours=1), value="1.5")
    session.commit()
    assert sign_in(world.users["chip"]).get(f"/solutions/{solution.id}").text.count(AGAIN) == 1
    world.close()
    solutions.shortlist(session, solution, actor=world.anchor(), now=world.later)
    session.commit()
    anchor = sign_in(world.users["anchor"])
    for address in (
        f"/solutions/{solution.id}",
        f"/solutions/{solution.id}/evaluate",
        f"/scenarios/{scenario.id}/solutions/compare",
    ):
        assert anchor.get(address).text.count(AGAIN) == 1, address
    match = matching.select_solution(session, solution, actor=world.anchor(), now=world.later)
    session.commit()
    page = anchor.get(f"/matches/{match.id}").text
    assert page.count(AGAIN) == 1
    assert "2 without a verdict" in page
