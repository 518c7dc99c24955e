"""Errors as pages in the reader's language. Nothing ends in a stack trace."""

import logging
from collections.abc import Mapping

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.api.problems import PREFIX, ApiProblem, problem
from app.api.strict import field_errors
from app.errors import Conflict, Invalid, KaijingError, Stale, WrongState
from app.extensions import db, login_manager

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Register a page for everything that can go wrong."""
    app.register_error_handler(KaijingError, _own)
    app.register_error_handler(ApiProblem, _api)
    app.register_error_handler(StaleDataError, lambda _error: _own(Stale()))
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _page(
    status: int,
    message: str,
    *,
    kind: str = "",
    fields: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """The error as a page or, to a program, as problem details."""
    db.session.rollback()
    if request.path.startswith(PREFIX):
        return problem(status, message, kind=kind, fields=fields, headers=headers)
    return render_template("errors/error.html", status=status, message=message), status


def _api(error: ApiProblem) -> ResponseReturnValue:
    return _page(error.status, error.detail, kind=error.kind, headers=error.headers)


def _ask_no_more() -> None:
    """Take the reader for a visitor: neither page nor language may ask the database, which may be what is failing."""
    g._login_user = login_manager.anonymous_user()


def _own(error: KaijingError) -> ResponseReturnValue:
    kind = "wrong-state" if isinstance(error, WrongState) else ""
    if isinstance(error, Invalid):
        fields = {name: [str(reason) for reason in reasons] for name, reasons in error.fields.items()}
        reasons = [reason for texts in fields.values() for reason in texts]
        return _page(error.status, " ".join(reasons) or str(error), fields=fields)
    return _page(error.status, str(error), kind=kind)


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
        422: _("Please correct the marked fields."),
        429: _("Too many requests. Please wait a moment."),
    }
    if error.code is None or error.code < 400:
        return error
    headers = {name: value for name, value in error.get_headers() if name not in {"Content-Type", "Content-Length"}}
    message = messages.get(error.code, str(error.description))
    return _page(error.code, message, fields=field_errors(error) if error.code == 422 else None, headers=headers)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error", exc_info=error)
    _ask_no_more()
    return _page(500, _("Something went wrong on our side. It has been noted."))
