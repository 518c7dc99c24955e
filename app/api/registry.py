"""Puts the API together: its resources, its document, and the page to try it."""

import json
import threading
from importlib import import_module
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from marshmallow import Schema, fields

from app.api.documentation import groups, problem_types, records
from app.api.fields import Codes, Day, File, Moment, Money
from app.api.links import add_links
from app.api.problems import PREFIX
from app.extensions import csrf

RESOURCES = (
    "auth", "organizations", "members", "products", "scenarios", "amendments", "invitations", "questions", "attachments",
    "solutions", "matches", "projects", "programmes", "progress", "plan", "settings",
    "notifications", "saved_searches", "recommendations", "accounts", "administration",
)  # fmt: skip
TITLE, VERSION = "Kaijing 开景", "1.0"
blueprint = Blueprint("api", __name__, template_folder="../../templates")


class Problem(Schema):
    """A refusal, by RFC 9457. `errors` names the fields that do not pass."""

    type = fields.String(required=True, metadata={"example": "/api/docs#invalid"})
    title = fields.String(required=True, metadata={"example": "invalid"})
    status = fields.Integer(required=True, metadata={"example": 422})
    detail = fields.String(required=True, metadata={"example": "请更正标出的字段。"})
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), metadata={"example": {"name": ["此项必填。"]}})


class Document(Api):
    """flask-smorest's registry of endpoints; the document is made when somebody first asks for it, not at each start."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self) -> None:
        super().__init__()
        self._noted: list[Any] = []
        self._making = threading.Lock()
        self._made: tuple[dict[str, Any], bytes] | None = None

    def _register_error_handlers(self) -> None:
        """Nothing: the application's own handlers answer."""

    def add(self, resource: Any) -> None:
        """Serve a resource, and note it for the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][resource.name] = self
        self._app.register_blueprint(resource)
        self._noted.append(resource)

    def made(self) -> tuple[dict[str, Any], bytes]:
        """The OpenAPI document as plain values and as JSON, made once: whoever asks meanwhile waits for the whole of it."""
        with self._making:
            if self._made is None:
                self._made = self._make()
        return self._made

    def _make(self) -> tuple[dict[str, Any], bytes]:
        for resource in self._noted:
            resource.register_views_in_doc(self, self._app, self.spec, name=resource.name, parameters=None)
            self.spec.tag({"name": resource.name, "description": resource.description})
        document: dict[str, Any] = self.spec.to_dict()
        add_links(document)
        return document, json.dumps(document, ensure_ascii=False).encode()


def init_app(app: Flask) -> None:
    """Register the API."""
    app.config.update(API_TITLE=TITLE, API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    document = Document()
    document.init_app(app)
    app.extensions["api-document"] = document
    for kind, form in ((Money, None), (Moment, "date-time"), (Day, "date"), (Codes, None), (File, "binary")):
        document.register_field(kind, "string", form)
    document.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    document.spec.components.schema("Problem", schema=Problem)
    for name in RESOURCES:
        resource = import_module(f"app.api.resources.{name}").resource
        csrf.exempt(resource)
        document.add(resource)
    app.register_blueprint(blueprint)
    app.after_request(_headers)


def openapi() -> dict[str, Any]:
    """The present application's OpenAPI document, to be read only."""
    return _made()[0]


def _made() -> tuple[dict[str, Any], bytes]:
    document: Document = current_app.extensions["api-document"]
    return document.made()


@blueprint.get(f"{PREFIX}/openapi.json")
def openapi_json() -> ResponseReturnValue:
    """The document."""
    response = current_app.response_class(_made()[1], content_type="application/json")
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/api/docs")
def docs() -> ResponseReturnValue:
    """The document as a page, to read and to try."""
    document = openapi()
    parts = {"groups": groups(document), "records": records(document), "problems": problem_types()}
    return render_template("api/docs.html", **parts)


def _headers(response: Response) -> Response:
    """Who may keep an answer, and who may read it from another site: only what every visitor may see."""
    if not request.path.startswith(PREFIX):
        return response
    public = "Authorization" not in request.headers
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(["Authorization", "Accept-Language"])
    if request.method in {"GET", "HEAD"} and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = "public, no-cache" if public else "private, no-cache"
        if public:
            response.headers["Access-Control-Allow-Origin"] = "*"
    return response
