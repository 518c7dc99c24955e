"""What every endpoint shares: who sends, what is sent, what is answered, and what the document says of it."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, g, json, request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from sqlalchemy import Select, func, select

from app.accounts.models import Scope
from app.api import bearer, operations
from app.api.describing import KEY_FORM, Description
from app.api.fields import Id, Schema, Text, WholeInAddress
from app.api.operations import Answer
from app.api.problems import PREFIX, ApiProblem
from app.api.strict import StrictParser, receive
from app.errors import Invalid, Stale
from app.page_cache import same_for_visitors
from app.web import Page, database, now

MOST_PER_PAGE = 100
View = TypeVar("View", bound=Callable[..., Any])
Loader = Callable[..., Any]


class Nothing(Schema):
    """An empty body, or an empty object."""


class RecordQuery(Schema):
    """What one may say in the address of a record."""

    fields_ = Text(1000, data_key="fields", metadata={"description": "Only these fields, between commas.", "example": "id,status"})


class ListQuery(RecordQuery):
    """What one may say in the address of a list."""

    page = WholeInAddress(1, 10**9, load_default=1, metadata={"example": 1})
    per_page = WholeInAddress(1, MOST_PER_PAGE, load_default=20, metadata={"example": 20})


@dataclass(frozen=True)
class Listing:
    """A page of a list, and what stands beside the items (facets)."""

    page: Page[Any]
    beside: Mapping[str, Any] = field(default_factory=dict)


def page_of(statement: Select[Any], query: Mapping[str, Any]) -> Listing:
    """The page of a statement's records that the query asks for: two statements."""
    number, per_page = query["page"], query["per_page"]
    total = database().scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    items = database().scalars(statement.limit(per_page).offset((number - 1) * per_page)).unique().all()
    return Listing(Page(items, total, number, per_page))


def page_of_rows(rows: Sequence[Any], query: Mapping[str, Any]) -> Listing:
    """The page that the query asks for of rows that are all here."""
    number, per_page = query["page"], query["per_page"]
    first = (number - 1) * per_page
    return Listing(Page(rows[first : first + per_page], len(rows), number, per_page))


def etag_of(body: Mapping[str, Any]) -> str:
    """A record's tag: it changes with everything that this reader sees of it, rows of other tables included."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


@cache
def dumper(schema: type[Schema]) -> Schema:
    """The schema's instance by which records are shown: making one costs more than showing a record."""
    return schema()


