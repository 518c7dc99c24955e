"""Who may do what in which state, once more through HTTP: the same tables, cell by cell, as programs meet them.

Only a visitor is told something else: to show a token (401), whatever the record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.extensions import db
from app.solutions import queries as solution_queries
from tests.integration.test_api import bearer
from tests.integration.test_permissions import (
    CONDITIONS,
    READERS,
    READING_CELLS,
    SCENARIO_CELLS,
    SOLUTION_CELLS,
    STATES,
    Crowd,
    brought_to,
    solution_in,
    to_read,
)

SIGNS = {200: "+", 201: "+", 204: "+", 401: "visitor", 403: "-", 404: ".", 409: "x"}
NAMED = {"owner": "anchor", "firm": "chip"}


@dataclass(frozen=True)
class Request:
    """What an action of the tables is in HTTP."""

    method: str
    path: str
    body: Any = None


def of_scenario(scenario) -> dict[str, Request]:
    path = f"/scenarios/{scenario.id}"
    longer = (scenario.closes_at + timedelta(days=1)).isoformat()
    row = {"name": "power", "operator": "<=", "value": "3", "unit": "W"}
    return {
        "save_draft": Request("PATCH", path, {}),
        "delete": Request("DELETE", path),
        "submit": Request("POST", f"{path}/submit"),
        "take_back": Request("POST", f"{path}/take-back"),
        "approve": Request("POST", f"{path}/approve"),
        "return": Request("POST", f"{path}/return", {"reason": "No"}),
        "cancel": Request("POST", f"{path}/cancel", {"reason": "No"}),
        "clarify": Request("POST", f"{path}/amendments", {"need": "Clearer.", "reason": "So"}),
        "extend": Request("POST", f"{path}/extend", {"closes_at": longer, "reason": "So"}),
        "amend": Request("POST", f"{path}/amendments", {"requirements": [row], "reason": "So"}),
        "new_round": Request("POST", f"{path}/new-round"),
        "end_selection": Request("POST", f"{path}/end-selection"),
    }


def of_solution(session, solution) -> dict[str, Request]:
    path, criteria = f"/solutions/{solution.id}", solution_queries.criteria_of(session, solution.scenario_id)
    scores = [{"criterion_id": str(row.id), "score": 80, "comment": "Good."} for row in criteria]
    return {
        "save": Request("PATCH", path, {"summary": "Other."}),
        "submit": Request("POST", f"{path}/submit"),
        "withdraw": Request("POST", f"{path}/withdraw"),
        "discard": Request("POST", f"{path}/discard"),
        "revise": Request("POST", f"{path}/revise"),
        "shortlist": Request("POST", f"{path}/shortlist"),
        "decline": Request("POST", f"{path}/decline", {"reason": "No"}),
        "select": Request("POST", f"{path}/select"),
        "evaluate": Request("POST", f"{path}/evaluations", {"conflict": False, "scores": scores}),
    }


@pytest.fixture
def world(session, now):
    return Crowd(session, now)


@pytest.fixture
def answers(client, session, world, monkeypatch):
    """`answers(requests, cells, moment)`: the cells of which the answer is not what the table says, with both."""

    def wrong(requests: dict[str, Request], cells: dict[tuple[str, str], str], moment: datetime) -> dict[Any, Any]:
        names = {name for _action, name in cells} - {"visitor"}
        people = {name: bearer(world.user(NAMED.get(name, name)), moment) for name in sorted(names)}
        session.commit()
        session.close()
        found = {}
        with time_machine.travel(moment, tick=False), monkeypatch.context() as patch:
            # each request is answered in whole, and then forgotten: the next one finds the same state
            patch.setattr(db.session, "commit", db.session.flush)
            for (action, name), sign in cells.items():
                request = requests[action]
                headers = {"If-Match": "*", **people.get(name, {})}
                answer = client.open(f"/api/v1{request.path}", method=request.method, json=request.body, headers=headers)
                happened = SIGNS.get(answer.status_code, answer.text)
                wanted = "visitor" if name == "visitor" else sign
                if happened != wanted:
                    found[action, name] = (wanted, happened)
        return found

    return wrong


@pytest.mark.parametrize("state", STATES)
@pytest.mark.any_database
def test_who_may_do_what_with_a_scenario(world, answers, state):
    world.user("reviewer", "reviewer")
    scenario, moment = brought_to(world, state)
    world.people()
    cells = {(action, name): sign for (action, name, at), sign in SCENARIO_CELLS.items() if STATES[at] == state}
    assert answers(of_scenario(scenario), cells, moment) == {}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.any_database
def test_who_may_do_what_with_a_solution(session, world, answers, condition):
    scenario = world.scenario()
    world.people(scenario)
    world.submitted(scenario, "rival")
    solution, moment = solution_in(world, scenario, condition)
    session.flush()
    cells = {(action, name): sign for (action, name, at), sign in SOLUTION_CELLS.items() if CONDITIONS[at] == condition}
    assert answers(of_solution(session, solution), cells, moment) == {}


@pytest.mark.parametrize("name", READERS)
def test_who_reads_what_beside_the_records(session, world, client, name):
    world.people(world.scenario(title="Evaluated"))
    pages = to_read(world)
    paths = {
        "settings": "/settings", "users": "/users", "user": pages["user"].removeprefix("/administration"), "outbox": "/outbox",
        "queue": "/review-queue", "invitations": pages["invitations"], "sealed": pages["sealed"], "audit": "/audit",
    }  # fmt: skip
    user = world.user(NAMED.get(name, name))
    headers = bearer(user, world.now)
    with time_machine.travel(world.now, tick=False):
        answers = {what: client.get(f"/api/v1{path}", headers=headers) for what, path in paths.items()}
    wanted = {what: READING_CELLS[what, name, 0] for what in paths}
    if wanted["user"] == "-":
        wanted["user"] = "."  # somebody else's account does not exist for others
    assert {what: SIGNS[answer.status_code] for what, answer in answers.items()} == wanted
