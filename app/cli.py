"""Commands of the house: `flask --app app …`. Capabilities bring their own in `commands.py`."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from app import worker

CAPABILITIES = ("accounts", "audit", "demo", "discovery", "matching", "scenarios", "taxonomy")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(worker.command)
    for capability in CAPABILITIES:
        name = f"app.{capability}.commands"
        if find_spec(name) is not None:
            app.cli.add_command(import_module(name).group)
