"""Who uses the pages of administration. What can be done with a record there is its own capability's question."""

from app.accounts.policy import can_administer
from app.actor import Actor, Role

# events of these kinds would tell the system administrator of solutions, which that duty never sees (workflow, People), and the
# auditor of sealed ones
HIDDEN_EVENTS = "solution."

__all__ = ["HIDDEN_EVENTS", "can_administer", "can_read_outbox", "can_read_queue", "can_review_anything"]


def can_review_anything(actor: Actor) -> bool:
    """Reviewers and approvers have a desk."""
    return actor.is_administrator


def can_read_queue(actor: Actor) -> bool:
    """Reviewers and approvers, each what waits for them; the auditor all that waits for anybody."""
    return can_review_anything(actor) or actor.has(Role.AUDITOR)


def can_read_outbox(actor: Actor) -> bool:
    """The system administrator, and the auditor, who changes nothing."""
    return can_administer(actor) or actor.has(Role.AUDITOR)
