"""Kaijing 开景: the scenario-opening marketplace. `create_app` puts the application together."""

import os
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask, has_request_context, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, clock, config, error_pages, handlers, identity, locales, models, security, startup, web
from app.api import registry as api
from app.database import SAFE_METHODS, configure_sqlite
from app.extensions import babel, bootstrap, csrf, db, limiter, login_manager, migrate
from app.scenarios.operations import close_due

__all__ = ["create_app", "models"]


# values of which equal ones always make the same address (1 and True do not)
PLAIN = {str, UUID, type(None)}
KEPT_ADDRESSES = 4096
LONGEST_VALUE = 200  # characters of a part of an address that is kept


class Kaijing(Flask):
    """A request that changes something is one transaction: committed when its view has returned, undone when it raised."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, then commit; the response leaves only after everything it promises is stored."""
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        # what time has decided comes first: nobody is told to wait for the worker
        close_due(db.session(), clock.utcnow())
        db.session.commit()
        response = self.make_response(super().dispatch_request())
        db.session.commit()
        return response

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Flask's. An address within the site depends on its parts alone, and a page holds dozens: each is built once."""
        plain = has_request_context() and endpoint[0] != "." and all(type(value) in PLAIN for value in values.values())
        if not plain or any(name[0] == "_" or len(str(value)) > LONGEST_VALUE for name, value in values.items()):
            return super().url_for(endpoint, **values)
        return self._address(request.root_path, endpoint, tuple(values.items()))

    @lru_cache(KEPT_ADDRESSES)  # noqa: B019  (an application lives as long as its process)
    def _address(self, _mounted_at: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return super().url_for(endpoint, **dict(values))


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Build the application from the environment, with `overrides` on top (tests).

    Raises ConfigurationError when a setting is wrong, or when production would start on a database that is not fit for it.
    """
    app = Kaijing(__name__, template_folder="../templates", static_folder="static")
    app.config.from_mapping(config.load(os.environ))
    app.config.from_mapping(overrides or {})
    _configure_engine(app)
    for extension in (db, csrf, bootstrap, limiter):
        extension.init_app(app)
    migrate.init_app(app, db, directory=str(config.PROJECT / "migrations"))
    login_manager.init_app(app)
    babel.init_app(app, locale_selector=locales.select_locale, timezone_selector=lambda: "Asia/Shanghai")
    with app.app_context():
        _prepare_engine(db.engine)
    app.teardown_appcontext(_end_transaction)
    for part in (locales, security, error_pages, identity, web, api, handlers, cli):
        part.init_app(app)
    startup.check(app)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _end_transaction(_error: BaseException | None) -> None:
    """End what a request has begun. A connection whose server has gone away is dropped: the page is made already."""
    if db.session.registry.has():
        try:
            db.session.rollback()
        except DBAPIError:
            db.session().invalidate()


def _configure_engine(app: Flask) -> None:
    if make_url(app.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name() == "postgresql":
        # a server that was restarted must not cost a request: each connection is tried before it is used
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"pool_pre_ping": True})


def _prepare_engine(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
