"""Projects and milestones, as they are sent and shown."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.api.fields import COMMON, TEXT, Choice, Day, Id, Moment, Part, Rows, Schema, Text, Truth, TruthInAddress
from app.api.frame import ListQuery
from app.api.schemas.attachments import AttachmentSchema
from app.programme.queries import Figure
from app.projects.models import MilestoneStatus, ProjectStatus


class Quarter(Text):
    """A quarter such as 2026Q4."""

    default_error_messages = {**COMMON, "quarter": _l("Send a quarter such as 2026Q4.")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"(19|2\d)\d\dQ[1-4]", text, re.ASCII):
            raise self.make_error("quarter")
        return text


class ProjectQuery(ListQuery):
    """Which projects; `mine`: those of one's firms. With a programme: those behind one of its figures, or a part of one."""

    status = Choice(ProjectStatus)
    mine = TruthInAddress(load_default=False)
    match_id = Id()
    programme = Text(40, metadata={"example": "2026-2028"})
    figure = Choice(Figure, load_default=Figure.ESTABLISHED)
    domain = Text(40, metadata={"example": "iov"})
    area = Text(40)
    anchor = Id()
    quarter = Quarter(6, metadata={"example": "2026Q4"})


class MilestoneBody(Schema):
    """A step of the plan."""

    name = Text(required=True, shortest=1, metadata={"example": "样片交付"})
    due_on = Day(required=True)


class MilestonePatch(Schema):
    """What changes of the plan; what is left out stays as it is."""

    name = Text(shortest=1, metadata={"example": "样片交付"})
    due_on = Day()


class Evidence(Schema):
    """What shows that a milestone was reached; files go to its attachments."""

    evidence = Text(TEXT, required=True, shortest=1, metadata={"example": "样片 20 颗已签收"})


class MilestoneSchema(Schema):
    """A step of a project."""

    id = Id(required=True)
    status = Choice(MilestoneStatus, required=True)
    project_id = Id(required=True)
    name = Text(required=True)
    due_on = Day(required=True)
    overdue = Truth(required=True, metadata={"example": False})
    evidence = Text(TEXT, required=True)
    submitted_at = Moment(allow_none=True, required=True)
    return_reason = Text(TEXT, required=True)
    accepted_at = Moment(allow_none=True, required=True)
    attachments = Rows(Part(AttachmentSchema), required=True)


class ContractPatch(Schema):
    """What the firms keep of their contract."""

    contract_number = Text(metadata={"example": "HT-2026-18"})
    contract_note = Text(TEXT)


class Acceptance(Schema):
    """Whether what was delivered is local and new."""

    local_new_product = Truth(attribute="local_new", required=True)


class ProjectSchema(Schema):
    """A project. Somebody who is no party to it gets its public minimum: the fields that are always there.

    `local_new_product` is the verdict of the review, `local_new_product_accepted` the one confirmed at acceptance.
    """

    id = Id(required=True)
    status = Choice(ProjectStatus, required=True)
    number = Text(required=True, metadata={"example": "P-2026-0003"})
    match_id = Id(required=True)
    title = Text(required=True)
    domain = Text(attribute="domain_code", required=True, metadata={"example": "iov"})
    area = Text(attribute="area_code", required=True, metadata={"example": "high-end-manufacturing"})
    anchor_id = Id(required=True)
    firm_id = Id(required=True)
    programme = Text(attribute="programme.code", allow_none=True, required=True, metadata={"example": "2026-2028"})
    approved_on = Day(required=True)
    accepted_on = Day(allow_none=True, required=True)
    local_new_product = Truth(attribute="local_new", required=True)
    local_new_product_accepted = Truth(attribute="local_new_accepted", allow_none=True, required=True)
    scenario_id = Id()
    contract_number = Text()
    contract_note = Text(TEXT)
    acceptance_requested_at = Moment(allow_none=True)
    return_reason = Text(TEXT)
    termination_reason = Text(TEXT)
    terminated_at = Moment(allow_none=True)
    milestones = Rows(Part(MilestoneSchema))
