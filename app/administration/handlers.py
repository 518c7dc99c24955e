"""What auditors are told: the audit chain's daily head, by which a copy of the log can be checked."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify
from app.outbox.registry import Event, handles

declare(
    Kind(
        "audit.checkpoint_written",
        _l("Audit"),
        _l("Daily checkpoint of the audit log"),
        _l("Checkpoint of the audit log, %(day_on)s"),
        _l("The head of the chain: %(hash)s. Keep this mail: with it the log can be checked later."),
    )
)


@handles("audit.checkpoint_written")
def tell_auditors(session: Session, event: Event, now: datetime) -> None:
    """Each auditor gets the hash alone: an entry's number would betray how many sealed entries there are."""
    params = {"day_on": event.payload["day"], "hash": event.payload["hash"]}
    people = user_ids_with_role(session, Role.AUDITOR)
    notify(session, people, kind=event.kind, event_key=event.key, params=params, path="/audit", now=now)
