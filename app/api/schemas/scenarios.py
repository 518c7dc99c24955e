"""Scenarios and what stands around them, as they are sent and shown."""

from app.api.answers import Changes, Highlights, Score
from app.api.fields import TEXT, Choice, Coded, Day, Id, Moment, Money, Part, Rows, Schema, Text, Truth, Unit, Whole
from app.scenarios.content import MOST_ROWS
from app.scenarios.models import (
    AmendmentKind,
    AmendmentStatus,
    AwardKind,
    Confidentiality,
    InvitationKind,
    InvitationStatus,
    Operator,
    ScenarioStatus,
)


class RequirementSchema(Schema):
    """A requirement line. An `id` names the line that it changes; without one the line is new."""

    id = Id()
    name = Text(required=True, shortest=1, metadata={"example": "工作温度"})
    operator = Choice(Operator, load_default=Operator.AT_LEAST, metadata={"example": "covers"})
    value = Text(load_default="", metadata={"example": "-40~125"})
    unit = Unit()
    must = Truth(load_default=True)
    weight = Whole(0, 100, load_default=10, metadata={"example": 20})
    test_method = Text(load_default="", metadata={"example": "第三方报告"})


class CriterionSchema(Schema):
    """A criterion; the weights of a submitted scenario add up to 100."""

    id = Id()
    name = Text(required=True, shortest=1, metadata={"example": "技术先进性"})
    weight = Whole(0, 100, required=True, metadata={"example": 40})


class ScenarioPatch(Schema):
    """What an anchor firm writes of a scenario; what is left out stays as it is."""

    title = Text(metadata={"example": "77 GHz 毫米波雷达收发芯片国产化"})
    public_title = Text(metadata={"example": "车载雷达芯片"})
    domain = Text(40, attribute="domain_code", allow_none=True, metadata={"example": "iov"})
    area = Text(40, attribute="area_code", allow_none=True, metadata={"example": "high-end-manufacturing"})
    tracks = Rows(Text(40), metadata={"example": ["design"]})
    background = Text(TEXT)
    need = Text(TEXT)
    benefit = Text(TEXT)
    award_kind = Choice(AwardKind, allow_none=True)
    award_places = Whole(1, 5)
    budget_min = Money(allow_none=True)
    budget_max = Money(allow_none=True)
    ip_terms = Text()
    confidentiality = Choice(Confidentiality)
    sealed = Truth()
    questions_close_at = Moment(allow_none=True)
    closes_at = Moment(allow_none=True)
    delivery_by = Day(allow_none=True)
    requirements = Rows(Part(RequirementSchema), most=MOST_ROWS)
    criteria = Rows(Part(CriterionSchema), most=MOST_ROWS)


class ScenarioBody(ScenarioPatch):
    """A new draft: a title is enough."""

    title = Text(required=True, shortest=1, metadata={"example": "77 GHz 毫米波雷达收发芯片国产化"})
    organization = Id(metadata={"description": "The anchor firm; without it, the one that the token acts for."})


class ScenarioSchema(Schema):
    """A scenario. Somebody who may not read it in whole gets its public minimum: the fields that are always there."""

    id = Id(required=True)
    status = Choice(ScenarioStatus, required=True)
    public_title = Text(attribute="shown_title", required=True)
    domain = Text(attribute="domain_code", allow_none=True, required=True)
    opened_at = Moment(allow_none=True, required=True)
    closes_at = Moment(allow_none=True, required=True)
    number = Text(allow_none=True)
    organization = Id(attribute="organization_id")
    title = Text()
    area = Text(attribute="area_code", allow_none=True)
    tracks = Coded(metadata={"example": ["design"]})
    background = Text(TEXT)
    need = Text(TEXT)
    benefit = Text(TEXT)
    award_kind = Choice(AwardKind, allow_none=True)
    award_places = Whole(1, 5)
    budget_min = Money(allow_none=True)
    budget_max = Money(allow_none=True)
    ip_terms = Text()
    confidentiality = Choice(Confidentiality)
    sealed = Truth()
    questions_close_at = Moment(allow_none=True)
    delivery_by = Day(allow_none=True)
    round = Whole(1, 1000)
    previous_id = Id(allow_none=True)
    return_reason = Text(TEXT)
    cancel_reason = Text(TEXT)
    requirements = Rows(Part(RequirementSchema), most=MOST_ROWS)
    criteria = Rows(Part(CriterionSchema), most=MOST_ROWS)


class ScenarioHit(ScenarioSchema):
    """A scenario as a search finds it."""

    searched = True
    score = Score()
    highlights = Highlights(required=True)


class Reason(Schema):
    """Why."""

    reason = Text(TEXT, required=True, shortest=1, metadata={"example": "指标尚需补充"})


class Extension(Reason):
    """A later closing time."""

    closes_at = Moment(required=True)
    questions_close_at = Moment()
    delivery_by = Day()


class AmendmentBody(Reason):
    """A clarification (texts) at once, or changed requirement lines for review: one of the two."""

    background = Text(TEXT)
    need = Text(TEXT)
    benefit = Text(TEXT)
    requirements = Rows(Part(RequirementSchema), most=MOST_ROWS)


class AmendmentSchema(Schema):
    """An amendment: what changed, from what to what."""

    id = Id(required=True)
    status = Choice(AmendmentStatus, required=True)
    number = Text(required=True)
    scenario = Id(attribute="scenario_id", required=True)
    kind = Choice(AmendmentKind, required=True)
    reason = Text(TEXT, required=True)
    changes = Changes(required=True)
    proposed_at = Moment(required=True)
    decided_at = Moment(allow_none=True, required=True)
    decision_reason = Text(TEXT, required=True)


class QuestionBody(Schema):
    """A question."""

    text = Text(TEXT, required=True, shortest=1, metadata={"example": "是否接受 QFN 封装？"})


class QuestionSchema(Schema):
    """A question and its answer, without the asker's name."""

    id = Id(required=True)
    status = Text(one_of=("open", "answered"), required=True, metadata={"example": "answered"})
    scenario = Id(attribute="scenario_id", required=True)
    text = Text(TEXT, required=True)
    asked_at = Moment(required=True)
    answer = Text(TEXT, required=True)
    answered_at = Moment(allow_none=True, required=True)


class InvitationBody(Schema):
    """Whom to invite: a firm, a firm for one of its products, or a person to evaluate."""

    organization_id = Id(metadata={"description": "A verified chip firm."})
    product_id = Id(metadata={"description": "A product, whose firm is invited."})
    email = Text(254, metadata={"example": "expert@demo.example"})
    message = Text(TEXT, metadata={"example": "贵司产品与本场景相近，诚邀揭榜。"})


class InvitationSchema(Schema):
    """An invitation, and whether it was answered."""

    id = Id(required=True)
    status = Choice(InvitationStatus, required=True)
    scenario = Id(attribute="scenario_id", required=True)
    kind = Choice(InvitationKind, required=True)
    organization_id = Id(allow_none=True, required=True)
    product_id = Id(allow_none=True, required=True)
    email = Text(254, allow_none=True, required=True)
    message = Text(TEXT, required=True)
    invited_at = Moment(required=True)
    answered_at = Moment(allow_none=True, required=True)
