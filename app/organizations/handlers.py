"""Who is told what of an organisation, the letter that invites a colleague, and the memberships among one's personal data."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.letters import declare_letter, send_letter
from app.accounts.personal import Leaving, exports, on_erasure
from app.accounts.queries import names_of, user_by_email, user_ids_with_role
from app.actor import Role
from app.audit.operations import erase_naming
from app.errors import Conflict
from app.notifications.kinds import Kind, declare
from app.notifications.operations import notify, settle
from app.organizations.models import ColleagueInvitation, Membership, Organization
from app.organizations.queries import member_ids, owner_ids, solely_owned
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
declare_letter(
    "organization.invitation",
    title=_l("%(person)s invites you to %(firm)s"),
    body=_l("Open the link within 14 days to act for the firm. Without an account, sign up with this address first."),
)


@handles("organization.applied")
def tell_reviewers(session: Session, event: Event, now: datetime) -> None:
    """Reviewers hear of a firm that waits."""
    members = {*member_ids(session, event.uuid("organization_id"))}
    _tell(session, event, now, {*user_ids_with_role(session, Role.REVIEWER)} - members, path=_at_the_desk(event))


@handles("organization.verified")
def tell_members(session: Session, event: Event, now: datetime) -> None:
    """A verified firm's people hear that they may write."""
    _settle(session, event, now)
    _tell(session, event, now, member_ids(session, event.uuid("organization_id")))


@handles("organization.refused", "organization.joined")
def tell_owners(session: Session, event: Event, now: datetime) -> None:
    """A firm's owners hear why it was refused, and who has joined."""
    if event.kind == "organization.refused":
        _settle(session, event, now)
    _tell(session, event, now, owner_ids(session, event.uuid("organization_id")))


@handles("organization.colleague_invited")
def write_to_colleague(session: Session, event: Event, now: datetime) -> None:
    """The invited colleague gets a letter with the link, unless the invitation was taken back or used in the meantime."""
    invitation = session.get(ColleagueInvitation, event.uuid("invitation_id"))
    if invitation is None or invitation.accepted_at is not None:
        return
    user = user_by_email(session, invitation.email)
    person = names_of(session, [invitation.invited_by])[invitation.invited_by]
    send_letter(
        session,
        "organization.invitation",
        to=user.id if user is not None else invitation.email,
        key=event.key,
        endpoint="organizations.accept_invitation",
        now=now,
        params={"person": person, "firm": _name(session.get_one(Organization, invitation.organization_id))},
        purpose=JOINING,
        invitation_id=invitation.id,
    )


def _name(organization: Organization) -> dict[str, str]:
    return {"zh": organization.name_zh, "en": organization.name_en}


def _tell(session: Session, event: Event, now: datetime, users: Iterable[uuid.UUID], *, path: str | None = None) -> None:
    organization = session.get_one(Organization, event.uuid("organization_id"))
    params = {"firm": _name(organization), "reason": organization.refusal_reason}
    where = path or f"/organizations/{organization.id}"
    notify(session, users, kind=event.kind, event_key=event.key, params=params, path=where, at=event.created_at, now=now)


def _at_the_desk(event: Event) -> str:
    return f"/review/organization/{event.uuid('organization_id')}"


def _settle(session: Session, event: Event, now: datetime) -> None:
    """The firm does not wait for the reviewers any more."""
    reviewers = user_ids_with_role(session, Role.REVIEWER)
    settle(session, reviewers, kind="organization.applied", path=_at_the_desk(event), now=now)


@exports("memberships")
def export_memberships(session: Session, user_id: uuid.UUID) -> list[dict[str, Any]]:
    """To which firms the person belongs."""
    statement = select(Organization.name_zh, Membership.owner, Membership.joined_at).join_from(Membership, Organization)
    rows = session.execute(statement.where(Membership.user_id == user_id).order_by(Membership.joined_at))
    return [{"firm": name, "owner": owner, "since": joined_at.isoformat()} for name, owner, joined_at in rows]


@on_erasure
def end_memberships(session: Session, leaving: Leaving, now: datetime) -> None:
    """A deleted account belongs to no firm, and is invited to none. Raises Conflict for the only owner of one."""
    if solely_owned(session, leaving.user_id):
        raise Conflict(_l("You are the only owner of a firm. Make somebody else an owner first."))
    session.execute(delete(ColleagueInvitation).where(ColleagueInvitation.email.in_(leaving.addresses)))
    session.execute(delete(Membership).where(Membership.user_id == leaving.user_id))
    erase_naming(session, ("organization.invited", "organization.invitation_revoked"), leaving.addresses, now=now)
