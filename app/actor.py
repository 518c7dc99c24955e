"""Who acts: a value handed to every operation, so that none of them looks for a request."""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.errors import Forbidden


class Role(enum.StrEnum):
    """Duties that the system administrator grants. A member of a firm needs none of them."""

    EVALUATOR = "evaluator"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Affiliation:
    """How a person stands to an organisation, and the short name by which pages call it."""

    owner: bool
    verified: bool
    anchor: bool
    chip: bool
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True)
class Actor:
    """A person (or the system) at the moment of an action: roles, affiliations, and the organisation acted for."""

    user_id: uuid.UUID | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    affiliations: Mapping[uuid.UUID, Affiliation] = field(default_factory=lambda: MappingProxyType({}))
    organization_id: uuid.UUID | None = None
    address: str = ""
    # the person's mail address, once it is confirmed: anybody can sign up with somebody else's
    email: str = ""
    is_system: bool = False
    # a firm's program: its maker's name stands in the log, but what reaches the maker in person (invitations to evaluate) does not
    # reach it
    for_firm: bool = False

    def __hash__(self) -> int:
        """Equal actors see the same: what is built for one may be kept for them."""
        return hash((self.user_id, self.organization_id))

    @property
    def signed_in(self) -> bool:
        """A person with an account, as opposed to a visitor or the system."""
        return self.user_id is not None

    @property
    def person(self) -> uuid.UUID:
        """The account's id, where only a person can act. Raises Forbidden for a visitor and for the system."""
        if self.user_id is None:
            raise Forbidden
        return self.user_id

    @property
    def is_administrator(self) -> bool:
        """Reviewer or approver: what the rules call administrators, which the system administrator is not."""
        return bool(self.roles & {Role.REVIEWER, Role.APPROVER})

    @property
    def is_verified(self) -> bool:
        """Belongs to at least one verified organisation."""
        return any(a.verified for a in self.affiliations.values())

    def has(self, role: Role) -> bool:
        """Whether the role was granted to this person."""
        return role in self.roles

    def belongs_to(self, organization_id: uuid.UUID | None) -> bool:
        """Whether this person is a member or an owner of the organisation."""
        return organization_id in self.affiliations

    def acts_for(self, organization_id: uuid.UUID | None) -> bool:
        """Whether this person may write for the organisation: belongs to it, and it is verified."""
        affiliation = self._affiliation(organization_id)
        return affiliation is not None and affiliation.verified

    @property
    def chip_firm(self) -> uuid.UUID | None:
        """The organisation acted for, if it is a verified chip firm."""
        affiliation = self._affiliation(self.organization_id)
        return self.organization_id if affiliation is not None and affiliation.chip and affiliation.verified else None

    def owns(self, organization_id: uuid.UUID | None) -> bool:
        """Whether this person is one of the organisation's owners."""
        affiliation = self._affiliation(organization_id)
        return affiliation is not None and affiliation.owner

    def _affiliation(self, organization_id: uuid.UUID | None) -> Affiliation | None:
        return self.affiliations.get(organization_id) if organization_id else None


VISITOR = Actor()
SYSTEM = Actor(name="system", is_system=True)
