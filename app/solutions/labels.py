"""What people read for states and answers."""

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.solutions.models import ComplianceStatus, SolutionStatus

SOLUTION_STATUS = {
    SolutionStatus.DRAFT: _l("Draft"),
    SolutionStatus.SUBMITTED: _l("Submitted"),
    SolutionStatus.SHORTLISTED: _l("Shortlisted"),
    SolutionStatus.SELECTED: _l("Selected"),
    SolutionStatus.DECLINED: _l("Declined by the anchor firm"),
    SolutionStatus.WITHDRAWN: _l("Withdrawn"),
}

# the colour of a state's tag
SOLUTION_COLOUR = {
    SolutionStatus.DRAFT: "",
    SolutionStatus.SUBMITTED: "blue",
    SolutionStatus.SHORTLISTED: "teal",
    SolutionStatus.SELECTED: "green",
    SolutionStatus.DECLINED: "red",
    SolutionStatus.WITHDRAWN: "",
}

COMPLIANCE_STATUS = {
    ComplianceStatus.MET: _l("Met"),
    ComplianceStatus.PARTLY: _l("Partly met"),
    ComplianceStatus.UNMET: _l("Not met"),
}

# the one reason that no person writes; stored as a code, said in the reader's language
SELECTION_ENDED = "selection_ended"


def reason_text(reason: str) -> Text:
    """A stored reason for declining as it is shown."""
    return _l("The selection has ended without choosing this solution.") if reason == SELECTION_ENDED else reason
