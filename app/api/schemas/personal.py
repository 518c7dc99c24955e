"""What is one's own: notifications, how one wants mail, and the searches that one keeps."""

from marshmallow import fields

from app.api.fields import LINE, TEXT, Choice, Id, Moment, Schema, Text, Truth, TruthInAddress
from app.api.frame import ListQuery
from app.discovery.saved import LONGEST_ARGUMENTS
from app.discovery.shapes import SHAPES
from app.notifications.models import MailPreference


class NotificationQuery(ListQuery):
    """Which notifications."""

    unread = TruthInAddress(load_default=False, metadata={"description": "Only those that were not read.", "example": "true"})


class NotificationSchema(Schema):
    """Something one was told, in the language that is asked for; `path` is the page on which it happened."""

    id = Id(required=True)
    status = Text(one_of=("unread", "read"), required=True, metadata={"example": "unread"})
    kind = Text(80, required=True, metadata={"example": "scenario.opened"})
    title = Text(TEXT, required=True)
    body = Text(TEXT, required=True)
    path = Text(required=True, metadata={"example": "/scenarios/6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10"})
    created_at = Moment(required=True)
    read_at = Moment(allow_none=True, required=True)


def _choices() -> fields.Dict:
    example = {"example": {"accounts.locked": MailPreference.AT_ONCE.value}}
    return fields.Dict(keys=Text(80), values=Choice(MailPreference), required=True, metadata=example)


class PreferencesSchema(Schema):
    """How one wants mail, by kind of notification."""

    mail = _choices()


class PreferencesPatch(Schema):
    """The kinds that change; the others stay as they are."""

    mail = _choices()


class SavedSearchBody(Schema):
    """A search to keep."""

    list = Text(one_of=tuple(SHAPES), required=True, metadata={"example": "scenarios"})
    name = Text(LINE, required=True, shortest=1, metadata={"example": "雷达场景"})
    arguments = Text(
        LONGEST_ARGUMENTS,
        load_default="",
        metadata={"description": "As the list's address has it.", "example": "q=雷达&domain=iov"},
    )
    alerts = Truth(load_default=True)


class AlertsBody(Schema):
    """Whether to be told of new records."""

    alerts = Truth(required=True)


class SavedSearchSchema(Schema):
    """A search that one keeps; with `alerts` one is told of records that came after `since`."""

    id = Id(required=True)
    name = Text(required=True, metadata={"example": "雷达场景"})
    list = Text(40, attribute="shape", required=True, metadata={"example": "scenarios"})
    arguments = Text(LONGEST_ARGUMENTS, required=True, metadata={"example": "domain=iov&q=%E9%9B%B7%E8%BE%BE"})
    alerts = Truth(required=True)
    since = Moment(required=True)
