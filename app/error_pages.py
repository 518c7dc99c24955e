"""Errors as pages in the reader's language. Nothing ends in a stack trace."""

import logging

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.errors import Conflict, Invalid, KaijingError, Stale
from app.extensions import db, login_manager

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Register a page for everything that can go wrong."""
    app.register_error_handler(KaijingError, _own)
    app.register_error_handler(StaleDataError, lambda _error: _own(Stale()))
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, message: str) -> ResponseReturnValue:
    db.session.rollback()
    return render_template("errors/error.html", status=status, message=message), status


def _ask_no_more() -> None:
    """Take the reader for a visitor: neither page nor language may ask the database, which may be what is failing."""
    g._login_user = login_manager.anonymous_user()


def _own(error: KaijingError) -> ResponseReturnValue:
    if isinstance(error, Invalid):
        reasons = [str(reason) for reasons in error.fields.values() for reason in reasons]
        return _page(error.status, " ".join(reasons) or str(error))
    return _page(error.status, str(error))


def _integrity(error: IntegrityError) -> ResponseReturnValue:
    log.warning("a constraint refused a change: %s", error.orig)
    return _own(Conflict())


def _database_away(error: OperationalError) -> ResponseReturnValue:
    log.error("the database does not answer: %s", error.orig)
    _ask_no_more()
    return _page(503, _("The database is busy or away. Nothing was changed; please try again in a moment."))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return _page(400, _("This form has expired. Go back, reload the page and send it again."))


def _http(error: HTTPException) -> ResponseReturnValue:
    messages = {
        400: _("The request could not be understood."),
        404: _("This page does not exist, or is not open to you."),
        405: _("This address does not take that kind of request."),
        413: _("The upload is too large."),
        429: _("Too many requests. Please wait a moment."),
    }
    if error.code is None or error.code < 400:
        return error
    return _page(error.code, messages.get(error.code, str(error.description)))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error", exc_info=error)
    _ask_no_more()
    return _page(500, _("Something went wrong on our side. It has been noted."))
