"""Pages of the settings and of the outbox."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.administration import operations, queries
from app.administration.labels import DEGRADED
from app.administration.policy import can_administer, can_read_outbox
from app.administration.views.base import blueprint
from app.discovery.index import engine
from app.errors import require_allowed
from app.taxonomy import operations as taxonomy
from app.taxonomy.forms import SettingsForm
from app.taxonomy.policy import can_read_settings, can_set
from app.taxonomy.queries import setting, settings_version
from app.taxonomy.settings import ALL
from app.web import attempt, current_actor, database, login_required, now, page, paginate


@blueprint.route("/administration/settings", methods=["GET", "POST"])
@login_required
def settings() -> ResponseReturnValue:
    """The deadlines and periods that hold from now on."""
    may_set = can_set(current_actor())
    require_allowed(may_set if request.method == "POST" else can_read_settings(current_actor()))
    form = SettingsForm(data=_saved())
    if attempt(form, lambda: _save(form), current=lambda: SettingsForm(formdata=None, data=_saved())):
        flash(_("Saved."), "success")
        return redirect(url_for(".settings"))
    return page("administration/settings.html", form=form, definitions=ALL, may_set=may_set)


def _saved() -> dict[str, int]:
    values = {definition.key: setting(database(), definition) for definition in ALL}
    return values | {"version": settings_version(database())}


def _save(form: SettingsForm) -> bool:
    taxonomy.change_settings(database(), form.values(), version=form.version.data, actor=current_actor(), now=now())
    return True


@blueprint.get("/administration/outbox")
@login_required
def outbox() -> ResponseReturnValue:
    """How much waits to be carried out, and what failed."""
    require_allowed(can_read_outbox(current_actor()))
    waiting, oldest = queries.waiting_events(database())
    return page(
        "administration/outbox.html",
        waiting=waiting,
        oldest=oldest,
        degraded=[DEGRADED[part] for part in queries.degraded(database(), now(), index=engine())],
        events=paginate(queries.failing_events()),
        may_retry=can_administer(current_actor()),
    )


@blueprint.post("/administration/outbox/<int(max=9223372036854775807):event_id>/retry")
@login_required
def retry_event(event_id: int) -> ResponseReturnValue:
    """Try a failed event again at once."""
    operations.retry_event(database(), event_id, actor=current_actor(), now=now())
    flash(_("The worker tries it again at once."), "success")
    return redirect(url_for(".outbox"))
