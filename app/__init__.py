"""Kaijing 开景: the scenario-opening marketplace. `create_app` puts the application together."""

import os
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, config, error_pages, handlers, identity, locales, models, security, startup, web
from app.database import SAFE_METHODS, configure_sqlite
from app.extensions import babel, bootstrap, csrf, db, limiter, login_manager, migrate

__all__ = ["create_app", "models"]


class Kaijing(Flask):
    """A request that changes something is one transaction: committed when its view has returned, undone when it raised."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, then commit; the response leaves only after everything it promises is stored."""
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        response = self.make_response(super().dispatch_request())
        db.session.commit()
        return response


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
    for part in (locales, security, error_pages, identity, web, handlers, cli):
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
