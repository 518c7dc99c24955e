"""Pages that lead to all others: home, and the choice of language."""

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from app.clock import shanghai_day
from app.discovery import queries
from app.errors import NotFound
from app.locales import LOCALES
from app.programme.queries import default_programme, figures_of, programmes
from app.taxonomy.models import Track
from app.taxonomy.queries import terms
from app.web import current_actor, database, local_target, now, page

blueprint = Blueprint("discovery", __name__)
# until every capability has its pages: an address that does not exist yet leads nowhere instead of breaking the page
blueprint.record_once(lambda state: state.app.url_build_error_handlers.append(lambda _error, endpoint, _values: "#" + endpoint))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The number first, then the fields, what closes soon, what is new, and the three doors."""
    who = database(), current_actor(), now()
    programme = default_programme(programmes(database()), shanghai_day(now()))
    return page(
        "discovery/home.html",
        programme=programme,
        figures=figures_of(database(), programme) if programme else None,
        domains=queries.open_by_domain(*who),
        closing_soon=queries.closing_soon(*who),
        newest=queries.newest(*who),
        tracks=terms(database(), Track),
    )


@blueprint.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Keep the language for this browser, and go back to the page."""
    if code not in LOCALES:
        raise NotFound
    session["locale"] = code
    return redirect(local_target(request.args.get("next"), "/"))
