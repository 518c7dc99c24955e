"""The API's document: as it is committed, as the interface guide fixes its names, and as its page shows it."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from app import create_app
from app.api import registry
from app.api.documentation import groups
from scripts import openapi as script

INTERFACE = yaml.safe_load((Path(__file__).parents[1] / "data" / "interface.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def document():
    return json.loads(script.document())


def named(document):
    """Each operation of the document, by its method and its path with {id} for any id."""
    return {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{id}', path.removeprefix('/api/v1'))}": {
            **operation,
            "beside": methods.get("parameters", []),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def has(document, schema, field):
    """Whether a schema has a field; `rows.name` is one of each row, or of the record within."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "items" in schema:
        return has(document, schema["items"], field)
    for parts in ("anyOf", "allOf", "oneOf"):
        if parts in schema:
            return any(has(document, part, field) for part in schema[parts])
    name, _dot, inner = field.partition(".")
    found = schema.get("properties", {}).get(name)
    return found is not None and (not inner or has(document, found, inner))


def missing(document, operation, said):
    """What an operation of the guide lacks in the document."""
    queries = {each["name"] for each in [*operation.get("parameters", []), *operation["beside"]] if each["in"] == "query"}
    yield from (f"query {name}" for name in said.get("query", ()) if name not in queries)
    success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    for side, holder in (("takes", operation.get("requestBody", {})), ("answers", success)):
        schemas = [media["schema"] for media in holder.get("content", {}).values()]
        for field in said.get(side, ()):
            if not any(has(document, schema, field) for schema in schemas):
                yield f"{side} {field}"


@pytest.mark.parametrize("name", INTERFACE)
def test_the_names_that_others_rely_on_are_there(document, name):
    operations = named(document)
    assert name in operations
    assert list(missing(document, operations[name], INTERFACE[name] or {})) == []


def test_the_committed_document_is_up_to_date(document):
    assert script.DOCUMENT.read_text(encoding="utf-8") == script.document()


def test_the_first_readers_all_get_the_whole_document(document):
    app = create_app()

    def paths(_reader):
        return len(app.test_client().get("/api/v1/openapi.json").json["paths"])

    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(paths, range(4))) == [len(document["paths"])] * 4


def test_the_document_is_made_once(monkeypatch):
    made = []
    monkeypatch.setattr(registry, "add_links", made.append)
    reader = create_app().test_client()
    first, second = (reader.get("/api/v1/openapi.json") for _ in range(2))
    reader.get("/api/docs")
    assert first.data == second.data
    assert len(made) == 1


def test_a_reader_who_has_the_document_is_told_so(client):
    tag = client.get("/api/v1/openapi.json").headers["ETag"]
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_shows_every_operation_once(client, document):
    text = client.get("/api/docs").text
    operations = [operation for _name, _description, group in groups(document) for operation in group]
    assert len(operations) == len(named(document))
    assert all(text.count(f'id="{operation.id}"') == 1 for operation in operations)
    assert all(f'id="record-{operation.shows}"' in text for operation in operations if operation.shows)


def test_every_refusal_leads_to_a_line_of_the_page(client):
    kind = client.get("/api/v1/tokens").json["type"]
    assert f'id="{kind.partition("#")[2]}"' in client.get("/api/docs").text