class Resource(Blueprint):
    """Endpoints of one kind of record."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=description)

    def reads(
        self, path: str, answers: type[Schema] | None, *, query: type[Schema] = RecordQuery, public: bool = True
    ) -> Callable[[View], View]:
        """GET of one record; of a file, where it answers with none. `public`: visitors may ask too, and see what they may see."""
        description = Description("GET", path, answers, query=query, public=public)
        return self._register(description, lambda result, asked: _record(answers, result, asked))

    def lists(
        self, path: str, answers: type[Schema], *, query: type[ListQuery] = ListQuery, public: bool = True
    ) -> Callable[[View], View]:
        """GET of a page of records."""
        description = Description("GET", path, answers, query=query, public=public, many=True)
        return self._register(description, lambda result, asked: _list(answers, result, asked))

    def creates(
        self,
        path: str,
        answers: type[Schema],
        *,
        takes: type[Schema] = Nothing,
        scopes: Sequence[Scope] = (Scope.WRITE,),
        public: bool = False,
        uploads: bool = False,
        secret: bool = False,
    ) -> Callable[[View], View]:
        """POST that makes a record: 201. `uploads`: it takes a file, as multipart/form-data. `secret`: the answer holds one."""
        location = "files" if uploads else "json"
        description = Description(
            "POST", path, answers, takes=takes, scopes=scopes, status=201, public=public, location=location, secret=secret
        )
        return self._register(description, lambda result, _asked: _record(answers, result, {}, status=201))

    def acts(
        self,
        path: str,
        answers: type[Schema] | None,
        *,
        takes: type[Schema] = Nothing,
        scopes: Sequence[Scope] = (Scope.WRITE,),
        public: bool = False,
    ) -> Callable[[View], View]:
        """POST that does something to a record: 200 with the record; 204 where nothing is left to show."""
        status = 204 if answers is None else 200
        description = Description("POST", path, answers, takes=takes, scopes=scopes, status=status, public=public)
        return self._register(description, lambda result, _asked: _record(answers, result, {}))

    def replaces(
        self, path: str, answers: type[Schema], *, takes: type[Schema], current: Loader, scopes: Sequence[Scope] = (Scope.WRITE,)
    ) -> Callable[[View], View]:
        """PATCH under If-Match; `current` is the function that answers GET."""
        description = Description("PATCH", path, answers, takes=takes, scopes=scopes, current=current)
        return self._register(description, lambda result, _asked: _record(answers, result, {}))

    def removes(
        self, path: str, answers: type[Schema], *, current: Loader, keeps: bool = False, scopes: Sequence[Scope] = (Scope.WRITE,)
    ) -> Callable[[View], View]:
        """DELETE under If-Match. `answers` is what GET shows; `keeps`: the record stays, in another state, and is answered."""
        description = Description(
            "DELETE", path, answers if keeps else None, scopes=scopes, current=current, shown=answers, status=200 if keeps else 204
        )
        return self._register(description, lambda result, _asked: _record(answers if keeps else None, result, {}))

    def _register(self, description: Description, answer: Callable[[Any, Mapping[str, Any]], Response]) -> Callable[[View], View]:
        def decorator(view: View) -> View:
            def carried_out(*loaded: Any, **ids: Any) -> Response:
                if description.current is not None:
                    _require_match(description.shown or description.answers, description.current(**ids))
                asked = loaded[-1] if description.query is not None else {}
                return answer(view(*loaded, **ids), asked)

            inner = self._parsing(description, carried_out)
            if description.many and description.public:
                inner = cast(Callable[..., Response], same_for_visitors(inner))

            @wraps(view)
            def endpoint(**ids: Any) -> Response:
                if description.method == "GET":
                    _admit(description)
                    return inner(**ids)
                receive(request, uploads=description.location == "files")
                _admit(description)
                try:
                    return _once(lambda: inner(**ids), secret=description.secret)
                except Invalid as invalid:
                    raise Invalid(description.outward(invalid.fields), invalid.message) from invalid

            endpoint._apidoc = description.apidoc(view.__name__)  # type: ignore[attr-defined]
            self.route(description.path, methods=[description.method], endpoint=view.__name__)(endpoint)
            return view

        return decorator

    def _parsing(self, description: Description, view: Callable[..., Response]) -> Callable[..., Response]:
        parsed = view
        if description.query is not None:
            parsed = self.ARGUMENTS_PARSER.use_args(description.query, location="query")(parsed)
        if description.takes is not None:
            parsed = self.ARGUMENTS_PARSER.use_args(description.takes, location=description.location)(parsed)
        return parsed


def _admit(description: Description) -> None:
    bearer.identify()
    if description.method == "GET":
        if not description.public or g.api_token is not None:
            bearer.require_scope(Scope.READ)
    elif not description.public:
        bearer.require_scope(*description.scopes)


def _require_match(schema: type[Schema] | None, record: Any) -> None:
    """The condition under which a record is replaced. Raises ApiProblem 428 without If-Match, Stale when it has changed."""
    if "If-Match" not in request.headers:
        raise ApiProblem(428, _("Send If-Match with the ETag of what you have read."))
    if schema is not None and not request.if_match.contains(etag_of(dumper(schema).dump(record))):
        raise Stale


def _once(carry_out: Callable[[], Response], *, secret: bool) -> Response:
    """Carry a request out, or answer as the first time when it comes again under the same Idempotency-Key.

    An answer with a `secret` is not remembered: then the second time it is refused.
    """
    chosen = request.headers.get("Idempotency-Key")
    if chosen is not None and not re.fullmatch(KEY_FORM, chosen):
        raise ApiProblem(400, _("An Idempotency-Key has 1 to 200 printable ASCII characters."))
    if chosen is None or g.api_token is None or request.method != "POST":
        return carry_out()
    key = operations.key_of(g.api_token, chosen)
    answered = operations.remembered(database(), key, _request_digest(), now=now())
    if answered is not None and secret:
        detail = _("This request was carried out already. Its answer held a secret, which is not shown again.")
        raise ApiProblem(409, detail, kind="secret-not-shown-again")
    if answered is not None:
        return _again(answered)
    response = carry_out()
    if response.status_code >= 400:
        operations.free(database(), key)
        return response
    etag, location = response.headers.get("ETag", ""), response.headers.get("Location", "")
    body = b"" if secret else response.get_data()
    operations.remember(database(), key, Answer(response.status_code, body, etag, location))
    return response


def _request_digest() -> str:
    """What is kept of a request to know it again; under the application's key, since nobody must guess a password from it."""
    sent = b"\n".join((request.method.encode(), request.full_path.encode(), request.get_data(cache=True)))
    return hmac.new(str(current_app.secret_key).encode(), sent, hashlib.sha256).hexdigest()


def _again(answer: Answer) -> Response:
    response = current_app.response_class(answer.body, status=answer.status, content_type="application/json")
    if answer.etag:
        response.headers["ETag"] = answer.etag
    if answer.location:
        response.headers["Location"] = answer.location
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _record(schema: type[Schema] | None, record: Any, asked: Mapping[str, Any], *, status: int = 200) -> Response:
    if isinstance(record, Response):
        if request.method == "GET":
            record.make_conditional(request)
        return record
    if schema is None:
        return current_app.response_class(status=204)
    body = dumper(schema).dump(record)
    response = current_app.response_class(
        json.dumps(_selected(schema, body, asked)), status=status, content_type="application/json"
    )
    response.set_etag(etag_of(body))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def _list(schema: type[Schema], listing: Listing, asked: Mapping[str, Any]) -> Response:
    page = listing.page
    items = [_selected(schema, item, asked) for item in dumper(schema).dump(page.items, many=True)]
    body = {"items": items, "total": page.total, "page": page.number, "per_page": page.per_page, **listing.beside}
    return current_app.response_class(json.dumps(body), content_type="application/json")


def _selected(schema: type[Schema], body: dict[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Only the fields that were asked for. Raises Invalid for a field that the record does not have."""
    if not asked.get("fields_"):
        return body
    names = [name.strip() for name in asked["fields_"].split(",")]
    known = {bound.data_key or name for name, bound in dumper(schema).dump_fields.items()}
    if not set(names) <= known:
        raise Invalid({"fields": [_("There is no such field.")]})
    return {name: body[name] for name in names if name in body}


__all__ = ["Id", "ListQuery", "Listing", "Nothing", "RecordQuery", "Resource", "page_of", "page_of_rows"]
