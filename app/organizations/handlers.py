"""Who is told what of an organisation, and the mail that invites a colleague."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.accounts.queries import user_ids_with_role
from app.actor import Role
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify
from app.organizations.models import Organization
from app.organizations.queries import member_ids, owner_ids
from app.outbox.registry import Event, handles

JOINING = "join-organization"
GROUP = _l("Firms")

declare(
    Kind(
        "organization.applied",
        GROUP,
        _l("A firm waits for verification"),
        _l("To verify: %(firm)s"),
        _l("%(firm)s has registered and waits for verification."),
    ),
    Kind(
        "organization.verified",
        GROUP,
        _l("My firm is verified"),
        _l("Verified: %(firm)s"),
        _l("%(firm)s is verified. Its people can write from now on."),
    ),
    Kind(
        "organization.refused",
        GROUP,
        _l("My firm was refused"),
        _l("Refused: %(firm)s"),
        _l("%(firm)s was not verified: %(reason)s"),
    ),
    Kind(
        "organization.joined",
        GROUP,
        _l("A colleague has joined my firm"),
        _l("A colleague has joined %(firm)s"),
        _l("Your invitation was accepted."),
    ),
)


@handles("organization.applied")
def tell_reviewers(session: Session, event: Event, now: datetime) -> None:
    """Reviewers hear of a firm that waits."""
    _tell(session, event, now, user_ids_with_role(session, Role.REVIEWER), path="/review")


@handles("organization.verified")
def tell_members(session: Session, event: Event, now: datetime) -> None:
    """A verified firm's people hear that they may write."""
    _tell(session, event, now, member_ids(session, event.uuid("organization_id")))


@handles("organization.refused", "organization.joined")
def tell_owners(session: Session, event: Event, now: datetime) -> None:
    """A firm's owners hear why it was refused, and who has joined."""
    _tell(session, event, now, owner_ids(session, event.uuid("organization_id")))


def _tell(session: Session, event: Event, now: datetime, users: Iterable[uuid.UUID], *, path: str | None = None) -> None:
    organization = session.get_one(Organization, event.uuid("organization_id"))
    params: dict[str, Any] = {
        "firm": {"zh": organization.name_zh, "en": organization.name_en or organization.name_zh},
        "reason": organization.refusal_reason,
    }
    where = path or f"/organizations/{organization.id}"
    notify(session, users, kind=event.kind, event_key=event.key, params=params, path=where, now=now)
