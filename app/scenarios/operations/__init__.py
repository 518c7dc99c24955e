"""Every change of a scenario and of what happens around it, by topic."""

from app.scenarios.operations.amendments import (
    approve_amendment,
    clarify,
    close_early,
    extend,
    propose_requirements,
    return_amendment,
)
from app.scenarios.operations.closing import close_due, end_unfilled, fill, finish
from app.scenarios.operations.drafts import create_draft, delete_draft, new_round, save_draft, submit, take_back
from app.scenarios.operations.files import attach, detach
from app.scenarios.operations.importing import import_challenges
from app.scenarios.operations.invitations import (
    accept_invitation,
    decline_invitation,
    invite_evaluator,
    invite_firm,
    invite_product,
)
from app.scenarios.operations.questions import answer, ask
from app.scenarios.operations.review import approve, cancel, return_to_draft

__all__ = [
    "accept_invitation", "answer", "approve", "approve_amendment", "ask", "attach", "cancel", "clarify", "close_due",
    "close_early", "create_draft", "decline_invitation", "delete_draft", "detach", "end_unfilled", "extend", "fill", "finish",
    "import_challenges", "invite_evaluator", "invite_firm", "invite_product", "new_round", "propose_requirements",
    "return_amendment", "return_to_draft", "save_draft", "submit", "take_back",
]  # fmt: skip
