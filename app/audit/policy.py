"""Who reads the audit log."""

from app.actor import Actor, Role


def can_read(actor: Actor) -> bool:
    """The auditor, and nobody else: the log as a whole says more than any other duty needs."""
    return actor.has(Role.AUDITOR)
