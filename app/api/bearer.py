"""From a bearer token to the person behind a request. Cookies count for nothing here, so no page can be made to send a request."""

from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import cast

from flask import current_app, g, request
from flask_babel import gettext as _
from flask_login import UserMixin
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, Scope, User
from app.accounts.policy import needs_consent, needs_second_factor, scopes_of
from app.accounts.queries import api_token_of
from app.actor import Actor
from app.api.problems import ApiProblem, unauthenticated
from app.database import SAFE_METHODS
from app.extensions import db, login_manager
from app.organizations.queries import actor_for
from app.web import current_actor, now

SEEN_EVERY = timedelta(minutes=10)
# what remains possible to somebody who has not agreed to the present privacy notice
BEFORE_CONSENT = {"api_auth.sign_in", "api_accounts.give_consent", "api_accounts.export_personal", "api_accounts.erase_account"}


@dataclass
class Program(UserMixin):
    """A program that sends a request for a person."""

    user: User
    actor: Actor


def identify() -> None:
    """Set the person of this request from its token, or take the sender for a visitor. Raises ApiProblem 401 for a bad token."""
    g._login_user = login_manager.anonymous_user()
    g.api_token = None
    header = request.headers.get("Authorization")
    if header is None:
        return
    scheme, _blank, secret = header.partition(" ")
    found = api_token_of(db.session(), secret.strip(), now=now()) if scheme.lower() == "bearer" else None
    actor = _actor(*found) if found is not None else None
    if found is None or actor is None:
        raise ApiProblem(
            401,
            _("This token is not valid, or no longer."),
            headers={"WWW-Authenticate": 'Bearer realm="kaijing", error="invalid_token"'},
        )
    token, user = found
    if not token.shared:
        require_ready(user)
    g.api_token = token
    g._login_user = Program(user, actor)
    if token.used_at is None or now() - token.used_at > SEEN_EVERY:
        _note_use(token)


def require_ready(user: User) -> None:
    """What the pages ask of somebody before anything else. Raises ApiProblem 403 without a second factor, or without consent."""
    if needs_second_factor(user, required=current_app.config["PRODUCTION"]):
        raise ApiProblem(403, _("Set up your second factor first, on the account page."), kind="second-factor-required")
    if needs_consent(user) and request.endpoint not in BEFORE_CONSENT:
        raise ApiProblem(403, _("Agree to the privacy notice first."), kind="consent-required")


def _actor(token: ApiToken, user: User) -> Actor | None:
    """Whom the token stands for; None when the person has left the firm for which it acts: it acts for no other."""
    actor = actor_for(db.session(), user, organization_id=token.organization_id, address=request.remote_addr or "")
    if token.organization_id is not None and not actor.belongs_to(token.organization_id):
        return None
    if token.shared:
        only = {key: value for key, value in actor.affiliations.items() if key == token.organization_id}
        return replace(actor, roles=frozenset(), affiliations=MappingProxyType(only), email="", for_firm=True)
    return actor


def _note_use(token: ApiToken) -> None:
    """Keep when a token was last used; a request that reads commits nothing, so there a transaction of its own does."""
    if request.method not in SAFE_METHODS:
        token.used_at = now()
        return
    with Session(db.engine) as session:
        session.execute(update(ApiToken).where(ApiToken.id == token.id).values(used_at=now()))
        session.commit()


def require_token() -> None:
    """Raise ApiProblem 401 for a visitor."""
    if g.api_token is None:
        raise unauthenticated()


def token() -> ApiToken:
    """The token of this request. Raises ApiProblem 401 for a visitor."""
    require_token()
    return cast(ApiToken, g.api_token)


def person() -> User:
    """Who acts in person. Raises ApiProblem 401 for a visitor, 403 for a firm's token: a person's own is not their firm's."""
    if token().shared:
        raise ApiProblem(403, _("This is a person's own: a firm's token does not reach it."))
    return cast(Program, g._login_user).user


def refresh() -> None:
    """Look again at what the person of this request belongs to, after a change of just that."""
    program = cast(Program, g._login_user)
    program.actor = _actor(g.api_token, program.user) or program.actor


def require_scope(*scopes: Scope) -> None:
    """Raise ApiProblem 401 for a visitor, 403 for a token that has none of these scopes.

    Where the person has not got the duty itself, no token would do: that is for the operation to say, which asks first
    whether the record is there to be seen.
    """
    allowed = scopes_of(current_actor(), shared=token().shared)
    if set(scopes) & allowed and not set(scopes) & set(g.api_token.scopes):
        raise ApiProblem(
            403, _("This token does not have the scope for this."), kind="insufficient-scope",
            headers={"WWW-Authenticate": f'Bearer realm="kaijing", error="insufficient_scope", scope="{scopes[0]}"'},
        )  # fmt: skip
