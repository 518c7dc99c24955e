"""Solutions and their evaluations, as they are sent and shown."""

from typing import Any

from marshmallow import fields

from app.api.fields import LINE, TEXT, Choice, Id, Moment, Money, Part, Rows, Schema, Text, Truth, Whole
from app.api.frame import ListQuery
from app.api.schemas.attachments import AttachmentSchema
from app.scenarios.content import MOST_ROWS
from app.solutions.models import ComplianceStatus, SolutionStatus
from app.solutions.operations.drafts import MOST_PRODUCTS
from search_index.parameters import Verdict


class Ids(Rows):
    """Records, shown by their ids."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Id(), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str]:
        return [str(record.id) for record in value]


class ComplianceSchema(Schema):
    """What a firm says of one requirement line; without a status the line is not answered yet."""

    requirement_id = Id(required=True)
    status = Choice(ComplianceStatus, allow_none=True, load_default=None, metadata={"example": "met"})
    value = Text(LINE, load_default="", metadata={"example": "9.8"})
    evidence = Text(LINE, load_default="", metadata={"example": "数据手册第 12 页"})


class SolutionPatch(Schema):
    """What a chip firm writes of a solution. What is left out stays as it is, lines that are not named in `compliance` too."""

    summary = Text(TEXT)
    approach = Text(TEXT)
    products = Rows(Id(), most=MOST_PRODUCTS, metadata={"description": "Of the firm's own catalogue."})
    price = Money(allow_none=True)
    schedule = Text(TEXT)
    team = Text(TEXT)
    local_new_product = Truth(attribute="local_new")
    compliance = Rows(Part(ComplianceSchema), most=MOST_ROWS)


class SolutionBody(SolutionPatch):
    """A new draft, which may be empty."""

    organization_id = Id(metadata={"description": "The chip firm; without it, the one that the token acts for."})


class ReceiptSchema(Schema):
    """When the version that counts was submitted, and the SHA-256 of its canonical content."""

    version = Whole(1, 10**6, attribute="number", required=True)
    submitted_at = Moment(required=True)
    sha256 = Text(64, required=True)


class _Content(Schema):
    version = Whole(1, 10**6, attribute="version.number", required=True)
    summary = Text(TEXT, attribute="version.summary", required=True)
    approach = Text(TEXT, attribute="version.approach", required=True)
    products = Ids(attribute="version.products", required=True)
    price = Money(attribute="version.price", allow_none=True, required=True)
    schedule = Text(TEXT, attribute="version.schedule", required=True)
    team = Text(TEXT, attribute="version.team", required=True)
    local_new_product = Truth(attribute="version.local_new", required=True)
    compliance = Rows(Part(ComplianceSchema), attribute="version.compliance", required=True)
    attachments = Rows(Part(AttachmentSchema), required=True)


class VersionSchema(_Content):
    """What one version says: `draft` while it is being written, then `submitted` for good."""

    id = Id(attribute="version.id", required=True)
    status = Text(required=True, metadata={"example": "submitted"})
    submitted_at = Moment(attribute="version.submitted_at", allow_none=True, required=True)


class WholeVersionSchema(VersionSchema):
    """A version with the text over which its hash was taken, byte for byte."""

    sha256 = Text(64, attribute="version.sha256", allow_none=True, required=True)
    content = Text(10**7, attribute="version.content", allow_none=True, required=True)


class SolutionSchema(_Content):
    """A solution as this reader sees it: its firm what it is writing, others the submitted version that counts.

    `score` and `rank` are there for those who may see the evaluations.
    """

    id = Id(required=True)
    status = Choice(SolutionStatus, required=True)
    scenario_id = Id(required=True)
    organization_id = Id(required=True)
    receipt = Part(ReceiptSchema, attribute="counting", allow_none=True, required=True)
    created_at = Moment(required=True)
    submitted_at = Moment(allow_none=True, required=True)
    shortlisted_at = Moment(allow_none=True, required=True)
    outdated_since = Moment(allow_none=True, required=True)
    decline_reason = Text(TEXT, required=True)
    score = fields.Float(allow_none=True, metadata={"example": 86.5})
    rank = Whole(1, 10**6, allow_none=True)


class SolutionQuery(ListQuery):
    """Which of one's firms' solutions."""

    status = Choice(SolutionStatus)


class AnsweredLineSchema(ComplianceSchema):
    """A requirement line and what the firm says of it; beside it, where products were chosen, what was derived from them."""

    name = Text(required=True, metadata={"example": "功耗"})
    operator = Text(required=True, metadata={"example": "<="})
    required = Text(required=True, metadata={"example": "10"})
    unit = Text(required=True, metadata={"example": "W"})
    must = Truth(required=True)
    derived_verdict = Choice(Verdict, allow_none=True)
    derived_value = Text(LINE)
    derived_evidence = Text(LINE)


class ScoreSchema(Schema):
    """A score and a comment on one criterion."""

    criterion_id = Id(required=True)
    score = Whole(0, 100, required=True, metadata={"example": 85})
    comment = Text(TEXT, load_default="")


class EvaluationBody(Schema):
    """One's own evaluation. A conflict of interest is declared first, and then no score is given."""

    conflict = Truth(required=True, metadata={"example": False})
    conflict_note = Text(TEXT, load_default="")
    scores = Rows(Part(ScoreSchema), most=MOST_ROWS, load_default=list)


class EvaluationSchema(Schema):
    """An evaluation: `scored` or, with a declared conflict, `barred`. `total` is the weighted sum, from 0 to 100."""

    id = Id(required=True)
    status = Text(required=True, metadata={"example": "scored"})
    solution_id = Id(required=True)
    evaluator_id = Id(required=True)
    evaluator = Text(required=True, metadata={"example": "李专家"})
    conflict = Truth(required=True)
    conflict_note = Text(TEXT, required=True)
    scores = Rows(Part(ScoreSchema), required=True)
    total = fields.Float(allow_none=True, required=True, metadata={"example": 86.5})
    submitted_at = Moment(required=True)
