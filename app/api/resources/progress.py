"""The figures of a programme: those of the progress page."""

from typing import Any
from urllib.parse import urlencode

from app.api.frame import Listing, Resource, page_of
from app.api.problems import PREFIX
from app.api.schemas.progress import MinimumSchema, ProgressQuery, ProgressSchema, StageQuery
from app.clock import shanghai_day
from app.errors import NotFound
from app.matching.queries import under_notice_count
from app.programme import queries
from app.programme.labels import STAGE
from app.programme.pages import chosen, tables_of
from app.programme.queries import Figure, Figures, Row, Stage
from app.projects.models import Programme
from app.scenarios.queries import open_count
from app.web import current_actor, database, now

resource = Resource("progress", "The figures of a programme")
FIGURES_OF_A_ROW = (Figure.ESTABLISHED, Figure.ACCEPTED, Figure.COUNTED)


def _programme(query: dict[str, Any]) -> Programme:
    programme = chosen(database(), queries.programmes(database()), query.get("programme"), shanghai_day(now()))
    if programme is None:
        raise NotFound
    return programme


@resource.reads("/progress", ProgressSchema, query=ProgressQuery)
def show_progress(query: dict[str, Any]) -> dict[str, Any]:
    """How far a programme is from its target: the running one, else the one that ended last, unless another is asked for."""
    programme = _programme(query)
    figures = queries.figures_of(database(), programme)
    terms = {name: getattr(programme, name) for name in ("name_zh", "name_en", "starts_on", "ends_on", "target", "counts_from")}
    return {
        "programme": programme.code,
        **terms,
        **{figure.value: count for figure, count in figures.totals.items()},
        **{f"by_{part}": [_row(row) for row in rows] for part, rows in tables_of(database(), figures, shanghai_day(now())).items()},
        "funnel": [_stage(stage, count) for stage, count in queries.funnel(database(), programme)],
        "under_notice": under_notice_count(database(), current_actor()),
        "open_scenarios": open_count(database(), current_actor()),
        "lists": _lists(figures),
    }


def _row(row: Row) -> dict[str, Any]:
    return {"value": row.value, "label": row.label, **{figure.value: row.figures[figure] for figure in FIGURES_OF_A_ROW}}


def _stage(stage: Stage, count: int | None) -> dict[str, Any]:
    return {"value": stage, "label": str(STAGE[stage]), "count": count}


def _lists(figures: Figures) -> dict[str, str]:
    """Where what is counted is listed; nothing where no figures are kept."""
    programme = figures.programme
    if not programme.has_figures:
        return {}
    projects = {figure.value: _address("projects", programme, figure=figure.value) for figure in Figure}
    return projects | {f"funnel_{stage}": _address("progress/scenarios", programme, stage=stage.value) for stage in Stage}


def _address(path: str, programme: Programme, **asked: str) -> str:
    return f"{PREFIX}/{path}?{urlencode({'programme': programme.code, **asked})}"


@resource.lists("/progress/scenarios", MinimumSchema, query=StageQuery)
def list_stage(query: dict[str, Any]) -> Listing:
    """The scenarios that came this far, by their public minimum."""
    programme = _programme(query)
    if not programme.has_figures:
        raise NotFound
    return page_of(queries.at_stage(programme, query["stage"]), query)
