"""What one was told, and how one wants mail."""

import uuid
from typing import Any

from flask_babel import gettext as _

from app.api import bearer
from app.api.frame import Listing, Resource, page_of
from app.api.schemas.personal import NotificationQuery, NotificationSchema, PreferencesPatch, PreferencesSchema
from app.api.showing import Shown, each
from app.errors import Invalid
from app.notifications import operations, queries
from app.notifications.kinds import all_kinds, fill, kind_of
from app.notifications.models import Notification
from app.web import database, now, record_or_404

resource = Resource("notifications", "What one was told")


def _shown(notification: Notification) -> Shown:
    kind, params = kind_of(notification.kind), notification.params
    status = "unread" if notification.read_at is None else "read"
    return Shown(notification, status=status, title=fill(kind.title, params), body=fill(kind.body, params))


@resource.lists("/notifications", NotificationSchema, query=NotificationQuery, public=False)
def list_notifications(query: dict[str, Any]) -> Listing:
    """What one was told, the newest first."""
    told = queries.of_user(bearer.person().id, unread=query["unread"])
    return each(page_of(told, query), lambda news: [_shown(notification) for notification in news])


@resource.acts("/notifications/<uuid:notification_id>/read", NotificationSchema)
def read_notification(_body: dict[str, Any], notification_id: uuid.UUID) -> Shown:
    """Note that one has read it."""
    notification = record_or_404(queries.notification_of(database(), bearer.person().id, notification_id))
    return _shown(operations.mark_read(notification, now=now()))


@resource.acts("/notifications/read", None)
def read_all_notifications(_body: dict[str, Any]) -> None:
    """Note that one has read everything."""
    operations.mark_all_read(database(), bearer.person().id, now=now())


def _preferences() -> dict[str, Any]:
    chosen = queries.preferences_of(database(), bearer.person().id)
    return {"mail": {kind.code: chosen.get(kind.code, kind.mail) for kind in all_kinds()}}


@resource.reads("/notifications/preferences", PreferencesSchema, public=False)
def show_preferences(_query: dict[str, Any]) -> dict[str, Any]:
    """How one wants mail of each kind."""
    return _preferences()


@resource.replaces("/notifications/preferences", PreferencesSchema, takes=PreferencesPatch, current=_preferences)
def set_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Choose how one wants mail of some kinds."""
    unknown = body["mail"].keys() - {kind.code for kind in all_kinds()}
    if unknown:
        raise Invalid({f"mail.{code}": [_("There is no such kind.")] for code in unknown})
    operations.set_preferences(database(), bearer.person().id, body["mail"])
    return _preferences()
