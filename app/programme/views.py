"""The progress page with its tables, and the operator's pages of programmes."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.clock import shanghai_day
from app.errors import NotFound, require_allowed
from app.page_cache import same_for_visitors
from app.programme import operations, policy, queries
from app.programme.forms import ProgrammeForm
from app.programme.labels import FIGURE, STAGE
from app.programme.pages import chosen, progress_context, tables_of
from app.programme.queries import Figure, Stage
from app.projects.labels import COUNTS_FROM
from app.projects.models import Programme
from app.spreadsheets import csv_file
from app.web import attempt, current_actor, database, login_required, now, page, paginate

blueprint = Blueprint("programme", __name__)


@blueprint.get("/progress")
@same_for_visitors
def progress() -> ResponseReturnValue:
    """A programme's figures: how far from its target, by field, area, quarter and anchor firm."""
    programmes = queries.programmes(database())
    programme = _chosen(programmes)
    if programme is None:
        return page("programme/empty.html")
    context = progress_context(database(), current_actor(), programme, shanghai_day(now()))
    return page("programme/progress.html", programmes=programmes, **context)


def _chosen(programmes: Sequence[Programme]) -> Programme | None:
    return chosen(database(), programmes, request.args.get("programme"), shanghai_day(now()))


@blueprint.get("/progress/<part>.csv")
def table_csv(part: str) -> ResponseReturnValue:
    """One of the tables by field, area, quarter or anchor firm, for a spreadsheet (UTF-8 with a byte order mark)."""
    programme = _chosen(queries.programmes(database()))
    if programme is None:
        raise NotFound
    tables = tables_of(database(), queries.figures_of(database(), programme), shanghai_day(now()))
    if part not in tables:
        raise NotFound
    head = [part, _("Name"), *(str(FIGURE[figure]) for figure in Figure)]
    rows = [[row.value, row.label, *(row.figures[figure] for figure in Figure)] for row in tables[part]]
    return csv_file(f"progress-{part}", [head, *rows])


@blueprint.get("/progress/scenarios")
def scenarios() -> ResponseReturnValue:
    """The scenarios that reached a stage, by their public minimum."""
    programme = _chosen(queries.programmes(database()))
    wanted = request.args.get("stage", Stage.OPENED.value)
    if programme is None or wanted not in list(Stage) or not programme.has_figures:
        raise NotFound
    rows = paginate(queries.at_stage(programme, Stage(wanted)))
    return page("programme/scenarios.html", programme=programme, scenarios=rows, title=STAGE[Stage(wanted)])


@blueprint.get("/programmes")
@login_required
def index() -> ResponseReturnValue:
    """All programmes, for the operator."""
    require_allowed(policy.can_set(current_actor()))
    rows, today = queries.programmes(database()), shanghai_day(now())
    return page("programme/index.html", programmes=rows, today=today, counts_from=COUNTS_FROM)


@blueprint.route("/programmes/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Set up a programme."""
    require_allowed(policy.can_set(current_actor()))
    form = ProgrammeForm()
    made = attempt(
        form,
        lambda: operations.create_programme(database(), form.new_id, form.terms(), actor=current_actor(), now=now()),
    )
    if made is not None:
        flash(_("The programme is set up."))
        return redirect(url_for(".index"))
    return page("programme/edit.html", form=form, programme=None)


@blueprint.route("/programmes/<uuid:programme_id>/edit", methods=["GET", "POST"])
@login_required
def edit(programme_id: uuid.UUID) -> ResponseReturnValue:
    """Change a programme."""
    require_allowed(policy.can_set(current_actor()))
    programme = queries.get(database(), programme_id)
    form = ProgrammeForm() if request.method == "POST" else ProgrammeForm.of(programme)
    saved = attempt(form, lambda: _save(programme, form), current=lambda: _saved(programme_id))
    if saved is not None:
        flash(_("Saved."))
        return redirect(url_for(".index"))
    return page("programme/edit.html", form=form, programme=queries.get(database(), programme_id))


def _save(programme: Programme, form: ProgrammeForm) -> Programme:
    version = form.version.data
    return operations.edit_programme(database(), programme, form.terms(), version=version, actor=current_actor(), now=now())


def _saved(programme_id: uuid.UUID) -> ProgrammeForm:
    return ProgrammeForm.of(queries.get(database(), programme_id))


@blueprint.post("/programmes/<uuid:programme_id>/close")
@login_required
def close(programme_id: uuid.UUID) -> ResponseReturnValue:
    """Close a programme after its last day."""
    operations.close_programme(database(), queries.get(database(), programme_id), actor=current_actor(), now=now())
    flash(_("The programme is closed."))
    return redirect(url_for(".index"))
