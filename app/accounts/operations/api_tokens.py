"""Keys for programs: issued to people who are signed in or have proved who they are, and revoked."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import policy
from app.accounts.models import ApiToken, Scope, User
from app.accounts.queries import token_digest
from app.actor import Actor
from app.audit.operations import record
from app.errors import Problems, collecting, require_allowed, require_visible

LONGEST_LIFE = timedelta(days=365)
LONGEST_NAME = 200


def issue_token(
    session: Session,
    *,
    name: str,
    scopes: Collection[Scope] | None,
    life: timedelta,
    organization_id: uuid.UUID | None,
    shared: bool,
    actor: Actor,
    now: datetime,
    within: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """Issue a token and return it with its secret, which is kept nowhere. `scopes`: None for all that the person's duties allow.

    It acts for `organization_id` (None: the person's first firm). Where a token asks for it (`within`), the new one may do no more
    and lives no longer. Raises Forbidden when somebody who is not an owner makes a token for a firm, Invalid for scopes, a life or
    a firm that the person does not have.
    """
    person = actor.person
    require_allowed(not shared or actor.owns(organization_id))
    allowed = policy.scopes_of(actor, shared=shared)
    if within is not None:
        allowed &= frozenset(Scope(scope) for scope in within.scopes)
    wanted = allowed if scopes is None else frozenset(scopes)
    with collecting() as problems:
        if not wanted or not wanted <= allowed:
            problems.add("scopes", _l("Choose among what your duties allow."))
        _check_life(problems, life, within, now)
        if organization_id is not None and not actor.belongs_to(organization_id):
            problems.add("organization", _l("You do not belong to this organisation."))
        if not 0 < len(name) <= LONGEST_NAME:
            problems.add("name", _l("Please enter a name."))
    token, secret = _new(person, organization_id or actor.organization_id, name, wanted, now + life, shared=shared, now=now)
    session.add(token)
    session.flush()
    facts = {"name": name, "scopes": token.scopes, "shared": shared, "expires_at": token.expires_at}
    record(session, "accounts.issue_token", token, actor=actor, now=now, after=facts)
    return token, secret


def _check_life(problems: Problems, life: timedelta, within: ApiToken | None, now: datetime) -> None:
    if not timedelta(0) < life <= LONGEST_LIFE:
        problems.add("expires_in", _l("A token lives for a year at the most."))
    elif within is not None and now + life > within.expires_at:
        problems.add("expires_in", _l("A token does not live longer than the one that asks for it."))


def _new(
    user_id: uuid.UUID,
    organization_id: uuid.UUID | None,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime,
    *,
    shared: bool,
    now: datetime,
) -> tuple[ApiToken, str]:
    secret = secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user_id, organization_id=organization_id, shared=shared, name=name, scopes=sorted(scopes),
        token_digest=token_digest(secret), created_at=now, expires_at=expires_at,
    )  # fmt: skip
    return token, secret


def revoke_token(session: Session, token: ApiToken, *, actor: Actor, now: datetime) -> ApiToken:
    """End a token at once: one's own, or one of the firm that one owns. Raises NotFound for others'."""
    require_visible(policy.can_see_token(actor, token))
    if token.revoked_at is None:
        token.revoked_at = now
        record(session, "accounts.revoke_token", token, actor=actor, now=now)
    return token


def end_tokens(session: Session, user: User, *, now: datetime) -> None:
    """End a person's own tokens, within an operation that has checked why. Those that belong to a firm are its owners' to end."""
    own = update(ApiToken).where(ApiToken.user_id == user.id, ~ApiToken.shared, ApiToken.revoked_at.is_(None))
    session.execute(own.values(revoked_at=now))
