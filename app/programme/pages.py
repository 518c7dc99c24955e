"""What the progress page shows; the API and the tables for spreadsheets tell the same."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.actor import Actor
from app.clock import quarter
from app.locales import localized
from app.matching.queries import under_notice_count
from app.programme import policy, queries
from app.programme.labels import FIGURE, STAGE
from app.programme.queries import Figures, Row
from app.projects.labels import COUNTS_FROM
from app.projects.models import Programme
from app.scenarios.queries import open_count


def chosen(session: Session, rows: Sequence[Programme], code: str | None, today: date) -> Programme | None:
    """The programme with this code, or the default among `rows`. Raises NotFound for a code that is none."""
    return queries.by_code(session, code) if code else queries.default_programme(rows, today)


def progress_context(session: Session, actor: Actor, programme: Programme, today: date) -> dict[str, Any]:
    """Everything that `programme/progress.html` says of a programme: how far from its target, by field, area, quarter and firm."""
    figures = queries.figures_of(session, programme)
    return {
        "programme": programme,
        "figures": figures,
        "tables": tables_of(session, figures, today),
        "funnel": queries.funnel(session, programme),
        "stages": STAGE,
        "labels": FIGURE,
        "counts_from": COUNTS_FROM,
        "this_quarter": quarter(today),
        "today": today,
        "runs": programme.runs_on(today),
        "under_notice": under_notice_count(session, actor),
        "open_scenarios": open_count(session, actor),
        "can_set": policy.can_set(actor),
    }


def tables_of(session: Session, figures: Figures, today: date) -> dict[str, list[Row]]:
    """The figures by field, area, quarter and anchor firm, each row under its name in the present language."""
    domains, areas = queries.used_terms(session, figures)
    firms = queries.anchors(session, figures.values("anchor"))
    # a late acceptance falls in a quarter after the programme's last
    quarters = sorted({*queries.quarters_of(figures.programme, today), *figures.values("quarter")})
    return {
        "domain": figures.rows("domain", [(row.code, localized(row)) for row in domains]),
        "area": figures.rows("area", [(row.code, localized(row)) for row in areas]),
        "quarter": figures.rows("quarter", [(code, code) for code in quarters]),
        "anchor": figures.rows("anchor", [(str(row.id), localized(row)) for row in firms]),
    }
