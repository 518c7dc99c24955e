"""One's own account: how it begins, what one says of oneself, its safety, and its end."""

import uuid
from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts import operations, queries, totp
from app.accounts.models import User, UserSession
from app.accounts.operations import Attempt, Outcome
from app.api import bearer
from app.api.frame import Listing, Resource, page_of_rows
from app.api.problems import problem
from app.api.resources.auth import refused
from app.api.schemas.accounts import (
    AccountSchema,
    CodeBody,
    EmailBody,
    EmailChange,
    EnrolmentSchema,
    LinkAndPassword,
    LinkBody,
    PasswordBody,
    PasswordChange,
    PersonalData,
    ProfilePatch,
    SessionSchema,
    SignUpBody,
)
from app.api.showing import Shown
from app.extensions import limiter
from app.web import current_actor, database, now, record_or_404

resource = Resource("accounts", "One's own account")


@resource.acts("/auth/sign-up", None, takes=SignUpBody, public=True)
@limiter.limit("20 per minute")
def sign_up(body: dict[str, Any]) -> None:
    """Sign up; a letter confirms the address. Nothing tells whether it has an account already."""
    consented = body.pop("consent")
    operations.sign_up(database(), consented=consented, address=request.remote_addr or "", now=now(), **body)


@resource.acts("/auth/confirm", None, takes=LinkAndPassword, public=True)
@limiter.limit("20 per minute")
def confirm_email(body: dict[str, Any]) -> Response | None:
    """Confirm the address with what the letter brought, and the password chosen at sign-up."""
    address = request.remote_addr or ""
    attempt = operations.confirm_email(database(), body["token"], body["password"], address=address, now=now())
    return None if attempt.outcome is Outcome.DONE else refused(attempt)


@resource.acts("/auth/reset", None, takes=EmailBody, public=True)
@limiter.limit("10 per minute")
def start_reset(body: dict[str, Any]) -> None:
    """Ask for a letter to set a new password. Nothing tells whether the account exists."""
    operations.start_reset(database(), body["email"], now=now())


@resource.acts("/auth/reset/confirm", None, takes=LinkAndPassword, public=True)
@limiter.limit("20 per minute")
def reset_password(body: dict[str, Any]) -> None:
    """Set a new password with what the letter brought; every session and token ends."""
    operations.reset_password(database(), body["token"], body["password"], address=request.remote_addr or "", now=now())


def me() -> Shown:
    """One's own account. Raises ApiProblem for a firm's token."""
    user = bearer.person()
    database().flush()
    actor = current_actor()
    facts = {"organizations": sorted(actor.affiliations, key=str), "organization_id": actor.organization_id}
    return Shown(user, status="active", roles=sorted(user.roles), **facts)


def _who() -> tuple[Session, User, dict[str, Any]]:
    """What operations on one's own account take: the session, the account, and who acts when."""
    return database(), bearer.person(), {"actor": current_actor(), "now": now()}


def _refusal(attempt: Attempt, field: str = "password") -> Response | None:
    """The answer to a wrong password, returned so that the failure is counted; None where it was right."""
    if attempt.outcome is Outcome.DONE:
        return None
    if attempt.outcome is Outcome.WRONG:
        wrong = _("The password is not right.")
        return problem(422, wrong, fields={field: [wrong]})
    return refused(attempt)


@resource.reads("/account", AccountSchema, public=False)
def show_account(_query: dict[str, Any]) -> Shown:
    """One's own account."""
    return me()


@resource.replaces("/account", AccountSchema, takes=ProfilePatch, current=me)
def edit_account(body: dict[str, Any]) -> Shown:
    """Change one's name and language."""
    session, user, who = _who()
    profile = {"name": user.name, "locale": user.locale, **body}
    operations.update_profile(session, user, expected=user.version, **profile, **who)
    return me()


@resource.acts("/account/consent", AccountSchema)
def give_consent(_body: dict[str, Any]) -> Shown:
    """Agree to the present privacy notice."""
    session, user, who = _who()
    operations.give_consent(session, user, **who)
    return me()


