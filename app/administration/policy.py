"""Who uses the pages of administration. What can be done with a record there is its own capability's question."""

from app.accounts.policy import can_administer
from app.actor import Actor

# events of these kinds would tell the system administrator of solutions, which that duty never sees (workflow, People)
HIDDEN_EVENTS = "solution."

__all__ = ["HIDDEN_EVENTS", "can_administer", "can_review_anything"]


def can_review_anything(actor: Actor) -> bool:
    """Reviewers and approvers have a desk."""
    return actor.is_administrator
