"""Matches and objections, as they are sent and shown."""

from marshmallow import fields

from app.api.fields import TEXT, Choice, Day, Id, Moment, Part, Rows, Schema, Text, Truth, TruthInAddress, Whole
from app.api.frame import ListQuery
from app.matching.models import MatchStatus


class MatchBody(Schema):
    """A direct match: a product for a scenario that is being evaluated or went unfilled."""

    scenario_id = Id(required=True)
    product_id = Id(required=True)


class Confirmation(Schema):
    """A firm's yes. The chip firm of a direct match declares with it whether the product is local and new."""

    local_new_product = Truth(attribute="local_new")


class Review(Schema):
    """The first look: whether the claim of a local new product is right."""

    local_new_product = Truth(attribute="local_new", required=True)
    comment = Text(TEXT, load_default="")


class ObjectionBody(Schema):
    """What one objects to."""

    text = Text(TEXT, required=True, shortest=1, metadata={"example": "该产品并非首次应用"})


class Decision(Schema):
    """Whether the objection holds, and why."""

    upheld = Truth(required=True, metadata={"example": False})
    reason = Text(TEXT, required=True, shortest=1, metadata={"example": "经核实，异议不成立"})


class ObjectionSchema(Schema):
    """An objection: `waiting`, then `upheld` or `dismissed`; `moot` where its match ended before a decision."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "waiting"})
    match_id = Id(required=True)
    user_id = Id(required=True)
    name = Text(required=True, metadata={"example": "王强"})
    text = Text(TEXT, required=True)
    raised_at = Moment(required=True)
    decided_at = Moment(allow_none=True, required=True)
    decision_reason = Text(TEXT, required=True)


class MatchQuery(ListQuery):
    """Which matches; `mine`: those of one's firms."""

    status = Choice(MatchStatus)
    mine = TruthInAddress(load_default=False)


class MatchSchema(Schema):
    """A match. Somebody who is no party to it gets its public minimum, the fields that are always there, and the own objections.

    `score` and `reasons` of a match that came from a selection are the evaluations', and null for who does not see those.
    """

    id = Id(required=True)
    status = Choice(MatchStatus, required=True)
    number = Text(required=True, metadata={"example": "T-2026-0007"})
    title = Text(required=True, metadata={"example": "车载雷达芯片"})
    domain = Text(attribute="scenario.domain_code", required=True, metadata={"example": "iov"})
    area = Text(attribute="scenario.area_code", required=True, metadata={"example": "high-end-manufacturing"})
    anchor_id = Id(attribute="scenario.organization_id", required=True)
    firm_id = Id(required=True)
    place = Whole(1, 5, allow_none=True, required=True)
    notice_starts_on = Day(allow_none=True, required=True)
    notice_ends_at = Moment(allow_none=True, required=True)
    objections = Rows(Part(ObjectionSchema), required=True)
    scenario_id = Id()
    solution_id = Id(allow_none=True)
    product_id = Id(allow_none=True)
    proposed_at = Moment()
    score = fields.Float(allow_none=True, metadata={"example": 86.5})
    reasons = Rows(fields.Dict(), allow_none=True, metadata={"example": [{"evaluations": 3}]})
    confirm_by = Moment()
    anchor_confirmed_at = Moment(allow_none=True)
    firm_confirmed_at = Moment(allow_none=True)
    local_new_product_declared = Truth(attribute="local_new_declared", allow_none=True)
    local_new_product_verified = Truth(attribute="local_new_verified", allow_none=True)
    reviewed_at = Moment(allow_none=True)
    review_comment = Text(TEXT)
    decided_at = Moment(allow_none=True)
    reason = Text(TEXT)
