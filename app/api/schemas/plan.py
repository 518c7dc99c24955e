"""The words of the plan, its tasks and numbers, and the calendar, as they are sent and shown."""

from marshmallow import fields

from app.api.fields import Amount, Coded, Day, Rows, Schema, Text, Truth, Whole

MOST = 10**9
MOST_POSITION = 9999
ZH, EN = {"example": "车联网"}, {"example": "Internet of vehicles"}
CODE = {"example": "iov"}
TRACK_KINDS = ("main", "speciality")
COMPARISONS = (">", ">=", "=")


class TermSchema(Schema):
    """A word of the plan: a code for good, and a name in each language. A retired one stays for old records."""

    code = Text(40, required=True, metadata=CODE)
    name_zh = Text(required=True, metadata=ZH)
    name_en = Text(required=True, metadata=EN)
    position = Whole(0, MOST_POSITION, required=True)
    retired = Truth(required=True, metadata={"example": False})


class TermPatch(Schema):
    """What the operator writes of a word; what is left out stays as it is."""

    name_zh = Text(shortest=1, metadata=ZH)
    name_en = Text(shortest=1, metadata=EN)
    position = Whole(0, MOST_POSITION)


class TermBody(TermPatch):
    """A new word."""

    code = Text(40, required=True, shortest=1, metadata=CODE)
    name_zh = Text(required=True, shortest=1, metadata=ZH)
    name_en = Text(required=True, shortest=1, metadata=EN)
    position = Whole(0, MOST_POSITION, load_default=0)


class TrackSchema(TermSchema):
    """A track: a main one, or a speciality field."""

    kind = Text(one_of=TRACK_KINDS, required=True, metadata={"example": "main"})


class TrackPatch(TermPatch):
    """What changes of a track."""

    kind = Text(one_of=TRACK_KINDS, metadata={"example": "main"})


class TrackBody(TermBody):
    """A new track."""

    kind = Text(one_of=TRACK_KINDS, load_default="main", metadata={"example": "main"})


class TechnologySchema(TermSchema):
    """A technology, under its track."""

    track = Text(40, attribute="track_code", required=True, metadata={"example": "design"})


class TechnologyPatch(TermPatch):
    """What changes of a technology."""

    track = Text(40, attribute="track_code", metadata={"example": "design"})


class TechnologyBody(TermBody):
    """A new technology."""

    track = Text(40, attribute="track_code", required=True, metadata={"example": "design"})


class AreaSchema(TermSchema):
    """A functional area of the park, with its part in the plan and the firms that the plan names."""

    role_zh = Text(required=True)
    named_firms = Rows(Text(), required=True)


class AreaPatch(TermPatch):
    """What changes of an area."""

    role_zh = Text()
    named_firms = Rows(Text())


class AreaBody(TermBody):
    """A new area."""

    role_zh = Text(load_default="")
    named_firms = Rows(Text(), load_default=list)


class TaskSchema(Schema):
    """A task of the plan, with the codes of the departments responsible for it."""

    no = Whole(1, MOST, required=True)
    name_zh = Text(required=True)
    departments = Coded(required=True, metadata={"example": ["edc"]})


class TaskPatch(Schema):
    """What the operator writes of a task."""

    name_zh = Text(shortest=1)
    departments = Rows(Text(40), metadata={"example": ["edc"]})


class IndicatorSchema(Schema):
    """A number that the plan sets. `counted`: the platform counts it from its own records."""

    code = Text(40, required=True, metadata={"example": "scenarios-accepted"})
    task = Whole(1, MOST, attribute="task_no", allow_none=True, required=True)
    name_zh = Text(required=True)
    comparison = Text(one_of=COMPARISONS, required=True, metadata={"example": ">="})
    target = fields.Float(required=True, metadata={"example": 100})
    unit_zh = Text(20, required=True, metadata={"example": "个"})
    counted = Truth(required=True)


class IndicatorPatch(Schema):
    """What the operator writes of a number of the plan."""

    name_zh = Text(shortest=1)
    comparison = Text(one_of=COMPARISONS, metadata={"example": ">="})
    target = Amount(metadata={"example": 100})
    unit_zh = Text(20, metadata={"example": "个"})


class CalendarDaySchema(Schema):
    """A day that the operator has declared working or free."""

    day = Day(required=True)
    working = Truth(required=True)
    note = Text(required=True)


class CalendarDayPatch(Schema):
    """What the operator says of a day that is declared; what is left out stays as it is."""

    working = Truth()
    note = Text()


class CalendarDayBody(Schema):
    """A day to declare working or free, whatever the calendar says."""

    day = Day(required=True)
    working = Truth(required=True)
    note = Text(load_default="")
