"""What the OpenAPI document says of an endpoint, made from the same facts that the frame obeys."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import marshmallow
from marshmallow import fields

from app.accounts.models import Scope
from app.api.fields import Schema
from app.api.problems import CONTENT_TYPE
from app.errors import Text as ErrorText

KEY_FORM = "^[\\x21-\\x7e]{1,200}$"
ONCE = "Sent again under the same key within a day, the request writes once."
OF_SECRETS = "The secret in its answer is kept nowhere: the second answer is 409, secret-not-shown-again."
OF_VISITORS = "Requests without a token are not remembered."
ERRORS = {
    400: "Malformed",
    401: "Not signed in, or the token is not valid",
    403: "May be seen, may not be done; or the token lacks the scope",
    404: "Does not exist, or may not be seen",
    409: "The state does not allow it",
    412: "Changed since it was read",
    413: "Too large",
    415: "Not the content type that is wanted",
    422: "Fields that do not pass",
    428: "If-Match is missing",
    429: "Too many requests",
    503: "The search index is away, and filters were asked for",
}


@dataclass(frozen=True)
class Description:
    """The facts of one endpoint."""

    method: str
    path: str
    answers: type[Schema] | None
    takes: type[Schema] | None = None
    query: type[Schema] | None = None
    scopes: Sequence[Scope] = (Scope.READ,)
    status: int = 200
    public: bool = False
    many: bool = False
    current: Callable[..., Any] | None = None
    shown: type[Schema] | None = None
    location: str = "json"
    secret: bool = False

    def apidoc(self, name: str) -> dict[str, Any]:
        """What flask-smorest keeps of a view, for its document; `name` is the operation's."""
        query = [{"in": "query", "schema": self.query}] if self.query is not None else []
        manual: dict[str, Any] = {"operationId": name, "responses": self._responses(), "parameters": [*query, *self._headers()]}
        manual["security"] = ([{}] if self.public else []) + [{"bearer": [] if self.public else [str(s) for s in self.scopes]}]
        doc: dict[str, Any] = {"manual_doc": manual}
        if self.takes is not None:
            required = any(bound.required for bound in self.takes().load_fields.values())
            content = {"in": self.location, "schema": self.takes, "required": required}
            if self.location == "json":
                content["example"] = example_of(self.takes, loading=True)
            doc["arguments"] = {"parameters": [content]}
        return doc

    def outward(self, problems: Mapping[str, list[ErrorText]]) -> dict[str, list[ErrorText]]:
        """The fields of an operation's problems by the names that the API gives them."""
        bound = [
            *(self.answers().dump_fields.items() if self.answers else ()),
            *(self.takes().load_fields.items() if self.takes else ()),
        ]
        names = {each.attribute: each.data_key or name for name, each in bound if each.attribute}
        return {names.get(name, name): reasons for name, reasons in problems.items()}

    def _headers(self) -> list[dict[str, Any]]:
        headers = []
        if self.method == "POST":
            said = [ONCE, *([OF_SECRETS] if self.secret else []), *([OF_VISITORS] if self.public else [])]
            headers.append(_header("Idempotency-Key", " ".join(said), KEY_FORM))
        if self.current is not None:
            headers.append(_header("If-Match", "The ETag of what was read. Without it the answer is 428."))
        if self.method == "GET" and (self.public or not self.many):
            headers.append(_header("If-None-Match", "The ETag of what one has."))
        return headers

    def _responses(self) -> dict[str, Any]:
        responses: dict[str, Any] = {str(self.status): self._success()}
        if self.method == "GET" and (self.public or not self.many):
            responses["304"] = {"description": "Not changed"}
        for status in self._errors():
            content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            responses[str(status)] = {"description": ERRORS[status], "content": content}
        return responses

    def _errors(self) -> list[int]:
        errors = {400, 401, 403, 404, 422, 429}
        if self.many and self.answers is not None and self.answers.searched:
            errors.add(503)
        if self.method != "GET":
            errors |= {409, 413, 415}
        if self.current is not None:
            errors |= {412, 428}
        return sorted(errors)

    def _success(self) -> dict[str, Any]:
        if self.answers is None and self.status == 204:
            return {"description": "Done"}
        if self.answers is None:
            return {"description": "The file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
        # where `fields=` may leave fields out, none is always there
        schema: Any = selection_of(self.answers) if self.method == "GET" else self.answers
        example: Any = example_of(self.answers)
        if self.many:
            schema = list_of(self.answers)
            example = {"items": [example], "total": 1, "page": 1, "per_page": 20}
            if self.answers.searched:
                counted = {"domain": [{"value": "iov", "label": "车联网", "count": 1}]}
                example |= {"facets": counted, "did_you_mean": None, "loosened": False, "corrected": False, "degraded": False}
        headers = {} if self.many else {"ETag": {"schema": {"type": "string"}, "description": "For If-Match and If-None-Match"}}
        content = {"application/json": {"schema": schema, "example": example}}
        return {"description": "The record" if not self.many else "A page of the list", "content": content, "headers": headers}


def _header(name: str, description: str, form: str = "") -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": form} if form else {})}
    return {"in": "header", "name": name, "description": description, "required": False, "schema": schema}


class FacetValue(Schema):
    """A code, what it is called, and how many records have it."""

    value = fields.String(required=True)
    label = fields.String(required=True)
    count = fields.Integer(required=True)


@cache
def selection_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a record of which `fields=` may have left something out."""
    members = {name: copy(bound) for name, bound in schema._declared_fields.items()}
    for bound in members.values():
        bound.required = False
    return type(f"{schema.__name__.removesuffix('Schema')}SelectionSchema", (schema,), {"__doc__": schema.__doc__, **members})


_lists: dict[type[Schema], type[marshmallow.Schema]] = {}


def list_of(schema: type[Schema]) -> type[marshmallow.Schema]:
    """The schema of a page of records.

    Where they are searched, with the counts by codes, another spelling that would find more, whether only some of the words were
    found (`loosened`), and whether the index is away and words alone count (`degraded`).
    """
    if schema not in _lists:
        members: dict[str, Any] = {
            "items": fields.List(fields.Nested(selection_of(schema)), required=True),
            "total": fields.Integer(required=True),
            "page": fields.Integer(required=True),
            "per_page": fields.Integer(required=True),
        }
        if schema.searched:
            members["facets"] = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FacetValue)), required=True)
            members["did_you_mean"] = fields.String(allow_none=True, required=True)
            members["loosened"] = fields.Boolean(required=True)
            members["corrected"] = fields.Boolean(required=True)
            members["degraded"] = fields.Boolean(required=True)
        name = schema.__name__.removesuffix("Schema")
        _lists[schema] = marshmallow.Schema.from_dict(members, name=f"{name}List")
    return _lists[schema]


def example_of(schema: type[marshmallow.Schema], *, loading: bool = False) -> Mapping[str, Any]:
    """An example of a record, put together from the examples at its fields."""
    bound = schema().load_fields if loading else schema().dump_fields
    return {each.data_key or name: _example(each, loading) for name, each in bound.items()}


def _example(bound: Any, loading: bool) -> Any:
    if "example" in bound.metadata:
        return bound.metadata["example"]
    if isinstance(bound, fields.Nested):
        one = example_of(type(bound.schema), loading=loading)
        return [one] if bound.many else one
    if isinstance(bound, fields.List):
        return [_example(bound.inner, loading)]
    if isinstance(bound, fields.Enum):
        return next(iter(cast(Iterable[Any], bound.enum))).value
    return EXAMPLES.get(type(bound).__name__)


EXAMPLES: dict[str, Any] = {
    "Text": "文本", "Whole": 1, "WholeInAddress": 1, "Truth": True, "Id": "6b1f0a52-9d5c-4f53-9a8e-3f1c2f9f7a10",
    "Money": "1200000.00", "Moment": "2026-11-25T18:00:00+08:00", "Day": "2026-12-31", "Codes": "power,mcu",
}  # fmt: skip
