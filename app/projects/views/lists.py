"""The projects of one's own firms, and those behind a figure of a programme, under the name of what they are."""

import uuid

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.errors import NotFound
from app.locales import localized
from app.organizations.models import Organization
from app.programme import queries as figures
from app.programme.labels import FIGURE
from app.projects import queries
from app.projects.labels import PROJECT_KIND, PROJECT_STATUS
from app.projects.models import Programme, Project, ProjectStatus
from app.taxonomy.models import Area, Domain
from app.web import current_actor, database, page, paginate


def narrowed_list() -> ResponseReturnValue:
    """The projects of one's own firms (`mine`); or those behind a figure: `programme` and `figure`, domain, area, anchor, quarter.

    The list of all projects is search's; it hands over what it cannot narrow.
    """
    wanted = request.args.get("status", "")
    status = ProjectStatus(wanted) if wanted in list(ProjectStatus) else None
    statement, title, part = _behind_figure(queries.listed(status=status))
    mine = "mine" in request.args and bool(current_actor().affiliations)
    projects = paginate(queries.of_firms(statement, current_actor()) if mine else statement)
    context = {"status": status, "mine": mine, "labels": PROJECT_STATUS, "kinds": PROJECT_KIND}
    return page("projects/index.html", projects=projects, title=title, part=part, **context)


def _behind_figure(statement: Select[Project]) -> tuple[Select[Project], str | None, list[str]]:
    """The list narrowed to what the address asks for; the figure's name; and of what it is a part: programme, then each cut."""
    code, wanted = request.args.get("programme"), request.args.get("figure", figures.Figure.ESTABLISHED.value)
    if code is None:
        return statement, None, []
    programme = figures.by_code(database(), code)
    if wanted not in list(figures.Figure):
        raise NotFound
    figure = figures.Figure(wanted)
    cut = figures.Cut(
        request.args.get("domain"), request.args.get("area"), _uuid(request.args.get("anchor")), request.args.get("quarter")
    )
    return figures.narrowed(statement, programme, figure, cut), str(FIGURE[figure]), _names(programme, cut)


def _names(programme: Programme, cut: figures.Cut) -> list[str]:
    session = database()
    records = (
        cut.domain and session.get(Domain, cut.domain),
        cut.area and session.get(Area, cut.area),
        cut.anchor and session.get(Organization, cut.anchor),
    )
    return [localized(programme), *(localized(record) for record in records if record), *filter(None, [cut.quarter])]


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise NotFound from None
