"""Every change of an organisation and of who belongs to it."""

from app.organizations.operations.members import (
    accept_invitation,
    invite_colleague,
    remove_member,
    revoke_invitation,
    set_owner,
)
from app.organizations.operations.records import (
    OrganizationContent,
    apply_again,
    attach_licence,
    check_registration,
    edit_organization,
    refuse_organization,
    register_organization,
    verify_organization,
)

__all__ = [
    "OrganizationContent",
    "accept_invitation",
    "apply_again",
    "attach_licence",
    "check_registration",
    "edit_organization",
    "invite_colleague",
    "refuse_organization",
    "register_organization",
    "remove_member",
    "revoke_invitation",
    "set_owner",
    "verify_organization",
]
