"""Firms: registered, kept by their owners, verified by reviewers."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.accounts.models import Scope
from app.api import bearer
from app.api.frame import Listing, Resource
from app.api.schemas.organizations import OrganizationBody, OrganizationHit, OrganizationPatch, OrganizationSchema
from app.api.schemas.scenarios import Reason
from app.api.searching import query_of, search
from app.discovery.shapes import ORGANIZATIONS
from app.errors import require_visible
from app.organizations import operations, policy, queries
from app.organizations.models import Organization
from app.organizations.operations import OrganizationContent
from app.organizations.operations.records import FIELDS
from app.web import current_actor, database, new_id, now, record_or_404, upload_store

resource = Resource("organizations", "Firms")


class Shown:
    """A firm without what this person does not read of it."""

    def __init__(self, firm: Organization) -> None:
        actor = current_actor()
        contact = () if actor.signed_in else ("contact_name", "contact_phone")
        inside = () if policy.can_edit(actor, firm) or policy.can_verify(actor, firm) else ("contact_email", "refusal_reason")
        self._firm, self._hidden = firm, {*contact, *inside}

    def __getattr__(self, name: str) -> Any:
        """All else is the firm's."""
        if name in self._hidden:
            raise AttributeError(name)
        return getattr(self._firm, name)


def shown(organization_id: uuid.UUID) -> Shown:
    """The firm as far as this person sees it. Raises NotFound."""
    database().flush()
    return Shown(visible(organization_id))


def visible(organization_id: uuid.UUID) -> Organization:
    """The firm, where this person sees it. Raises NotFound."""
    firm = record_or_404(queries.get_organization(database(), organization_id))
    require_visible(policy.can_see(current_actor(), firm))
    return firm


@resource.lists("/organizations", OrganizationHit, query=query_of(ORGANIZATIONS))
def list_organizations(query: dict[str, Any]) -> Listing:
    """Verified firms, and others that one may see: searched, filtered, with their counts."""
    return search(ORGANIZATIONS, query, _by_id)


def _by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Shown]:
    return {firm.id: Shown(firm) for firm in queries.of_ids(database(), current_actor(), ids)}


@resource.reads("/organizations/<uuid:organization_id>", OrganizationSchema)
def show_organization(_query: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """A firm."""
    return shown(organization_id)


@resource.creates("/organizations", OrganizationSchema, takes=OrganizationBody)
def register_organization(body: dict[str, Any]) -> Shown:
    """Register a firm; the one who registers it is its first owner. Upload its licence next, as an attachment."""
    bearer.person()
    firm = operations.register_organization(
        database(), _content(body), organization_id=new_id(), licence=None, into=upload_store(), actor=current_actor(), now=now()
    )
    bearer.refresh()
    return shown(firm.id)


@resource.replaces("/organizations/<uuid:organization_id>", OrganizationSchema, takes=OrganizationPatch, current=shown)
def edit_organization(body: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """Change a firm's record. A verified one that changes its name or code waits for verification anew."""
    firm = visible(organization_id)
    content, version = _content(body, firm), firm.version
    operations.edit_organization(database(), organization_id, content, version=version, actor=current_actor(), now=now())
    return shown(organization_id)


def _content(body: dict[str, Any], firm: Organization | None = None) -> OrganizationContent:
    """What is sent, over what stands."""
    standing: dict[str, Any] = {}
    if firm is not None:
        standing = {name: getattr(firm, name) for name in FIELDS} | {"track_codes": [track.code for track in firm.tracks]}
    merged = {**standing, **body}
    return OrganizationContent(**{**merged, "track_codes": tuple(merged.get("track_codes", ()))})


@resource.acts("/organizations/<uuid:organization_id>/apply-again", OrganizationSchema)
def apply_again(_body: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """Put a refused firm before the reviewers again."""
    operations.apply_again(database(), organization_id, actor=current_actor(), now=now())
    return shown(organization_id)


@resource.acts("/organizations/<uuid:organization_id>/verify", OrganizationSchema, scopes=[Scope.REVIEW])
def verify_organization(_body: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """Confirm that a firm is what it says; its people may write from now on."""
    operations.verify_organization(database(), organization_id, actor=current_actor(), now=now())
    return shown(organization_id)


@resource.acts("/organizations/<uuid:organization_id>/refuse", OrganizationSchema, takes=Reason, scopes=[Scope.REVIEW])
def refuse_organization(body: dict[str, Any], organization_id: uuid.UUID) -> Shown:
    """Refuse a firm, with a reason that its owners read."""
    operations.refuse_organization(database(), organization_id, reason=body["reason"], actor=current_actor(), now=now())
    return shown(organization_id)
