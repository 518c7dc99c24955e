"""Who finds what in the index: the keys that a document asks for, and those that a person holds.

`scenarios.policy.sight` and the `can_see` of the other capabilities are the rules; here they are said once more in keys, so that
the index itself counts no more than a reader may see. A test holds the two together.
"""

import uuid
from collections.abc import Sequence

from app.actor import Actor, Role
from app.scenarios.models import Confidentiality, Invitation, InvitationKind, InvitationStatus, Scenario, ScenarioStatus
from app.scenarios.policy import UNOPENED
from search_index.engine import EVERYBODY

VERIFIED, ADMINISTRATOR, AUDITOR = "verified", "administrator", Role.AUDITOR.value


def readers_of(actor: Actor) -> frozenset[str]:
    """The keys that a person holds. The system reads everything, as an auditor does."""
    keys = {EVERYBODY, *(role.value for role in actor.roles)}
    if actor.is_system:
        keys.add(AUDITOR)
    if actor.is_administrator:
        keys.add(ADMINISTRATOR)
    if actor.user_id is not None and not actor.for_firm:
        keys.add(f"user:{actor.user_id}")
    if actor.email:
        keys.add(f"email:{actor.email}")
    for organization_id, affiliation in actor.affiliations.items():
        keys.add(member_of(organization_id))
        if affiliation.verified:
            keys |= {VERIFIED, verified_member_of(organization_id)}
    return frozenset(keys)


def member_of(organization_id: uuid.UUID) -> str:
    """The key of a firm's people, verified or not."""
    return f"organization:{organization_id}"


def verified_member_of(organization_id: uuid.UUID | None) -> str:
    """The key of a firm's people while the firm is verified."""
    return f"verified:{organization_id}"


def scenario_readers(scenario: Scenario, invitations: Sequence[Invitation]) -> frozenset[str]:
    """The keys to the whole scenario (source: `scenarios.policy.sight`)."""
    readers = {member_of(scenario.organization_id), AUDITOR}
    if scenario.status is not ScenarioStatus.DRAFT:
        readers.add(ADMINISTRATOR)
    if scenario.status in UNOPENED:
        return frozenset(readers)
    if scenario.confidentiality is Confidentiality.PUBLIC:
        return frozenset({EVERYBODY})
    if scenario.confidentiality is Confidentiality.VERIFIED:
        readers.add(VERIFIED)
    for invitation in invitations:
        readers |= _invited(invitation)
    return frozenset(readers)


def _invited(invitation: Invitation) -> set[str]:
    if invitation.kind is InvitationKind.FIRM:
        return {verified_member_of(invitation.organization_id)}
    if invitation.status is InvitationStatus.DECLINED:
        return set()
    return {f"email:{invitation.email}", *([f"user:{invitation.user_id}"] if invitation.user_id else [])}
