"""Links of the OpenAPI document: from making a record to every operation that reads it, changes it, or makes something under it."""

import re
from collections.abc import Iterator
from typing import Any

JSON = "application/json"


def add_links(document: dict[str, Any]) -> None:
    """Write the links into the document. An id is named after the schema of its record: `scenario_id` after `Scenario`."""
    for _path, _method, operation in operations(document):
        answer = operation["responses"].get("201", {})
        name = answer.get("content", {}).get(JSON, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        parameter = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + "_id"
        links = {target["operationId"]: _link(target, parameter) for target in _under(document, parameter)}
        if links:
            answer["links"] = links


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation of a document, with its path and method."""
    for path, methods in document["paths"].items():
        yield from ((path, method, operation) for method, operation in methods.items() if method != "parameters")


def _under(document: dict[str, Any], parameter: str) -> Iterator[dict[str, Any]]:
    """The operations that need this id and no other."""
    return (operation for path, _method, operation in operations(document) if re.findall(r"\{(\w+)\}", path) == [parameter])


def _link(target: dict[str, Any], parameter: str) -> dict[str, Any]:
    parameters = {parameter: "$response.body#/id"}
    if any(each.get("name") == "If-Match" for each in target.get("parameters", ())):
        parameters["header.If-Match"] = "$response.header.ETag"
    return {"operationId": target["operationId"], "parameters": parameters}
