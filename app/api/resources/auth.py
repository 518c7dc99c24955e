"""Tokens: proving who one is, and the keys of one's own and one's firm's programs."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from app.accounts import operations, queries
from app.accounts.models import ApiToken
from app.actor import Actor
from app.api import bearer
from app.api.frame import Listing, Resource, page_of
from app.api.problems import problem
from app.api.schemas.auth import Credentials, TokenBody, TokenIssued, TokenSchema
from app.errors import require_visible
from app.extensions import limiter
from app.organizations.queries import actor_for
from app.web import current_actor, database, now, record_or_404

resource = Resource("auth", "Signing in, and tokens")
DEFAULT_LIFE = timedelta(hours=12)


@resource.creates("/auth/token", TokenIssued, takes=Credentials, public=True, secret=True)
@limiter.limit("30 per minute")
def sign_in(body: dict[str, Any]) -> dict[str, Any] | Response:
    """Sign in with password and, where it is set up, second factor."""
    address = request.remote_addr or ""
    attempt = operations.authenticate(database(), body["email"], body["password"], body.get("otp"), address=address, now=now())
    if attempt.outcome is not operations.Outcome.DONE or attempt.user is None:
        return refused(attempt)
    bearer.require_ready(attempt.user)
    operations.forget_failures(database(), attempt.user)
    actor = actor_for(database(), attempt.user, organization_id=body.get("organization"), address=address)
    return _issue(actor, {**body, "name": _("Signed in by password"), "shared": False})


def refused(attempt: operations.Attempt) -> Response:
    """The answer to a failed attempt: returned, not raised, so that the failure is counted."""
    if attempt.outcome is operations.Outcome.LOCKED and attempt.retry_at is not None:
        wait = max(1, round((attempt.retry_at - now()).total_seconds()))
        return problem(429, _("Too many failures. Please try again later."), headers={"Retry-After": str(wait)})
    details = {
        operations.Outcome.UNCONFIRMED: _("Confirm your e-mail address first."),
        operations.Outcome.CODE_NEEDED: _("Send the code of your second factor as otp."),
    }
    detail = details.get(attempt.outcome, _("E-mail address, password or code is wrong."))
    return problem(401, detail, kind=f"sign-in-{attempt.outcome.value.replace('_', '-')}")


@resource.creates("/tokens", TokenIssued, takes=TokenBody, secret=True)
def issue_token(body: dict[str, Any]) -> dict[str, Any]:
    """Issue a token for a program of one's own or, as an owner, of one's firm; it may do no more than the one that asks."""
    bearer.person()
    left = bearer.token().expires_at - now()
    return _issue(current_actor(), body, default=min(DEFAULT_LIFE, left), within=bearer.token())


def _issue(
    actor: Actor, body: dict[str, Any], *, default: timedelta = DEFAULT_LIFE, within: ApiToken | None = None
) -> dict[str, Any]:
    token, secret = operations.issue_token(
        database(),
        name=body["name"],
        scopes=body.get("scopes"),
        life=timedelta(seconds=body["expires_in"]) if "expires_in" in body else default,
        organization_id=body.get("organization"),
        shared=body["shared"],
        actor=actor,
        now=now(),
        within=within,
    )
    return {"record": token, "secret": secret}


@resource.lists("/tokens", TokenSchema, public=False)
def list_tokens(query: dict[str, Any]) -> Listing:
    """One's own tokens."""
    return page_of(queries.own_tokens(bearer.person().id, now=now()), query)


@resource.lists("/organizations/<uuid:organization_id>/tokens", TokenSchema, public=False)
def list_firm_tokens(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """The tokens of a firm, for its owners."""
    require_visible(current_actor().owns(organization_id))
    return page_of(queries.firm_tokens(organization_id, now=now()), query)


@resource.acts("/tokens/<uuid:token_id>/revoke", TokenSchema)
def revoke_token(_body: dict[str, Any], token_id: uuid.UUID) -> ApiToken:
    """End a token at once."""
    token = record_or_404(queries.get_token(database(), token_id))
    return operations.revoke_token(database(), token, actor=current_actor(), now=now())
