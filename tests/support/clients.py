"""Browsers of the integration tests."""

import contextvars
import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import User, UserSession
from app.accounts.queries import token_digest
from app.extensions import db


class Client(FlaskClient):
    """Each request runs in a context of its own, as in real life; what the test has built so far is stored before it.

    Visitors ask for English unless a test says otherwise: the texts in the source are English.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()
        return contextvars.Context().run(super().open, *args, **kwargs)


def open_session(session: Session, user: User) -> str:
    """The token of a session as it is after a sign-in."""
    token, now = secrets.token_urlsafe(32), clock.utcnow()
    session.add(
        UserSession(
            user_id=user.id, token_digest=token_digest(token), created_at=now, seen_at=now, address="127.0.0.1", agent="test"
        )
    )
    session.flush()
    return token


def sign_in(app: Flask, session: Session, user: User) -> Client:
    """A browser in which this person is signed in."""
    token = open_session(session, user)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
