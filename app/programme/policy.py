"""Who may set programmes. Everybody reads them."""

from app.actor import Actor, Role


def can_set(actor: Actor) -> bool:
    """The operator sets targets and periods."""
    return actor.has(Role.OPERATOR)
