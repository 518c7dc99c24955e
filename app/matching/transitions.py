"""The states of a match: what leads from where to where."""

from app.matching.models import UNDER_WAY, MatchStatus
from app.states import Machine, Transition

S = MatchStatus

MATCH = Machine(
    "match",
    S.PROPOSED,
    (
        Transition("confirm", (S.PROPOSED,), S.CONFIRMED, "both firms", "both said yes in time"),
        Transition("decline", (S.PROPOSED,), S.DECLINED, "either firm", "reason"),
        Transition("lapse", (S.PROPOSED,), S.LAPSED, "system", "no answer in time"),
        Transition("review", (S.CONFIRMED,), S.NOTICED, "reviewer", "not the proposer; of neither firm"),
        Transition("reject", (S.CONFIRMED,), S.REJECTED, "reviewer", "reason; not the proposer; of neither firm"),
        Transition("approve", (S.NOTICED,), S.APPROVED, "approver", "third person; of neither firm; notice over; a place free"),
        Transition("reject", (S.NOTICED,), S.REJECTED, "approver", "reason; third person; of neither firm"),
        Transition("uphold", (S.NOTICED,), S.REJECTED, "approver", "objection upheld, with a reason"),
        Transition("displace", UNDER_WAY, S.REJECTED, "system", "last place taken by another match"),
    ),
)
