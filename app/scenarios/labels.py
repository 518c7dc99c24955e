"""What enumerations are called on pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.attachments.models import Visibility
from app.errors import Text
from app.scenarios.models import (
    AmendmentKind,
    AmendmentStatus,
    AwardKind,
    Confidentiality,
    InvitationStatus,
    Operator,
    ScenarioStatus,
)

SCENARIO_STATUS: dict[ScenarioStatus, Text] = {
    ScenarioStatus.DRAFT: _l("Draft"),
    ScenarioStatus.IN_REVIEW: _l("In review"),
    ScenarioStatus.OPEN: _l("Open for solutions"),
    ScenarioStatus.EVALUATING: _l("In evaluation"),
    ScenarioStatus.MATCHED: _l("Matched"),
    ScenarioStatus.CLOSED: _l("Closed"),
    ScenarioStatus.UNFILLED: _l("No award"),
    ScenarioStatus.CANCELLED: _l("Withdrawn by the firm"),
}
STATUS_COLOUR: dict[ScenarioStatus, str] = {
    ScenarioStatus.OPEN: "blue",
    ScenarioStatus.IN_REVIEW: "amber",
    ScenarioStatus.EVALUATING: "amber",
    ScenarioStatus.MATCHED: "green",
    ScenarioStatus.CLOSED: "green",
    ScenarioStatus.CANCELLED: "red",
}
AWARD_KIND: dict[AwardKind, Text] = {
    AwardKind.BOUNTY: _l("Bounty"),
    AwardKind.PROCUREMENT: _l("Procurement"),
    AwardKind.JOINT_RD: _l("Joint R&D"),
    AwardKind.TRIAL: _l("Trial use"),
}
CONFIDENTIALITY: dict[Confidentiality, Text] = {
    Confidentiality.PUBLIC: _l("Public: everyone reads it"),
    Confidentiality.VERIFIED: _l("Verified firms: visitors see the public title, the domain and the dates"),
    Confidentiality.INVITED: _l("Invited firms only: nobody else learns of it"),
}
OPERATOR: dict[Operator, Text] = {
    Operator.AT_LEAST: "≥",
    Operator.AT_MOST: "≤",
    Operator.EQUAL: "=",
    Operator.WITHIN: _l("within"),
    Operator.COVERS: _l("covers"),
    Operator.INCLUDES: _l("includes"),
    Operator.GRADE: _l("reaches grade"),
}
AMENDMENT_KIND: dict[AmendmentKind, Text] = {
    AmendmentKind.CLARIFICATION: _l("Clarification"),
    AmendmentKind.EXTENSION: _l("Later deadline"),
    AmendmentKind.EARLY_CLOSING: _l("Early closing"),
    AmendmentKind.REQUIREMENTS: _l("Changed requirements"),
}
AMENDMENT_STATUS: dict[AmendmentStatus, Text] = {
    AmendmentStatus.PENDING: _l("Waits for review"),
    AmendmentStatus.APPLIED: _l("In force"),
    AmendmentStatus.RETURNED: _l("Returned"),
}
INVITATION_STATUS: dict[InvitationStatus, Text] = {
    InvitationStatus.PENDING: _l("Not answered yet"),
    InvitationStatus.ACCEPTED: _l("Accepted the invitation"),
    InvitationStatus.DECLINED: _l("Declined the invitation"),
}
VISIBILITY: dict[Visibility, Text] = {
    Visibility.RESTRICTED: _l("Verified firms only"),
    Visibility.PUBLIC: _l("Everyone who reads the scenario"),
}
FIELD: dict[str, Text] = {
    "title": _l("Title"),
    "public_title": _l("Public title"),
    "domain_code": _l("Domain"),
    "area_code": _l("Area"),
    "tracks": _l("Tracks wanted"),
    "confidentiality": _l("Who may read it"),
    "sealed": _l("Sealed submission"),
    "background": _l("Background"),
    "need": _l("Need"),
    "benefit": _l("Expected benefit"),
    "requirements": _l("Requirements"),
    "award_kind": _l("Form of cooperation"),
    "award_places": _l("Places"),
    "budget_min": _l("Budget from"),
    "budget_max": _l("Budget to"),
    "ip_terms": _l("Intellectual property"),
    "questions_close_at": _l("Questions until"),
    "closes_at": _l("Closing time"),
    "delivery_by": _l("Delivery by"),
    "criteria": _l("Criteria"),
}

# why a verdict came out, by the code of `search_index.parameters.Note` and, for several products together, of `solutions.prefill`
VERDICT_NOTE: dict[str, Text] = {
    "proved": _l("The parameter says %(value)s."),
    "missing": _l("The parameter says %(value)s: %(items)s is missing."),
    "no_parameter": _l("No parameter speaks of it."),
    "no_grade": _l("No parameter states a certificate or grade for it."),
    "no_figure": _l("“%(parameter)s” states no figure that could be compared."),
    "no_list": _l("“%(parameter)s” does not say it for certain."),
    "other_dimension": _l("“%(parameter)s” is measured in another kind of unit."),
    "other_condition": _l("“%(parameter)s” holds for another condition or state."),
    "uncertain": _l("“%(parameter)s” leaves it open."),
    "unreadable": _l("The requirement cannot be compared as it is written."),
    "products_differ": _l("The chosen products differ: one meets it, one does not."),
}


def verdict_note(note: Mapping[str, Any]) -> str:
    """A note in the reader's language; nothing for one that says nothing. `note`: code and data (all texts)."""
    text = VERDICT_NOTE.get(note.get("code", ""))
    return str(text) % note["data"] if text else ""
