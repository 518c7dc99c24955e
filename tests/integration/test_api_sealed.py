"""Until a sealed scenario closes, no endpoint tells anybody but the firm itself of its answer."""

import io
import uuid

import pytest
from werkzeug.datastructures import FileStorage

from app.api.registry import openapi
from app.solutions import operations, queries
from app.web import upload_store
from tests.factories.matching import MatchWorld
from tests.support.api import Door

READERS = (None, "citizen", "anchor", "expert", "rival", "reviewer", "approver", "operator", "auditor", "admin")
SUMMARY, FILE = "unter-dem-siegel", "geheimnis.txt"


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now)
    for role in ("reviewer", "approver", "operator", "auditor", "admin"):
        world.user(role, role)
    world.user("citizen")
    world.firm("rival")
    return world


@pytest.fixture
def ask(client, world):
    return Door(client, world)


@pytest.fixture
def sealed(world, session, app, indexed, worker):
    """A sealed scenario with a submitted answer, a file and a revision under way: ids by the names that paths give them."""
    indexed()
    scenario = world.scenario(sealed=True)
    world.evaluator(scenario)
    solution = world.draft(scenario)
    world.fill(solution, summary=SUMMARY)
    by = {"actor": world.chip(), "now": world.now}
    upload = FileStorage(io.BytesIO(b"text"), filename=FILE)
    file = operations.attach_file(session, solution, upload, into=upload_store(), **by)
    operations.submit_solution(session, solution, **by)
    counting = queries.submitted_version(session, solution.id)
    working = operations.begin_revision(session, solution, **by)
    found = {
        "scenario_id": scenario.id, "solution_id": solution.id, "attachment_id": file.id, "number": 1,
        "organization_id": scenario.organization_id, "versions": (counting.id, working.id), "sha256": counting.sha256,
    }  # fmt: skip
    worker(world.now)
    return found


def filled(path: str, ids: dict[str, object]) -> str | None:
    """The path with ids in it; None where the story has no such record."""
    for name in {part.strip("{}") for part in path.split("/") if part.startswith("{")}:
        if name not in ids:
            return None
        path = path.replace(f"{{{name}}}", str(ids[name]))
    return path.removeprefix("/api/v1")


def test_no_list_record_or_file_holds_anything_of_it(ask, app, sealed):
    named = ("solution_id", "attachment_id", "sha256")
    secrets = [*(str(sealed[name]) for name in named), *map(str, sealed["versions"]), SUMMARY, FILE]
    paths = [path for path, methods in openapi()["paths"].items() if "get" in methods]
    asked = [found for found in (filled(path, sealed) for path in paths) if found is not None]
    assert {"/audit", "/audit/export.csv", "/outbox", "/matches", "/users"} <= set(asked)
    assert len(asked) > 40
    for who in READERS:
        for path in asked:
            answer = ask(who, "GET", path)
            assert answer.status_code < 500, (who, path)
            assert [secret for secret in secrets if secret in answer.text] == [], (who, path)


@pytest.mark.parametrize("who", READERS)
def test_whatever_is_done_to_it_answers_as_if_it_did_not_exist(ask, app, sealed, who):
    nothing = sealed | {"solution_id": uuid.uuid4(), "attachment_id": uuid.uuid4()}
    document = openapi()
    tried = 0
    for path, methods in document["paths"].items():
        if "{solution_id}" not in path and "{attachment_id}" not in path:
            continue
        for method in methods.keys() & {"get", "post", "patch", "delete"}:
            tried += 1
            body = None if method == "get" else example_of(document, path, method)
            real, made_up = (ask(who, method.upper(), filled(path, ids), body, If_Match='"any"') for ids in (sealed, nothing))
            assert real.status_code in {401, 403, 404, 415}, (method, path)
            assert (real.status_code, real.json) == (made_up.status_code, made_up.json), (method, path)
    assert tried > 15


def example_of(document, path: str, method: str):
    """The body that the document gives as an example."""
    content = document["paths"][path][method].get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def test_its_own_firm_reads_it(ask, sealed):
    assert ask("chip", "GET", f"/solutions/{sealed['solution_id']}").json["summary"] == SUMMARY
    assert ask("chip", "GET", f"/attachments/{sealed['attachment_id']}").status_code == 200
