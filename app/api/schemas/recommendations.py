"""What fits what, and why; and what a firm does not want."""

from marshmallow import fields

from app.api.fields import TEXT, Choice, Id, Moment, Part, Rows, Schema, Text, Truth, Whole
from app.matching.fits.models import DismissalReason
from app.scenarios.models import ScenarioStatus
from search_index.parameters import Verdict

MOST_LINES = 10_000


class ProductReference(Schema):
    """A product that fits."""

    id = Id(required=True)
    name = Text(required=True, metadata={"example": "KJ-77G 毫米波雷达收发芯片"})
    model = Text(required=True)
    organization_id = Id(required=True)
    organization = Text(attribute="organization.name_zh", required=True, metadata={"example": "苏州示例半导体有限公司"})


class ScenarioReference(Schema):
    """A scenario that is fitted."""

    id = Id(required=True)
    title = Text(required=True, metadata={"example": "77 GHz 毫米波雷达收发芯片国产化"})
    organization_id = Id(required=True)
    status = Choice(ScenarioStatus, required=True)
    closes_at = Moment(allow_none=True, required=True)


class ScorePartSchema(Schema):
    """A part of a score; the parts add up to it. `detail` holds what was found, such as the shared terms."""

    part = Text(required=True, metadata={"example": "requirements"})
    label = Text(required=True, metadata={"example": "指标"})
    points = fields.Float(required=True, metadata={"example": 24.5})
    detail = Rows(fields.Raw(), required=True, metadata={"example": ["毫米波", "雷达"]})


class VerdictSchema(Schema):
    """Whether the product meets a requirement line, and what of its data sheet says so."""

    requirement_id = Id(attribute="line", required=True)
    verdict = Text(one_of=[verdict.value for verdict in Verdict], required=True, metadata={"example": "met"})
    evidence = Text(TEXT, allow_none=True, required=True, metadata={"example": "工作温度 -40~125 ℃"})


class _Fit(Schema):
    score = fields.Float(required=True, metadata={"description": "From 0 to 100.", "example": 83.25})
    reasons = Rows(Part(ScorePartSchema), required=True)
    requirements = Rows(Part(VerdictSchema), required=True)


class ProductFitSchema(_Fit):
    """A product that fits a scenario."""

    product = Part(ProductReference, required=True)


class ScenarioFitSchema(_Fit):
    """A scenario that a product fits, or (for a firm) the best of its products: `product_id`."""

    scenario = Part(ScenarioReference, required=True)
    product_id = Id(required=True)


class _NotForUs(Schema):
    reason = Text(
        TEXT, required=True, shortest=1,
        metadata={"description": "field, technology, capacity, terms, or in one's own words.", "example": "capacity"},
    )  # fmt: skip


class ProductDismissal(_NotForUs):
    """A product that is not for us."""

    product_id = Id(required=True)


class ScenarioDismissal(_NotForUs):
    """A scenario that is not for us."""

    scenario_id = Id(required=True)


class DismissalSchema(Schema):
    """What a firm does not want: hidden from it, and learned from, until it is taken back."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "dismissed"})
    organization_id = Id(required=True)
    scenario_id = Id(required=True)
    product_id = Id(allow_none=True, required=True)
    reason = Choice(DismissalReason, required=True)
    note = Text(TEXT, required=True)
    dismissed_at = Moment(required=True)


class GapSchema(Schema):
    """A requirement line that none of the products that fit its scenario meets; `nearest` fits the scenario best."""

    requirement_id = Id(attribute="line.id", required=True)
    scenario_id = Id(attribute="scenario.id", required=True)
    domain = Text(attribute="scenario.domain_code", required=True, metadata={"example": "iov"})
    name = Text(attribute="line.name", required=True, metadata={"example": "工作温度"})
    operator = Text(attribute="line.operator.value", required=True, metadata={"example": "covers"})
    value = Text(attribute="line.value", required=True, metadata={"example": "-40~125"})
    unit = Text(attribute="line.unit", required=True, metadata={"example": "℃"})
    must = Truth(attribute="line.must", required=True)
    nearest_id = Id(attribute="nearest.id", allow_none=True, required=True)
    unjudged = Whole(0, MOST_LINES, attribute="unknown", required=True)
    unmet = Whole(0, MOST_LINES, required=True)
