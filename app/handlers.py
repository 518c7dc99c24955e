"""Imports every capability's event handlers, so that the outbox knows who answers what."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

CAPABILITIES = (
    "notifications", "accounts", "organizations", "products", "scenarios", "solutions", "projects", "matching", "matching.fits",
    "administration",
    "discovery", "api", "demo",
)  # fmt: skip


def init_app(_app: Flask) -> None:
    """Register all handlers."""
    for capability in CAPABILITIES:
        name = f"app.{capability}.handlers"
        if find_spec(name) is not None:
            import_module(name)
