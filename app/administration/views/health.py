"""For the machines that watch this one: is the process alive, can it serve, and what does not keep up."""

from hmac import compare_digest
from ipaddress import ip_address

from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from app.administration.metrics import exposition
from app.administration.queries import degraded
from app.administration.views.base import blueprint
from app.discovery.index import engine
from app.errors import require_visible
from app.web import database, now


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 with the parts that do not keep up; 503 without the database."""
    try:
        return jsonify(status="ready", degraded=degraded(database(), now(), index=engine()))
    except SQLAlchemyError:
        database().rollback()
        return jsonify(status="unavailable", degraded=["database"]), 503


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus: to whoever asks from this machine without a proxy between, or shows the token."""
    require_visible(_asks_directly() or _shows_token())
    return Response(exposition(database(), now(), engine()), content_type=CONTENT_TYPE_LATEST)


def _asks_directly() -> bool:
    sender = request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR") or request.remote_addr
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not passed_on and sender is not None and ip_address(sender).is_loopback


def _shows_token() -> bool:
    wanted = current_app.config["METRICS_TOKEN"]
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(wanted) and compare_digest(shown.encode(), wanted.encode())
