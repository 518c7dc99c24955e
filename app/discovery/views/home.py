"""Pages that lead to all others: home, and the choice of language."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.actor import Role
from app.administration.labels import DEGRADED, KIND
from app.administration.queries import degraded, queue
from app.clock import shanghai_day
from app.discovery import queries
from app.discovery.desk import match_counts, project_counts, todos
from app.discovery.index import engine
from app.discovery.views.base import blueprint
from app.errors import NotFound
from app.locales import LOCALES
from app.matching.labels import MATCH_STATUS
from app.page_cache import same_for_visitors
from app.programme.queries import default_programme, figures_of, programmes
from app.projects.labels import PROJECT_STATUS
from app.scenarios.labels import SCENARIO_STATUS
from app.scenarios.queries import counts_by_status as scenario_counts
from app.solutions.labels import SOLUTION_STATUS
from app.solutions.queries import counts_by_status as solution_counts
from app.taxonomy.models import Track
from app.taxonomy.queries import terms, unknown_year
from app.web import current_actor, database, local_target, login_required, now, page


@blueprint.get("/")
@same_for_visitors
def home() -> ResponseReturnValue:
    """The number first, then the fields, what closes soon, what is new, and the three doors."""
    who = database(), current_actor(), now()
    closing_soon, newest = queries.teasers(*who)
    programme = default_programme(programmes(database()), shanghai_day(now()))
    return page(
        "discovery/home.html",
        programme=programme,
        figures=figures_of(database(), programme) if programme else None,
        domains=queries.open_by_domain(*who),
        closing_soon=closing_soon,
        newest=newest,
        tracks=terms(database(), Track),
    )


@blueprint.get("/desk")
@login_required
def desk() -> ResponseReturnValue:
    """What waits for me with its deadline, then my records by state."""
    session, actor = database(), current_actor()
    return page(
        "discovery/desk.html",
        todos=todos(session, actor, now()),
        queue=queue(session, actor, now()) if actor.is_administrator else [],
        kinds=KIND,
        today=shanghai_day(now()),
        records=_records() if actor.affiliations else [],
        degraded=[DEGRADED[part] for part in degraded(session, now(), index=engine())] if actor.has(Role.ADMIN) else [],
        unknown_year=unknown_year(shanghai_day(now())) if actor.has(Role.OPERATOR) else None,
    )


def _records() -> list[tuple[str, str, list[tuple[Any, Any, int]]]]:
    """The records of one's firms: heading, the list that holds them, and (state, its name, how many) for each state that occurs."""
    session, actor = database(), current_actor()
    firms = list(actor.affiliations)
    kinds: list[tuple[str, str, Mapping[Any, Any], Mapping[Any, int]]] = [
        (_("Scenarios"), "scenarios.mine", SCENARIO_STATUS, scenario_counts(session, firms)),
        (_("Solutions"), "solutions.mine", SOLUTION_STATUS, solution_counts(session, firms)),
        (_("Matches"), "matching.index", MATCH_STATUS, match_counts(session, actor)),
        (_("Projects"), "projects.index", PROJECT_STATUS, project_counts(session, actor)),
    ]
    return [
        (heading, endpoint, [(state, label, counts[state]) for state, label in labels.items() if state in counts])
        for heading, endpoint, labels, counts in kinds
        if counts
    ]


@blueprint.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Keep the language for this browser, and go back to the page."""
    if code not in LOCALES:
        raise NotFound
    session["locale"] = code
    return redirect(local_target(request.args.get("next"), "/"))
