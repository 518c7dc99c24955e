"""What the views share: the actor of the request, forms that run an operation, paging, and what templates may call."""

import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Generic, TypeVar, cast
from urllib.parse import unquote, urlsplit

import flask_login
from flask import Flask, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.urls import iri_to_uri
from wtforms import Field, FieldList, FormField
from wtforms.widgets import HiddenInput

from app import clock, formats
from app.actor import VISITOR, Actor
from app.attachments.operations import Store
from app.errors import Invalid, NotFound, Stale, Text
from app.extensions import db
from app.forms import ReasonForm
from app.locales import LOCALES, is_chinese, localized

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue | None])
PER_PAGE = 20
ADD_ROW = "add_row"  # the button of a form with a table, where there is no script to add the row
LAST_PAGE = 10_000
API = "/api/"
# every capability with pages, in the order in which their addresses are matched
BLUEPRINTS = (
    "accounts", "notifications", "taxonomy", "attachments", "organizations", "products", "scenarios", "solutions",
    "projects", "matching", "matching.fits", "programme", "discovery", "administration", "audit",
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Register the capabilities' pages and what templates may call."""
    app.before_request(drop_nul)
    for name in BLUEPRINTS:
        module = import_module(f"app.{name}.views")
        app.register_blueprint(module.blueprint)
    app.jinja_env.globals.update(localized=localized, is_chinese=is_chinese, locales=LOCALES, url_with=url_with)
    app.jinja_env.globals.update(returned=returned, form_at=form_at)
    app.jinja_env.globals.update(money_text=formats.money, budget_text=formats.budget, time_left=formats.time_left)
    app.context_processor(lambda: {"actor": current_actor(), "now": now(), "locale": get_locale()})


def drop_nul() -> None:
    """PostgreSQL takes NUL in no text, and nobody types it: in what is asked for it stands for nothing. Raises NotFound in a path.

    The API refuses it itself, where it reads what it was sent.
    """
    if "\x00" in request.path:
        raise NotFound
    if "%00" in request.query_string.decode("latin-1") and not request.path.startswith(API):
        pairs = [(name.replace("\x00", ""), value.replace("\x00", "")) for name, value in request.args.items(multi=True)]
        request.args = ImmutableMultiDict(pairs)


def database() -> Session:
    """The request's database session."""
    return db.session()


def now() -> datetime:
    """The moment of this request: one and the same throughout."""
    if "now" not in g:
        g.now = clock.utcnow()
    return cast(datetime, g.now)


def upload_store() -> Store:
    """Where this application keeps uploads."""
    return Store(current_app.config["UPLOAD_DIR"], current_app.config["UPLOAD_LIMIT"])


def current_actor() -> Actor:
    """Who sends this request."""
    if not current_user or not current_user.is_authenticated:
        return VISITOR
    return cast(Actor, current_user.actor)


def login_required(view: View) -> View:
    """A page for people who are signed in; others are asked to sign in first. Flask-Login's decorator, with its type."""
    return cast(View, flask_login.login_required(view))


def attempt(
    form: FlaskForm,
    operation: Callable[[], T],
    *,
    current: Callable[[], FlaskForm] | None = None,
    check: Callable[[], object] | None = None,
) -> T | None:
    """Run an operation with a form that was sent and is valid; return what it returns.

    None means: show the form (again). The operation's `Invalid` stands at its fields then, and after `Stale` the form holds
    `conflicts`, rows of (label, the saved value, the value typed here), made from `current()`, a form filled with what is saved.
    Whatever the operation had begun is undone. Where the form itself does not pass, `check` tells what else is wrong, by the same
    `Invalid`: a person hears of all of it at once. A form whose button asks for one more row of its table is shown again untouched.
    """
    if ADD_ROW in request.form or not form.is_submitted():
        return None
    try:
        if form.validate():
            result = operation()
            database().flush()
            return result
        if check is not None:
            check()
    except Invalid as invalid:
        database().rollback()
        _show_problems(form, invalid)
    except (Stale, StaleDataError):
        database().rollback()
        if current is None:
            raise Stale from None
        _show_conflict(form, current())
    return None


def run(
    form: FlaskForm, operation: Callable[[], Any], *, done: Text, to: str, current: Callable[[], FlaskForm] | None = None
) -> ResponseReturnValue:
    """A button, or a form beside others on a page: run one operation, say what was done, and go on to the form's `next`, else `to`.

    A form that does not pass (see `attempt`) comes back on the page on which it stood: the form's `here`, else `to`.
    """
    # what an operation returns may be nothing, too
    if attempt(form, lambda: [operation()], current=current) is None:
        return _page_again(form, local_target(request.form.get("here"), to))
    flash(str(done), "success")
    return redirect(local_target(request.values.get("next"), to))


def _page_again(form: FlaskForm, address: str) -> ResponseReturnValue:
    """The page at this address as its reader would get it now; there `returned` hands out the form.

    It is asked for within this request, so that no view has to know on which pages its form stands.
    """
    database().rollback()
    g.returned = request.path, form
    target = urlsplit(iri_to_uri(address))
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": unquote(target.path, "latin-1"), "QUERY_STRING": target.query}
    with current_app.request_context({**request.environ, **asked, "CONTENT_LENGTH": "0"}):
        return make_response(current_app.preprocess_request() or current_app.dispatch_request())


def returned(address: str) -> FlaskForm | None:
    """The form that was sent to this address and did not pass; None on any other page."""
    sent_to, form = g.get("returned", ("", None))
    return form if urlsplit(address).path == sent_to else None


def form_at(address: str, fresh: FlaskForm | None = None) -> FlaskForm:
    """One of several forms of a kind on a page: the one that came back from this address, else a fresh one (that of a reason).

    The ids of its fields are its own.
    """
    form = returned(address) or fresh or ReasonForm(formdata=None)
    for field in form:
        field.id = field.name + urlsplit(address).path.replace("/", "-")
    return form


def _show_problems(form: FlaskForm, invalid: Invalid) -> None:
    for name, reasons in invalid.fields.items():
        field = form._fields.get(name)
        errors = form.form_errors if field is None else field.errors
        if field is not None and errors:
            continue
        # some fields hold their errors as a tuple until the first one comes
        if not isinstance(errors, list):
            errors = field.errors = list(errors)
        errors.extend(str(reason) for reason in reasons)


def _show_conflict(form: FlaskForm, saved: FlaskForm) -> None:
    both = [
        (field.label.text, _readable(saved[field.name]), _readable(field))
        for field in form
        if field.name not in {"csrf_token", "version", "record_id"} and field.name in saved
    ]
    form.conflicts = [(label, theirs, typed) for label, theirs, typed in both if theirs != typed]
    if "version" in form:
        # what was sent goes too: a number field would rather show that
        form["version"].data, form["version"].raw_data = saved["version"].data, None
    form.form_errors.append(str(Stale()))


def _readable(field: Field) -> Any:
    """The value of a field; of rows, what people see of each."""
    if isinstance(field, FieldList):
        return [_readable(entry) for entry in field]
    if isinstance(field, FormField):
        return {inner.short_name: inner.data for inner in field if not isinstance(inner.widget, HiddenInput)}
    return field.data


def page(template: str, *, form: FlaskForm | None = None, **context: Any) -> ResponseReturnValue:
    """Render a page; one on which a form came back with errors answers 422, or 412 when somebody else was faster."""
    status = 200
    for sent in (form, g.get("returned", ("", None))[1]):
        if sent is not None and (sent.errors or sent.form_errors):
            status = 412 if getattr(sent, "conflicts", None) is not None else 422
    return make_response(render_template(template, form=form, **context), status)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    total: int
    number: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, math.ceil(self.total / self.per_page))

    @property
    def first(self) -> int:
        """The number of the first item on this page, from one."""
        return (self.number - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        """The number of the last item on this page."""
        return self.first + len(self.items) - 1


def page_number() -> int:
    """The page asked for in the address: whatever is written there, a number from 1 to 10,000."""
    text = request.args.get("page", "1")
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def paginate(statement: Select[T], *, per_page: int = PER_PAGE) -> Page[T]:
    """One page of a statement's records, and how many there are in all: two statements."""
    number = page_number()
    total = database().scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    items = database().scalars(statement.limit(per_page).offset((number - 1) * per_page)).unique().all()
    return Page(items, total, number, per_page)


def url_with(**changes: Any) -> str:
    """The present address with some of its query changed; None removes a key."""
    query: dict[str, Any] = request.args.to_dict(flat=False)
    query.update(changes)
    kept = {key: value for key, value in query.items() if value is not None}
    return url_for(request.endpoint or "discovery.home", **{**(request.view_args or {}), **kept})


def record_or_404(record: T | None) -> T:
    """The record, or the 404 page."""
    if record is None:
        raise NotFound
    return record


def local_target(target: str | None, default: str) -> str:
    """A redirect target from a form or the address, if it stays within this site; else the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def new_id() -> uuid.UUID:
    """A fresh record id for a form that creates a record: sent twice, it still creates one."""
    return uuid.uuid4()


def absolute_url(endpoint: str, **values: Any) -> str:
    """An address for mail, under the configured base address."""
    base: str = current_app.config["BASE_URL"]
    with current_app.test_request_context(base_url=base + "/"):
        return base + url_for(endpoint, **values)
