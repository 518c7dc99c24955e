"""Every change of a match, by topic."""

from app.matching.operations.approval import approve, decide_objection, raise_objection
from app.matching.operations.endings import decline, end_selection, lapse_due, reject
from app.matching.operations.proposals import confirm, propose_direct, select_solution
from app.matching.operations.review import review

__all__ = [
    "approve", "confirm", "decide_objection", "decline", "end_selection", "lapse_due", "propose_direct", "raise_objection",
    "reject", "review", "select_solution",
]  # fmt: skip
