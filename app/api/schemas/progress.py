"""The settings, and the figures of a programme."""

from typing import Any

from marshmallow import fields

from app.api.fields import Choice, Day, Id, Moment, Rows, Schema, Text, Whole
from app.api.frame import ListQuery, RecordQuery
from app.programme.queries import Stage
from app.projects.models import CountsFrom
from app.taxonomy.settings import ALL

MOST = 10**9


def _settings(**options: Any) -> dict[str, Any]:
    return {
        each.key: Whole(each.least, each.most, metadata={"description": str(each.key), "example": each.default}, **options)
        for each in ALL
    }


SettingsSchema = type("SettingsSchema", (Schema,), {"__doc__": "What the operator has set.", **_settings(required=True)})
SettingsPatch = type("SettingsPatch", (Schema,), {"__doc__": "The settings that change.", **_settings()})


class ProgressQuery(RecordQuery):
    """Which programme."""

    programme = Text(40, metadata={"description": "A programme's code; without it the running one.", "example": "2026-2028"})


class _Row(Schema):
    """A part of the figures."""

    value = Text(required=True, metadata={"example": "iov"})
    label = Text(required=True, metadata={"example": "车联网"})
    established = Whole(0, MOST, allow_none=True, required=True)
    accepted = Whole(0, MOST, allow_none=True, required=True)
    counted = Whole(0, MOST, allow_none=True, required=True)


class _Stage(Schema):
    """How many scenarios came this far."""

    value = Choice(Stage, required=True)
    label = Text(required=True, metadata={"example": "已发榜"})
    count = Whole(0, MOST, allow_none=True, required=True)


class ProgressSchema(Schema):
    """The figures of a programme, null where none are kept. `lists`: by figure or stage, the address of what it counts."""

    programme = Text(required=True, metadata={"example": "2026-2028"})
    name_zh = Text(required=True)
    name_en = Text(required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    target = Whole(0, MOST, required=True, metadata={"example": 300})
    counts_from = Choice(CountsFrom, required=True)
    counted = Whole(0, MOST, allow_none=True, required=True)
    established = Whole(0, MOST, allow_none=True, required=True)
    accepted = Whole(0, MOST, allow_none=True, required=True)
    in_progress = Whole(0, MOST, allow_none=True, required=True)
    not_counted = Whole(0, MOST, allow_none=True, required=True)
    by_domain = Rows(fields.Nested(_Row), required=True)
    by_area = Rows(fields.Nested(_Row), required=True)
    by_quarter = Rows(fields.Nested(_Row), required=True)
    by_anchor = Rows(fields.Nested(_Row), required=True)
    funnel = Rows(fields.Nested(_Stage), required=True)
    under_notice = Whole(0, MOST, required=True)
    open_scenarios = Whole(0, MOST, required=True)
    lists = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"example": {"counted": "/api/v1/projects?programme=2026-2028&figure=counted"}},
    )


class StageQuery(ListQuery):
    """Which scenarios of which programme."""

    programme = ProgressQuery._declared_fields["programme"]
    stage = Choice(Stage, load_default=Stage.OPENED, metadata={"example": "opened"})


class MinimumSchema(Schema):
    """The public minimum of a scenario."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "open"})
    public_title = Text(attribute="shown_title", required=True)
    domain = Text(attribute="domain_code", allow_none=True, required=True, metadata={"example": "iov"})
    opened_at = Moment(allow_none=True, required=True)
    closes_at = Moment(allow_none=True, required=True)
