"""From a cookie to a person: the session's token is looked up at each request, so that revoking it ends it at once."""

import uuid
from dataclasses import dataclass

from flask import Flask, request, session
from flask_login import UserMixin

from app.accounts.models import User, UserSession
from app.accounts.queries import session_of
from app.actor import Actor
from app.extensions import db, login_manager
from app.organizations.queries import actor_for


@dataclass
class SignedIn(UserMixin):
    """The person behind a request: account, session and actor."""

    token: str
    user: User
    session: UserSession
    actor: Actor

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session's random token, not the account's id."""
        return self.token


def init_app(_app: Flask) -> None:
    """Tell Flask-Login how to load a person, and where to send one who must sign in first."""
    login_manager.user_loader(load)
    login_manager.login_view = "accounts.sign_in"
    login_manager.login_message = None


def load(token: str) -> SignedIn | None:
    """The person whose cookie holds this token, or None when the session has ended."""
    found = session_of(db.session(), token)
    if found is None:
        return None
    user_session, user = found
    actor = actor_for(db.session(), user, organization_id=_chosen_organization(), address=request.remote_addr or "")
    return SignedIn(token, user, user_session, actor)


def _chosen_organization() -> uuid.UUID | None:
    try:
        return uuid.UUID(session.get("organization_id", ""))
    except ValueError:
        return None
