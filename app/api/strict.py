"""Reading requests strictly: what JSON leaves open (duplicate keys, NaN, broken text, deep nesting) is refused, never guessed."""

import json
from typing import Any, NoReturn

import webargs
from flask import Request
from flask_babel import gettext as _
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.api.problems import ApiProblem

LARGEST_BODY = 1024 * 1024
DEEPEST = 20


def receive(request: Request, *, uploads: bool) -> None:
    """Wait for the whole body. To be called before the first statement: a transaction that waits for a slow sender holds up others.

    A form with `uploads` is parsed as it comes, so that files go to the disk; with an Idempotency-Key its bytes are kept, of which
    the key remembers a digest. Raises ApiProblem 413 for JSON over 1 MB.
    """
    if not uploads:
        request.max_content_length = LARGEST_BODY
    try:
        request.get_data(parse_form_data=uploads and "Idempotency-Key" not in request.headers)
    except RequestEntityTooLarge:
        if uploads:
            raise
        raise ApiProblem(413, _("A body has at most 1 MB.")) from None


def read_json(request: Request) -> Any:
    """The body that was received, or `webargs.missing` for an empty one.

    Raises ApiProblem: 400 for what is no JSON by RFC 8259 and I-JSON (RFC 7493), 415 for another content type.
    """
    raw = request.get_data()
    if not raw:
        return webargs.missing
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise ApiProblem(415, _("Send JSON: Content-Type: application/json"))
    return parse(raw)


def parse(raw: bytes) -> Any:
    """JSON from bytes. Raises ApiProblem 400."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise ApiProblem(400, _("The body is not valid JSON in UTF-8.")) from None
    _check(value, DEEPEST)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check(value: Any, depth: int) -> None:
    """Refuse text that a database or another reader cannot take: NUL and lone surrogates; and nesting without end."""
    if depth < 0:
        raise ApiProblem(400, _("The body is nested too deeply."))
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ApiProblem(400, _("The body holds characters that no text may hold."))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth - 1)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


class StrictParser(FlaskParser):
    """webargs with our JSON, and no unknown field anywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": RAISE, "query": RAISE, "files": RAISE}

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body, read strictly."""
        return read_json(req)

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """The query; text in it obeys the same rules as text in a body."""
        for name, value in req.args.items(multi=True):
            _check(name, 0)
            _check(value, 0)
        return super().load_querystring(req, schema)

    def load_files(self, req: Request, schema: Any) -> Any:
        """A form with a file, and the fields beside it. Raises ApiProblem 415 for anything else."""
        if req.mimetype != "multipart/form-data":
            raise ApiProblem(415, _("Send a form with a file: Content-Type: multipart/form-data"))
        for name, value in req.form.items(multi=True):
            _check(name, 0)
            _check(value, 0)
        return self._makeproxy(MultiDict([*req.form.items(multi=True), *req.files.items(multi=True)]), schema)


def field_errors(error: HTTPException) -> dict[str, list[str]]:
    """What webargs found, flat: `requirements.0.value` → reasons."""
    found: dict[str, list[str]] = {}

    def gather(path: tuple[str, ...], messages: Any) -> None:
        if isinstance(messages, dict):
            for name, inner in messages.items():
                gather((*path, str(name)) if name != "_schema" else path, inner)
        else:
            reasons = messages if isinstance(messages, list) else [messages]
            found.setdefault(".".join(path), []).extend(str(reason) for reason in reasons)

    for messages in getattr(error, "data", {}).get("messages", {}).values():
        gather((), messages)
    return found