@resource.acts("/account/withdraw-consent", AccountSchema)
def withdraw_consent(_body: dict[str, Any]) -> Shown:
    """Take the agreement back."""
    session, user, who = _who()
    operations.withdraw_consent(session, user, **who)
    return me()


@resource.acts("/account/email", None, takes=EmailChange)
@limiter.limit("10 per minute")
def start_email_change(body: dict[str, Any]) -> Response | None:
    """Ask for another address; a letter to it confirms it."""
    session, user, who = _who()
    return _refusal(operations.start_email_change(session, user, email=body["email"], password=body["password"], **who))


@resource.acts("/account/email/confirm", AccountSchema, takes=LinkBody)
def change_email(body: dict[str, Any]) -> Shown:
    """Take on the new address with what the letter brought."""
    session, user, who = _who()
    operations.change_email(session, user, body["token"], **who)
    return me()


@resource.acts("/account/password", None, takes=PasswordChange)
@limiter.limit("10 per minute")
def change_password(body: dict[str, Any]) -> Response | None:
    """Set a new password; every browser is signed out, and every token of one's own ends, this one too."""
    session, user, who = _who()
    asked = operations.change_password(session, user, current=body["current"], password=body["password"], keep=None, **who)
    return _refusal(asked, "current")


@resource.acts("/account/export", PersonalData)
@limiter.limit("10 per minute")
def export_personal(_body: dict[str, Any]) -> dict[str, Any]:
    """A copy of all that is kept about oneself."""
    session, user, who = _who()
    return {"data": operations.export_personal(session, user, **who)}


@resource.acts("/account/delete", None, takes=PasswordBody)
@limiter.limit("10 per minute")
def erase_account(body: dict[str, Any]) -> Response | None:
    """Delete the account for good; what one did for a firm stays, without the name."""
    session, user, who = _who()
    return _refusal(operations.erase_account(session, user, password=body["password"], **who))


@resource.lists("/account/sessions", SessionSchema, public=False)
def list_sessions(query: dict[str, Any]) -> Listing:
    """Where one is signed in with a browser."""
    sessions = queries.live_sessions(database(), bearer.person().id, now=now())
    return page_of_rows([Shown(session, status="active") for session in sessions], query)


@resource.acts("/account/sessions/<uuid:session_id>/revoke", SessionSchema)
def revoke_session(_body: dict[str, Any], session_id: uuid.UUID) -> Shown:
    """Sign one browser out."""
    session, _user, who = _who()
    user_session = record_or_404(session.get(UserSession, session_id))
    return Shown(operations.revoke_session(session, user_session, **who), status="revoked")


@resource.acts("/account/sessions/revoke-all", None)
def revoke_sessions(_body: dict[str, Any]) -> None:
    """Sign all browsers out."""
    session, user, who = _who()
    operations.revoke_other_sessions(session, user, keep=None, **who)


@resource.creates("/account/second-factor", EnrolmentSchema, takes=PasswordBody, secret=True)
@limiter.limit("10 per minute")
def start_enrolment(body: dict[str, Any]) -> Response | dict[str, Any]:
    """Make a secret for a second factor; it holds once a first code was sent from it."""
    session, user, who = _who()
    refusal = _refusal(operations.start_enrolment(session, user, password=body["password"], **who))
    return refusal or {"secret": user.totp_secret, "address": totp.address_of(user.totp_secret or "", user.email)}


@resource.acts("/account/second-factor/confirm", AccountSchema, takes=CodeBody)
@limiter.limit("10 per minute")
def confirm_enrolment(body: dict[str, Any]) -> Shown:
    """Put the second factor into use with its first code."""
    session, user, who = _who()
    operations.confirm_enrolment(session, user, body["code"], keep=None, **who)
    return me()


@resource.acts("/account/second-factor/disable", AccountSchema, takes=PasswordBody)
@limiter.limit("10 per minute")
def disable_second_factor(body: dict[str, Any]) -> Response | Shown:
    """Give the second factor up, where one's duties do not require it."""
    session, user, who = _who()
    required = current_app.config["PRODUCTION"]
    asked = operations.disable_second_factor(session, user, password=body["password"], required=required, **who)
    return _refusal(asked) or me()
