"""The states of an organisation's verification."""

from app.organizations.models import OrganizationStatus
from app.states import Machine, Transition

S = OrganizationStatus

ORGANIZATION = Machine(
    "organization",
    S.PENDING,
    (
        Transition("verify", (S.PENDING,), S.VERIFIED, "reviewer", "not of the firm; licence uploaded"),
        Transition("refuse", (S.PENDING,), S.REFUSED, "reviewer", "reason"),
        Transition("apply_again", (S.REFUSED,), S.PENDING, "owner"),
        Transition("change_identity", (S.VERIFIED,), S.PENDING, "owner", "name or credit code changed"),
    ),
)
