"""The words and numbers of the plan, from the project's own copy, and the plan itself as a closed programme without figures."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from alembic import op
from flask import current_app

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PLAN = Path(__file__).parents[2] / "app" / "taxonomy" / "data" / "plan_2022_2025.yaml"


def _insert(name: str, rows: list[dict[str, Any]]) -> None:
    op.bulk_insert(sa.table(name, *(sa.column(column, sa.JSON() if column == "named_firms" else None) for column in rows[0])), rows)


def _terms(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "position": position,
            "retired": False,
            "version": 1,
        }
        for position, row in enumerate(rows, 1)
    ]


def _with(terms: list[dict[str, Any]], rows: list[dict[str, Any]], **columns: str) -> list[dict[str, Any]]:
    return [term | {column: row[key] for column, key in columns.items()} for term, row in zip(terms, rows, strict=True)]


def upgrade() -> None:
    plan = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    _insert("domains", _terms(plan["domains"]))
    _insert("tracks", _with(_terms(plan["tracks"]), plan["tracks"], kind="kind"))
    _insert("technologies", _with(_terms(plan["technologies"]), plan["technologies"], track_code="track"))
    _insert("areas", _with(_terms(plan["areas"]), plan["areas"], role_zh="role_zh", named_firms="named_firms"))
    _insert("departments", _terms(plan["departments"]))
    _insert("tasks", [{"no": task["no"], "name_zh": task["name_zh"], "version": 1} for task in plan["tasks"]])
    _insert(
        "task_departments",
        [{"task_no": task["no"], "department_code": code} for task in plan["tasks"] for code in task["departments"]],
    )
    _insert(
        "indicators",
        [
            {
                "code": row["code"],
                "task_no": row["task"],
                "name_zh": row["name_zh"],
                "comparison": row["comparison"],
                "target": row["target"],
                "unit_zh": row["unit_zh"],
                "counted": row.get("counted", False),
                "position": position,
                "version": 1,
            }
            for position, row in enumerate(plan["indicators"], 1)
        ],
    )
    _closed_programme(plan)
    _notice_period()


def _notice_period() -> None:
    """The notice period that the environment names is what a new database starts with; afterwards the operator's setting rules."""
    settings = sa.table(
        "settings", sa.column("key"), sa.column("value"), sa.column("updated_at", sa.DateTime(timezone=True)), sa.column("version")
    )
    days = str(current_app.config["NOTICE_WORKING_DAYS"])
    op.bulk_insert(settings, [{"key": "notice_working_days", "value": days, "updated_at": datetime.now(UTC), "version": 1}])


def _closed_programme(plan: dict[str, Any]) -> None:
    programme = sa.table(
        "programmes",
        sa.column("id", sa.Uuid()), sa.column("code"), sa.column("name_zh"), sa.column("name_en"), sa.column("target"),
        sa.column("starts_on", sa.Date()), sa.column("ends_on", sa.Date()), sa.column("counts_from"),
        sa.column("closed", sa.Boolean()), sa.column("has_figures", sa.Boolean()), sa.column("demo", sa.Boolean()), sa.column("version"),
    )  # fmt: skip
    target = next(row["target"] for row in plan["indicators"] if row.get("counted"))
    facts = plan["plan"]
    row = {
        "id": uuid.uuid4(), "code": facts["code"], "name_zh": facts["name_zh"], "name_en": facts["name_en"], "target": target,
        "starts_on": facts["starts_on"], "ends_on": facts["ends_on"], "counts_from": "accepted",
        "closed": True, "has_figures": False, "demo": False, "version": 1,
    }  # fmt: skip
    op.bulk_insert(programme, [row])


def downgrade() -> None:
    raise RuntimeError("records refer to the words of the plan: go back to a backup instead")
