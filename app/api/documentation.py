"""The OpenAPI document as a page shows it: operations by resource, what each takes and answers, and the records' fields."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.describing import ERRORS
from app.api.problems import TYPES

METHODS = ("get", "post", "patch", "delete")
# what a program may want to tell apart has a type of its own
MORE_TYPES = {
    "insufficient-scope": (403, "The token lacks the scope"),
    "secret-not-shown-again": (409, "Was carried out already, and the secret in its answer is not shown again"),
    "sign-in-wrong": (401, "Address, password or code is wrong"),
    "sign-in-unconfirmed": (401, "The e-mail address is not confirmed yet"),
    "sign-in-code-needed": (401, "The code of the second factor is missing"),
}


@dataclass(frozen=True)
class Parameter:
    """One thing to say in the address or in a header. `where`: path, query or header."""

    name: str
    where: str
    required: bool
    kind: str
    description: str
    example: str


@dataclass(frozen=True)
class Body:
    """What is sent. `example`: JSON text; for a form with a file, `files` and `texts` are the names of its fields."""

    schema: str
    example: str
    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One method of one path. `scopes`: of which the token needs one; `public`: it may also be left out."""

    id: str
    method: str
    path: str
    summary: str
    public: bool
    scopes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: tuple[tuple[str, str], ...]
    shows: str


@dataclass(frozen=True)
class Field:
    """One field of a record. `schema`: the name of the record that it holds, if it holds any."""

    name: str
    kind: str
    required: bool
    schema: str


def groups(document: Mapping[str, Any]) -> list[tuple[str, str, list[Operation]]]:
    """Name, description and operations of each resource, in the order of the document."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                found[methods[method]["tags"][0]].append(_operation(document, path, method, methods))
    return [(tag["name"].removeprefix("api_"), tag["description"], found[tag["name"]]) for tag in document["tags"]]


def _operation(document: Mapping[str, Any], path: str, method: str, methods: Mapping[str, Any]) -> Operation:
    said = methods[method]
    security = said.get("security", [])
    parameters = [*methods.get("parameters", ()), *said.get("parameters", ())]
    answers = said["responses"]
    success = next(answer for status, answer in answers.items() if status.startswith("2"))
    return Operation(
        id=f"{method}-{path.removeprefix('/api/v1/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=said["summary"],
        public={} in security,
        scopes=tuple(scope for each in security for scope in each.get("bearer", ())),
        parameters=tuple(_parameter(each) for each in parameters if each["name"] != "If-None-Match"),
        body=_body(document, said["requestBody"]["content"]) if "requestBody" in said else None,
        answers=tuple((status, answer["description"]) for status, answer in answers.items()),
        shows=_shown(success),
    )


def _parameter(said: Mapping[str, Any]) -> Parameter:
    schema = said["schema"]
    example = said.get("example", schema.get("example", schema.get("default", "")))
    description = said.get("description", schema.get("description", ""))
    return Parameter(said["name"], said["in"], said.get("required", False), kind_of(schema), description, str(example))


def _body(document: Mapping[str, Any], content: Mapping[str, Any]) -> Body:
    (media_type, said), *_others = content.items()
    name = _name(said["schema"])
    if media_type == "application/json":
        return Body(name, json.dumps(said.get("example", {}), ensure_ascii=False, indent=2))
    fields = document["components"]["schemas"].get(name, said["schema"])["properties"]
    files = tuple(field for field, schema in fields.items() if schema.get("format") == "binary")
    return Body(name, "", files, tuple(field for field in fields if field not in files))


def _shown(answer: Mapping[str, Any]) -> str:
    contents = list(answer.get("content", {}).values())
    return _name(contents[0]["schema"]) if contents else ""


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def records(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Field]]]:
    """Each record of the document by name, with its fields."""
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        yield name, [Field(field, kind_of(said), field in required, _held(said)) for field, said in properties.items()]


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value looks like, in a few words."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "object")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if words == "array":
        return f"array of {kind_of(schema.get('items', {}))}"
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "≤")) if key in schema]
    return " ".join([words, *([f"({schema['format']})"] if "format" in schema else []), *limits])


def _held(schema: Mapping[str, Any]) -> str:
    held = schema.get("items", schema)
    parts = [held, *held.get("anyOf", ()), *held.get("allOf", ()), *held.get("oneOf", ())]
    return next((name for name in map(_name, parts) if name), "")


def problem_types() -> list[tuple[str, int, str]]:
    """The last word of each problem's type, its status, and what it means."""
    common = [(kind, status, ERRORS.get(status, kind.replace("-", " ").capitalize())) for status, kind in TYPES.items()]
    return common + [(kind, *meaning) for kind, meaning in MORE_TYPES.items()]
