"""The states of a solution: what leads from where to where."""

from app.solutions.models import SolutionStatus
from app.states import Machine, Transition

S = SolutionStatus

SOLUTION = Machine(
    "solution",
    S.DRAFT,
    (
        Transition("submit", (S.DRAFT, S.SUBMITTED), S.SUBMITTED, "chip firm", "complete; before the closing time"),
        Transition("withdraw", (S.SUBMITTED,), S.WITHDRAWN, "chip firm", "before the closing time"),
        Transition("shortlist", (S.SUBMITTED,), S.SHORTLISTED, "anchor firm", "after the closing time"),
        Transition("decline", (S.SUBMITTED, S.SHORTLISTED), S.DECLINED, "anchor firm", "reason; after the closing time"),
        Transition("pass_over", (S.SUBMITTED, S.SHORTLISTED), S.DECLINED, "system", "the selection has ended"),
        Transition("select", (S.SHORTLISTED,), S.SELECTED, "anchor firm", "proposes a match"),
        Transition("return_to_shortlist", (S.SELECTED,), S.SHORTLISTED, "system", "its match ended without approval"),
    ),
)

ANSWERED = (S.SUBMITTED, S.SHORTLISTED, S.SELECTED, S.DECLINED)
UNDECIDED = (S.SUBMITTED, S.SHORTLISTED)
