"""For the machines that watch this one: is the process alive, can it serve, and what does not keep up."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.administration.queries import degraded
from app.administration.views.base import blueprint
from app.discovery.index import engine
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
