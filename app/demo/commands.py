"""`flask demo load` and `flask demo clear`."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from app import clock
from app.accounts.models import User
from app.demo import clearing, operations
from app.errors import Conflict
from app.extensions import db
from app.outbox.operations import drain
from app.web import upload_store

group = AppGroup("demo", help="Invented firms, scenarios and projects, marked as demo.")


@group.command("load")
@click.option("--if-empty", is_flag=True, help="Only into a database without any people in it.")
def load_command(if_empty: bool) -> None:
    """Load the demo data; loading it twice changes nothing."""
    if if_empty and db.session.scalar(select(User.id).limit(1)) is not None:
        return
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("demo data is refused in production")
    password = current_app.config["DEMO_PASSWORD"]
    loaded = operations.load(db.session(), now=clock.utcnow(), store=upload_store(), password=password, progress=_show)
    db.session.commit()
    click.echo("demo data loaded" if loaded else "demo data is there already")


@group.command("clear")
def clear_command() -> None:
    """Remove the demo data; the audit log keeps what was written of it."""
    drain(db.session(), clock=clock.utcnow)
    try:
        cleared = clearing.clear(db.session(), now=clock.utcnow())
    except Conflict as conflict:
        raise click.ClickException(str(conflict)) from conflict
    db.session.commit()
    click.echo("demo data removed" if cleared else "there is no demo data")


def _show(scenes: int) -> None:
    if scenes % 250 == 0:
        click.echo(f"  {scenes} scenes played …")
