"""`flask audit verify`."""

import click
from flask import current_app
from flask.cli import AppGroup

from app.audit.verification import verify
from app.extensions import db

group = AppGroup("audit", help="The audit log.")


@group.command("verify")
def verify_command() -> None:
    """Walk the hash chain; exit 1 at the first entry that does not hold."""
    verdict = verify(db.session(), current_app.config["CHECKPOINT_DIR"])
    if verdict.broken is not None:
        raise click.ClickException(f"broken: {verdict.broken} ({verdict.entries} entries before it hold)")
    click.echo(f"{verdict.entries} entries, all hold")
