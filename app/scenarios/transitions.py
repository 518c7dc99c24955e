"""The states of a scenario, of an amendment that is reviewed, and of an invitation: what leads from where to where."""

from app.scenarios.models import AmendmentStatus, InvitationStatus, ScenarioStatus
from app.states import Machine, Transition

S = ScenarioStatus

SCENARIO = Machine(
    "scenario",
    S.DRAFT,
    (
        Transition("submit", (S.DRAFT,), S.IN_REVIEW, "anchor firm", "complete"),
        Transition("take_back", (S.IN_REVIEW,), S.DRAFT, "anchor firm"),
        Transition("return", (S.IN_REVIEW,), S.DRAFT, "reviewer", "reason"),
        Transition("approve", (S.IN_REVIEW,), S.OPEN, "reviewer", "not of the firm; end of questions and closing time ahead"),
        Transition("cancel", (S.OPEN,), S.CANCELLED, "anchor firm", "reason; before the closing time"),
        Transition("close", (S.OPEN,), S.EVALUATING, "system", "closing time reached; something submitted"),
        Transition("close_empty", (S.OPEN,), S.UNFILLED, "system", "closing time reached; nothing submitted"),
        Transition("fill", (S.EVALUATING,), S.MATCHED, "system", "each place taken, or selection ended with a match"),
        Transition("fill", (S.UNFILLED,), S.MATCHED, "system", "direct match approved"),
        Transition("end_unfilled", (S.EVALUATING,), S.UNFILLED, "anchor firm", "selection ended without a match"),
        Transition("finish", (S.MATCHED,), S.CLOSED, "system", "all projects ended"),
    ),
)

AMENDMENT = Machine(
    "amendment",
    AmendmentStatus.PENDING,
    (
        Transition("approve", (AmendmentStatus.PENDING,), AmendmentStatus.APPLIED, "reviewer", "not of the firm; scenario open"),
        Transition("return", (AmendmentStatus.PENDING,), AmendmentStatus.RETURNED, "reviewer", "reason"),
        Transition("end", (AmendmentStatus.PENDING,), AmendmentStatus.RETURNED, "system", "scenario no longer open"),
    ),
)

INVITATION = Machine(
    "invitation",
    InvitationStatus.PENDING,
    (
        Transition("accept", (InvitationStatus.PENDING, InvitationStatus.DECLINED), InvitationStatus.ACCEPTED, "invited one"),
        Transition("decline", (InvitationStatus.PENDING, InvitationStatus.ACCEPTED), InvitationStatus.DECLINED, "invited one"),
    ),
)
