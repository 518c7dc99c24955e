"""Pages that lead to all others: home, and the choice of language."""

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.locales import LOCALES
from app.web import local_target, page

blueprint = Blueprint("discovery", __name__)
# until every capability has its pages: an address that does not exist yet leads nowhere instead of breaking the page
blueprint.record_once(lambda state: state.app.url_build_error_handlers.append(lambda _error, endpoint, _values: "#" + endpoint))


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The number first, then the fields, what closes soon, what is new, and the three doors."""
    return page("discovery/home.html")


@blueprint.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Keep the language for this browser, and go back to the page."""
    if code not in LOCALES:
        raise NotFound
    session["locale"] = code
    return redirect(local_target(request.args.get("next"), "/"))
