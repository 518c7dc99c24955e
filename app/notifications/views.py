"""Pages: the list of notifications, and how one wants mail."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.forms import ConfirmForm
from app.notifications import operations, queries
from app.notifications.forms import field_name, preferences_form
from app.notifications.kinds import all_kinds, fill, groups, kind_of
from app.notifications.models import MailPreference, Notification
from app.web import attempt, current_actor, database, local_target, login_required, now, page, paginate, record_or_404

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")


@blueprint.app_context_processor
def unread_count() -> dict[str, int]:
    """The number at the bell, on every page of somebody signed in: one statement."""
    user_id = current_actor().user_id
    return {"unread_count": queries.unread_count(database(), user_id)} if user_id else {}


@blueprint.app_template_filter("notification_title")
def notification_title(notification: Notification) -> str:
    """A notification's title in the reader's language."""
    return fill(kind_of(notification.kind).title, notification.params)


@blueprint.app_template_filter("notification_body")
def notification_body(notification: Notification) -> str:
    """A notification's text in the reader's language."""
    return fill(kind_of(notification.kind).body, notification.params)


def _user_id() -> uuid.UUID:
    return record_or_404(current_actor().user_id)


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """What one was told, newest first."""
    unread_only = request.args.get("unread") == "1"
    return page("notifications/index.html", news=paginate(queries.of_user(_user_id(), unread=unread_only)), unread_only=unread_only)


@blueprint.post("/<uuid:notification_id>/open")
@login_required
def follow(notification_id: uuid.UUID) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    notification = record_or_404(queries.notification_of(database(), _user_id(), notification_id))
    operations.mark_read(notification, now=now())
    return redirect(local_target(notification.path, url_for("notifications.index")))


@blueprint.post("/read")
@login_required
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    attempt(ConfirmForm(), lambda: operations.mark_all_read(database(), _user_id(), now=now()))
    return redirect(url_for("notifications.index"))


@blueprint.route("/preferences", methods=["GET", "POST"])
@login_required
def preferences() -> ResponseReturnValue:
    """How one wants mail of each kind."""
    form = preferences_form(queries.preferences_of(database(), _user_id()))
    if form.validate_on_submit():
        choices = {kind.code: MailPreference(form[field_name(kind.code)].data) for kind in all_kinds()}
        operations.set_preferences(database(), _user_id(), choices)
        flash(_("Saved."), "success")
        return redirect(url_for("notifications.preferences"))
    return page("notifications/preferences.html", form=form, groups=groups(), field_name=field_name)
