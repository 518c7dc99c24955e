"""Who may do what to an account, and which duties must not meet."""

from collections.abc import Collection

from flask_babel import lazy_gettext as _l

from app.accounts.models import ApiToken, Scope, User
from app.actor import Actor, Role
from app.errors import Text

# a second factor is asked of these in production; an evaluator decides nothing
STAFF = frozenset({Role.REVIEWER, Role.APPROVER, Role.OPERATOR, Role.AUDITOR, Role.ADMIN})
# whoever watches over everybody, or keeps everybody's accounts, takes part for nobody
OF_NO_FIRM = frozenset({Role.AUDITOR, Role.ADMIN})
CONSENT_VERSION = "2026-11"


def can_administer(actor: Actor) -> bool:
    """The system administrator, or the operator of the machine at its command line."""
    return actor.is_system or actor.has(Role.ADMIN)


def can_see_all(actor: Actor) -> bool:
    """The system administrator keeps everybody's accounts; the auditor reads them."""
    return can_administer(actor) or actor.has(Role.AUDITOR)


def is_self(actor: Actor, user: User) -> bool:
    """Whether it is one's own account."""
    return actor.user_id == user.id


def can_see(actor: Actor, user: User) -> bool:
    """One's own account; the system administrator and the auditor see all."""
    return is_self(actor, user) or can_see_all(actor)


def conflicting_duties(roles: Collection[Role]) -> Text | None:
    """Why these duties must not meet in one person (workflow, People), or None."""
    if Role.AUDITOR in roles and len(roles) > 1:
        return _l("An auditor holds no other duty.")
    if {Role.APPROVER, Role.ADMIN} <= set(roles):
        return _l("One person cannot be both approver and system administrator.")
    return None


def scopes_of(actor: Actor, *, shared: bool) -> frozenset[Scope]:
    """What a token of this person may be allowed. A firm's token carries no duties of the person who made it."""
    scopes = {Scope.READ, Scope.WRITE}
    if actor.has(Role.REVIEWER) and not shared:
        scopes.add(Scope.REVIEW)
    if actor.has(Role.APPROVER) and not shared:
        scopes.add(Scope.APPROVE)
    return frozenset(scopes)


def can_see_token(actor: Actor, token: ApiToken) -> bool:
    """One's own personal tokens; those of a firm for its owners."""
    return actor.owns(token.organization_id) if token.shared else actor.user_id == token.user_id


def needs_second_factor(user: User, *, required: bool) -> bool:
    """Whether this person must set up a second factor before anything else; `required` holds in production."""
    return required and not user.has_second_factor and bool(user.roles & STAFF)


def needs_consent(user: User) -> bool:
    """Whether this person has not agreed to the present privacy notice."""
    return user.consented_at is None or user.consent_version != CONSENT_VERSION
