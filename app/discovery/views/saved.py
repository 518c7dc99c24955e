"""Pages of the searches that one keeps."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.discovery import saved
from app.discovery.forms import SavedSearchForm
from app.discovery.listing import label_of
from app.discovery.models import SavedSearch
from app.discovery.rows import vocabulary
from app.discovery.shapes import NEWEST, SHAPES, Wanted, wanted_of
from app.discovery.views.base import blueprint
from app.forms import LINE, ConfirmForm
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


@blueprint.get("/saved-searches")
@login_required
def saved_searches() -> ResponseReturnValue:
    """The searches that one keeps."""
    searches = saved.searches_of(database(), current_actor().person)
    return page("discovery/saved.html", searches=[(search, SHAPES[search.shape], _address(search)) for search in searches])


@blueprint.route("/saved-searches/new/<name>", methods=["GET", "POST"])
@login_required
def new_saved_search(name: str) -> ResponseReturnValue:
    """Keep a search; the address says which."""
    wanted = wanted_of(record_or_404(SHAPES.get(name)), request.args)
    form = SavedSearchForm() if request.method == "POST" else SavedSearchForm(name=_name(wanted))
    if attempt(form, lambda: _save(wanted, form)) is not None:
        flash(_("The search is kept."))
        return redirect(url_for(".saved_searches"))
    return page("discovery/save.html", form=form, wanted=wanted, back=url_for(wanted.shape.endpoint, **wanted.address()))


def _save(wanted: Wanted, form: SavedSearchForm) -> SavedSearch:
    name, alerts = form.name.data or "", bool(form.alerts.data)
    return saved.save_search(database(), wanted, name=name, alerts=alerts, actor=current_actor(), now=now())


def _name(wanted: Wanted) -> str:
    """What a search is called unless its owner calls it otherwise: its words and filters."""
    words = vocabulary(database())
    labels = [str(label_of(f, code, words)) for f in wanted.shape.facets for code in wanted.chosen.get(f.name, ())]
    query = [wanted.query.strip()] if wanted.query.strip() else []
    return " · ".join(query + labels)[:LINE] or str(wanted.shape.heading)


@blueprint.get("/saved-searches/<uuid:search_id>")
@login_required
def open_saved_search(search_id: uuid.UUID) -> ResponseReturnValue:
    """What a kept search finds now, the newest first."""
    return redirect(_address(saved.own_search(database(), search_id, actor=current_actor())))


def _address(search: SavedSearch) -> str:
    wanted = saved.wanted_by(search)
    return url_for(wanted.shape.endpoint, **{**wanted.address(), "sort": NEWEST.name})


@blueprint.post("/saved-searches/<uuid:search_id>/alerts/<any(on, off):choice>")
@login_required
def choose_alerts(search_id: uuid.UUID, choice: str) -> ResponseReturnValue:
    """Be told of new records, or no longer."""
    search = saved.own_search(database(), search_id, actor=current_actor())
    attempt(ConfirmForm(), lambda: saved.set_alerts(search, alerts=choice == "on", now=now()))
    return redirect(url_for(".saved_searches"))


@blueprint.post("/saved-searches/<uuid:search_id>/remove")
@login_required
def remove_saved_search(search_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a search no longer."""
    search = saved.own_search(database(), search_id, actor=current_actor())
    attempt(ConfirmForm(), lambda: database().delete(search))
    flash(_("The search is removed."))
    return redirect(url_for(".saved_searches"))


@blueprint.route("/saved-searches/stop/<token>", methods=["GET", "POST"])
def stop_alerts(token: str) -> ResponseReturnValue:
    """The link in a mail: stop telling of a search, without signing in."""
    search = record_or_404(saved.search_to_stop(database(), token))
    form = ConfirmForm()
    if attempt(form, lambda: saved.set_alerts(search, alerts=False, now=now())) is not None:
        return page("discovery/stopped.html", search=search, stopped=True)
    return page("discovery/stopped.html", form=form, search=search, stopped=False)
