"""Keeps a firm's catalogue equal to a CSV file: what is new is added, what differs is changed, what is gone is retired.

    KAIJING_TOKEN=… python docs/examples/sync_products.py http://127.0.0.1:8000 products.csv

One line a product, known by its `model`. Columns: model, name, track, technologies, maturity, description, certifications,
parameters; several values stand between `;`, a parameter is `name=value unit`. Rows that are equal already send nothing, so the
program may run every night. It may be stopped at any moment and started again: a product is added under a key that is made of
its row, and every change names the state that it was made for.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from kaijing_client import Client, Json, Problem

MULTIPLE = ("technologies", "certifications")
PLAIN = ("model", "name", "track", "maturity", "description")
FIELDS = (*PLAIN, *MULTIPLE, "parameters")


def read(path: Path) -> dict[str, Json]:
    """The products of the file by their models. Raises ValueError for a row without a model, or one that stands twice."""
    found: dict[str, Json] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            product = _product(row)
            if not product["model"] or product["model"] in found:
                raise ValueError(f"line {number}: the model {product['model']!r} is missing or stands twice")
            found[product["model"]] = product
    return found


def _product(row: Mapping[str, str | None]) -> Json:
    plain = {name: (row.get(name) or "").strip() for name in PLAIN}
    return plain | {name: _parts(row.get(name)) for name in MULTIPLE} | {"parameters": _parameters(_parts(row.get("parameters")))}


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _parameters(parts: list[str]) -> list[Json]:
    rows = []
    for part in parts:
        name, _sign, said = part.partition("=")
        value, _blank, unit = said.strip().rpartition(" ")
        rows.append({"name": name.strip(), "value": value or unit, "unit": unit if value else ""})
    return rows


def differs(product: Json, wanted: Json) -> Json:
    """The fields of a product that are not as they are wanted. The order of technologies is of no meaning."""
    changed = {name: wanted[name] for name in FIELDS if product[name] != wanted[name]}
    if sorted(product["technologies"]) == sorted(wanted["technologies"]):
        changed.pop("technologies", None)
    return changed


def sync(client: Client, organization: str, wanted: Mapping[str, Json]) -> Counter[str]:
    """Bring the catalogue to what is wanted. Returns how many products were added, changed, retired, offered again or left."""
    done: Counter[str] = Counter()
    listed = client.items(f"/organizations/{organization}/products")
    standing = {product["model"]: product for product in listed if product["model"]}
    for model, product in wanted.items():
        if model not in standing:
            client.post("/products", product, key=_key(organization, product))
            done["added"] += 1
        else:
            done[_bring(client, standing[model], product)] += 1
    for model, product in standing.items():
        if model not in wanted and product["status"] == "active":
            path = f"/products/{product['id']}"
            client.delete(path, client.read(path).etag)
            done["retired"] += 1
    return done


def _bring(client: Client, standing: Json, wanted: Json) -> str:
    path, done = f"/products/{standing['id']}", "left"
    if standing["status"] == "retired":
        client.post(f"{path}/reactivate")
        done = "offered again"
    if differs(standing, wanted):
        present = client.read(path)
        if changed := differs(present.body, wanted):
            client.patch(path, changed, present.etag)
            done = "changed"
    return done


def _key(organization: str, product: Json) -> str:
    """The same for the same row: a program that was stopped after it was sent adds nothing twice."""
    return hashlib.sha256(json.dumps([organization, product], sort_keys=True).encode()).hexdigest()


def main(arguments: list[str] | None = None) -> None:
    """Sync the file of the command line with the server; the token stands in the environment."""
    parser = argparse.ArgumentParser(description="Keeps a firm's catalogue equal to a CSV file.")
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("--organization", help="the firm's id; without it, the one that the token acts for")
    chosen = parser.parse_args(arguments)
    client = Client(chosen.url, os.environ["KAIJING_TOKEN"])
    try:
        organization = chosen.organization or client.get("/account")["organization_id"]
        done = sync(client, organization, read(chosen.file))
    except (Problem, ValueError) as problem:
        sys.exit(str(problem))
    print(", ".join(f"{count} {what}" for what, count in sorted(done.items())) or "nothing")


if __name__ == "__main__":
    main()
