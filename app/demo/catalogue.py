"""The hand-written demo records in `data/`, one file for each field. Days in them are relative to the day of loading."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
Row = dict[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """All demo records as written; scenarios carry the field of their file under `domain`."""

    organizations: list[Row]
    products: list[Row]
    scenarios: list[Row]

    @property
    def people(self) -> list[Row]:
        """One person for each firm, its owner."""
        return [{"email": email_of(row["key"]), "name": row["contact"]} for row in self.organizations]


# the two firms of the demo sign-ins; every other firm's owner signs in as its key
SIGN_INS = {"chenghu": "anchor@demo.example", "xinyu": "chip@demo.example"}
STAFF = {
    "expert@demo.example": ("沈知远", "evaluator"),
    "expert2@demo.example": ("林清和", "evaluator"),
    "reviewer@demo.example": ("陈工", "reviewer"),
    "approver@demo.example": ("周审定", "approver"),
    "operator@demo.example": ("吴运营", "operator"),
    "auditor@demo.example": ("郑审计", "auditor"),
    "admin@demo.example": ("系统管理员", "admin"),
}


def email_of(key: str) -> str:
    """The sign-in of a demo firm's owner."""
    return SIGN_INS.get(key, f"{key}@demo.example")


@cache
def read() -> Catalogue:
    """Read all files."""
    catalogue = Catalogue([], [], [])
    for path in sorted(DATA.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        catalogue.organizations.extend(content["organizations"])
        catalogue.products.extend(content["products"])
        catalogue.scenarios.extend({**row, "domain": path.stem} for row in content["scenarios"])
    return catalogue
