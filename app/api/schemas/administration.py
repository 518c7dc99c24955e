"""What administrators and auditors see of the machine and of what was done, and programmes as the operator sets them."""

from marshmallow import fields

from app.administration.queries import Kind
from app.api.fields import TEXT, Choice, Day, Id, Moment, Schema, Text, Truth, Whole
from app.api.frame import ListQuery, RecordQuery
from app.api.searching import DayOrMoment
from app.programme.operations import CODE_LENGTH
from app.projects.models import CountsFrom

LARGEST = 2**31 - 1


class EventSchema(Schema):
    """A promised effect that failed: `failing` until it is tried again."""

    id = Whole(1, 2**63 - 1, required=True)
    status = Text(required=True, metadata={"example": "failing"})
    kind = Text(80, required=True, metadata={"example": "mail.send"})
    attempts = Whole(0, LARGEST, required=True)
    error = Text(TEXT, allow_none=True, required=True)
    created_at = Moment(required=True)
    available_at = Moment(required=True)


class QueueSchema(Schema):
    """Something that waits for this person's decision: what it is, since when, and until when it should be decided."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "waiting"})
    kind = Choice(Kind, required=True)
    number = Text(required=True)
    title = Text(required=True)
    waiting_since = Moment(required=True)
    due_on = Day(required=True)


class _Wanted(Schema):
    since = DayOrMoment(metadata={"description": "A date or a moment.", "example": "2026-01-01"})
    until = DayOrMoment(metadata={"description": "A date or a moment, which is not in.", "example": "2027-01-01"})
    actor_id = Id()
    action = Text(80, metadata={"example": "scenarios.approve"})
    subject_type = Text(40, metadata={"example": "scenarios"})
    subject_id = Id()
    q = Text(metadata={"description": "Words in who acted and what changed."})


class AuditQuery(_Wanted, ListQuery):
    """Which entries; every part that is given must hold."""


class ExportQuery(_Wanted, RecordQuery):
    """Which entries go into the file."""


class AuditSchema(Schema):
    """Who did what to which record. Once a person's part is `erased`, only that it was done is left."""

    at = Moment(required=True)
    action = Text(80, required=True, metadata={"example": "scenarios.approve"})
    subject_type = Text(40, required=True, metadata={"example": "scenarios"})
    subject_id = Id(required=True)
    actor_id = Id(allow_none=True, required=True)
    erased = Truth(required=True, metadata={"example": False})
    actor = Text(allow_none=True, required=True)
    organization_id = Text(allow_none=True, required=True)
    address = Text(allow_none=True, required=True)
    changes = fields.Dict(
        keys=fields.String(), required=True, metadata={"example": {"status": {"before": "in_review", "after": "open"}}}
    )


class ProgrammePatch(Schema):
    """What the operator sets of a programme; what is left out stays as it is."""

    code = Text(CODE_LENGTH, shortest=1, metadata={"example": "2029-2031"})
    name_zh = Text(shortest=1, metadata={"example": "场景开放 2029—2031"})
    name_en = Text(shortest=1, metadata={"example": "Scenario opening 2029 to 2031"})
    target = Whole(1, LARGEST, metadata={"example": 100})
    starts_on = Day(metadata={"example": "2029-01-01"})
    ends_on = Day(metadata={"example": "2031-12-31"})
    counts_from = Choice(CountsFrom)


class ProgrammeBody(ProgrammePatch):
    """A new programme."""

    code = Text(CODE_LENGTH, required=True, shortest=1, metadata={"example": "2029-2031"})
    name_zh = Text(required=True, shortest=1, metadata={"example": "场景开放 2029—2031"})
    name_en = Text(required=True, shortest=1, metadata={"example": "Scenario opening 2029 to 2031"})
    target = Whole(1, LARGEST, required=True, metadata={"example": 100})
    starts_on = Day(required=True, metadata={"example": "2029-01-01"})
    ends_on = Day(required=True, metadata={"example": "2031-12-31"})
    counts_from = Choice(CountsFrom, load_default=CountsFrom.ACCEPTED)


class ProgrammeSchema(ProgrammeBody):
    """A programme: `planned`, `running` or `over` by its period, until it is `closed`."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "running"})
    demo = Truth(required=True, metadata={"example": False})
