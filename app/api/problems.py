"""Errors as problem details (RFC 9457): a stable `type`, a text in the reader's language, and the fields that do not pass."""

from collections.abc import Mapping

from flask import Response, current_app, json
from flask_babel import gettext as _

PREFIX = "/api/v1"
CONTENT_TYPE = "application/problem+json"
# the last word of a problem's type, by status; a more exact one is given where the status has several causes
TYPES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    428: "precondition-required",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}


class ApiProblem(Exception):
    """A refusal that only the API knows. `kind` is the last word of the problem's type."""

    def __init__(self, status: int, detail: str, *, kind: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.headers = status, detail, kind, dict(headers or {})


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "",
    fields: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as an answer. `fields` maps a field's path (`requirements.0.value`) to what is wrong with it."""
    kind = kind or TYPES.get(status, "error")
    body = {"type": f"/api/docs#{kind}", "title": kind, "status": status, "detail": detail}
    if fields:
        body["errors"] = dict(fields)
    response = current_app.response_class(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    response.headers.update(headers or {})
    if status == 401:
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="kaijing"')
    return response


def unauthenticated() -> ApiProblem:
    """No token where one is needed."""
    return ApiProblem(401, _("Send a valid token: Authorization: Bearer …"))
