"""Registering an organisation, keeping its record, and verifying it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments.models import Attachment
from app.attachments.operations import Store, store
from app.attachments.operations import check as check_file
from app.audit.operations import record as audit
from app.errors import NotFound, check_reason, collecting, require_allowed, require_fresh, require_visible
from app.organizations import credit_code, policy, queries
from app.organizations.models import Membership, Organization
from app.organizations.operations.members import require_may_belong
from app.organizations.transitions import ORGANIZATION
from app.outbox.operations import emit
from app.taxonomy.models import Area, Track

IDENTITY = ("name_zh", "credit_code")
FIELDS = (
    "name_zh", "name_en", "short_zh", "short_en", "credit_code", "is_anchor", "is_chip", "area_code", "cultivation",
    "profile_zh", "profile_en", "website", "contact_name", "contact_email", "contact_phone",
)  # fmt: skip


@dataclass(frozen=True)
class OrganizationContent:
    """What an owner writes of their organisation."""

    name_zh: str
    credit_code: str
    area_code: str
    is_anchor: bool = False
    is_chip: bool = False
    name_en: str = ""
    short_zh: str = ""
    short_en: str = ""
    track_codes: tuple[str, ...] = ()
    cultivation: list[str] = field(default_factory=list)
    profile_zh: str = ""
    profile_en: str = ""
    website: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


def register_organization(
    session: Session,
    content: OrganizationContent,
    *,
    organization_id: uuid.UUID,
    licence: FileStorage | None,
    into: Store,
    actor: Actor,
    now: datetime,
    demo: bool = False,
) -> Organization:
    """Register an organisation; the applicant becomes its first owner. Sent twice with one id, it registers once.

    Without a `licence` it follows by `attach_licence`: nobody is verified before. Raises Invalid for a wrong or taken credit code,
    a missing name, role or area, a file that is not taken, or a chip firm without a track.
    """
    require_allowed(policy.can_register(actor))
    existing = session.get(Organization, organization_id)
    if existing is not None and actor.belongs_to(existing.id):
        return existing
    require_may_belong(session, actor.person)
    tracks = check_registration(session, content, licence=licence, into=into)
    organization = Organization(id=organization_id, applied_at=now, demo=demo, status=ORGANIZATION.initial, tracks=tracks)
    _write(organization, content)
    session.add(organization)
    session.flush()
    session.add(Membership(organization_id=organization.id, user_id=actor.user_id, owner=True, joined_at=now))
    if licence is not None:
        store(session, licence, owner={"organization_id": organization.id}, into=into, actor=actor, now=now, field="licence")
    audit(session, "organization.registered", organization, actor=actor, now=now, after=_facts(organization))
    emit(session, "organization.applied", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    return organization


def check_registration(session: Session, content: OrganizationContent, *, licence: FileStorage | None, into: Store) -> list[Track]:
    """The tracks of an organisation that can be registered; raises Invalid, as `register_organization` does, otherwise."""
    tracks: list[Track] = []
    with collecting() as problems:
        with problems.including():
            tracks = _checked(session, content, own_id=None)
        if licence is not None:
            with problems.including():
                check_file(licence, into=into, field="licence")
    return tracks


def edit_organization(
    session: Session, organization_id: uuid.UUID, content: OrganizationContent, *, version: int | None, actor: Actor, now: datetime
) -> Organization:
    """Change the record. A verified organisation that changes its name or code waits for verification anew.

    Raises Stale when somebody else was faster, Invalid as `register_organization` does.
    """
    organization = _locked(session, organization_id, actor)
    require_allowed(policy.can_edit(actor, organization))
    require_fresh(organization.version, version)
    tracks = _checked(session, content, own_id=organization.id)
    before = _facts(organization)
    _write(organization, content)
    organization.tracks = tracks
    flag_modified(organization, "name_zh")  # tracks stand in another table: the version rises for them too
    after = _facts(organization)
    if organization.is_verified and any(before[name] != after[name] for name in IDENTITY):
        ORGANIZATION.move(organization, "change_identity")
        organization.verified_at = organization.verified_by = None
        organization.applied_at = now
        emit(session, "organization.applied", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    audit(session, "organization.edited", organization, actor=actor, now=now, before=before, after=after)
    emit(session, "organization.changed", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    return organization


def apply_again(session: Session, organization_id: uuid.UUID, *, actor: Actor, now: datetime) -> Organization:
    """Put a refused organisation before the reviewers again, after its owner has mended it."""
    organization = _locked(session, organization_id, actor)
    require_allowed(policy.can_edit(actor, organization))
    ORGANIZATION.move(organization, "apply_again")
    organization.applied_at = now
    audit(session, "organization.applied_again", organization, actor=actor, now=now)
    emit(session, "organization.applied", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    return organization


def attach_licence(
    session: Session, organization_id: uuid.UUID, upload: FileStorage, *, into: Store, actor: Actor, now: datetime
) -> Attachment:
    """Upload the licence by which a reviewer verifies the organisation. Raises Invalid at `file` for a file not taken."""
    organization = _locked(session, organization_id, actor)
    require_allowed(policy.can_edit(actor, organization))
    return store(session, upload, owner={"organization_id": organization.id}, into=into, actor=actor, now=now)


def verify_organization(session: Session, organization_id: uuid.UUID, *, actor: Actor, now: datetime) -> Organization:
    """Confirm that the organisation is what it says: from now on its people may write. Needs its licence.

    Raises Forbidden for a member of the organisation, Invalid without a licence, WrongState when it is decided already.
    """
    organization = _locked(session, organization_id, actor)
    require_allowed(policy.can_verify(actor, organization))
    ORGANIZATION.require(organization, "verify")
    with collecting() as problems:
        if not queries.has_licence(session, organization.id):
            problems.add("licence", _l("The licence has not been uploaded yet."))
    ORGANIZATION.move(organization, "verify")
    organization.verified_at, organization.verified_by = now, actor.user_id
    organization.refusal_reason = ""
    audit(session, "organization.verified", organization, actor=actor, now=now)
    emit(session, "organization.verified", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    return organization


def refuse_organization(session: Session, organization_id: uuid.UUID, *, reason: str, actor: Actor, now: datetime) -> Organization:
    """Refuse the verification, with a reason that the owners read. Raises Invalid without one."""
    organization = _locked(session, organization_id, actor)
    require_allowed(policy.can_verify(actor, organization))
    ORGANIZATION.require(organization, "refuse")
    check_reason(reason)
    ORGANIZATION.move(organization, "refuse")
    organization.refusal_reason = reason.strip()
    audit(session, "organization.refused", organization, actor=actor, now=now, after={"reason": organization.refusal_reason})
    emit(session, "organization.refused", f"{organization.id}:{now.isoformat()}", now=now, organization_id=organization.id)
    return organization


def _locked(session: Session, organization_id: uuid.UUID, actor: Actor) -> Organization:
    organization = queries.lock_organization(session, organization_id)
    if organization is None:
        raise NotFound
    require_visible(policy.can_see(actor, organization))
    return organization


def _checked(session: Session, content: OrganizationContent, *, own_id: uuid.UUID | None) -> list[Track]:
    """The tracks of a content that passes; Invalid otherwise."""
    code = credit_code.normalize(content.credit_code)
    statement = select(Track).where(Track.code.in_(content.track_codes)).order_by(Track.position)
    tracks = list(session.scalars(statement))
    with collecting() as problems:
        if not content.name_zh:
            problems.add("name_zh", _l("Please enter the registered name."))
        if not credit_code.is_valid(code):
            problems.add("credit_code", _l("This is not a valid unified social credit code: please check all 18 characters."))
        elif queries.code_taken(session, code, except_id=own_id):
            problems.add("credit_code", _l("An organisation with this code is already registered. Ask its owner to invite you."))
        if not (content.is_anchor or content.is_chip):
            problems.add("is_chip", _l("Choose at least one role."))
        if session.get(Area, content.area_code) is None:
            problems.add("area_code", _l("Choose an area."))
        if len(tracks) != len(set(content.track_codes)) or (content.is_chip and not tracks):
            problems.add("track_codes", _l("A chip firm stands in at least one track."))
    return tracks


def _write(organization: Organization, content: OrganizationContent) -> None:
    for name in FIELDS:
        setattr(organization, name, getattr(content, name))
    organization.credit_code = credit_code.normalize(content.credit_code)
    organization.short_zh = content.short_zh or content.name_zh
    organization.short_en = content.short_en or content.name_en


def _facts(organization: Organization) -> dict[str, Any]:
    return {name: getattr(organization, name) for name in FIELDS} | {"tracks": [track.code for track in organization.tracks]}
