"""Who keeps the plan's words, the calendar and the settings. Everybody reads the words."""

from app.actor import Actor, Role


def can_keep(actor: Actor) -> bool:
    """The operator keeps the words of the plan and the calendar of working days."""
    return actor.has(Role.OPERATOR)


def can_set(actor: Actor) -> bool:
    """The operator and the system administrator change the settings."""
    return actor.has(Role.OPERATOR) or actor.has(Role.ADMIN)


def can_read_settings(actor: Actor) -> bool:
    """Whoever changes the settings, and the auditor."""
    return can_set(actor) or actor.has(Role.AUDITOR)
