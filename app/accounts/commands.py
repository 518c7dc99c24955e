"""Accounts at the command line: the first administrator."""

import os

import click
from flask.cli import AppGroup

from app import clock
from app.accounts.operations import create_user
from app.actor import SYSTEM, Role
from app.errors import Invalid
from app.extensions import db

group = AppGroup("user", help="Accounts.")


@group.command("create")
@click.option("--email", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), help="None for a plain member.")
@click.option("--name", default="", help="Default: the part of the address before the @.")
def create(email: str, roles: tuple[str, ...], name: str) -> None:
    """Make an account. The password is asked for, or taken from KAIJING_PASSWORD.

    Whoever makes one here speaks for its person, who is taken to agree to the privacy notice.
    """
    password = os.environ.get("KAIJING_PASSWORD") or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        duties = {Role(role) for role in roles}
        user = create_user(
            db.session(), email=email, name=name, roles=duties, password=password, consented=True, actor=SYSTEM, now=clock.utcnow()
        )
    except Invalid as invalid:
        reasons = [str(reason) for reasons in invalid.fields.values() for reason in reasons]
        raise click.ClickException(" ".join(reasons)) from None
    email = user.email
    db.session.commit()
    click.echo(f"{email} can sign in now, and is taken to agree to the privacy notice.")
