"""From a cookie to a person: the session's token is looked up at each request, so that revoking it ends it at once."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, request, session
from flask_login import UserMixin

from app import clock
from app.accounts.models import User, UserSession
from app.accounts.queries import session_of
from app.actor import Actor
from app.api.problems import PREFIX
from app.database import SAFE_METHODS
from app.extensions import db, login_manager
from app.organizations.queries import actor_for

IDLE_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=10)


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
    """The person whose cookie holds this token, or None when the session has ended. Programs show tokens of their own instead."""
    if request.path.startswith(PREFIX):
        return None
    now = clock.utcnow()
    found = session_of(db.session(), token, now=now)
    if found is None or _idle_too_long(now):
        return None
    user_session, user = found
    if request.method not in SAFE_METHODS and now - user_session.seen_at > SEEN_EVERY:
        user_session.seen_at = now
    actor = actor_for(db.session(), user, organization_id=_chosen_organization(), address=request.remote_addr or "")
    return SignedIn(token, user, user_session, actor)


def _idle_too_long(now: datetime) -> bool:
    """Whether this browser was away for too long. The signed cookie itself knows when it was last seen: reading writes no row."""
    seen, moment = session.get("seen"), int(now.timestamp())
    if seen is not None and moment - seen > IDLE_LIFE.total_seconds():
        return True
    if seen is None or moment - seen > SEEN_EVERY.total_seconds():
        session["seen"] = moment
    return False


def _chosen_organization() -> uuid.UUID | None:
    try:
        return uuid.UUID(session.get("organization_id", ""))
    except ValueError:
        return None
