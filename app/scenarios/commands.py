"""`flask import challenges`."""

import json
import uuid
from pathlib import Path

import click
from flask.cli import AppGroup

from app import clock
from app.accounts.models import User
from app.actor import Actor
from app.errors import Invalid, KaijingError
from app.extensions import db
from app.organizations.queries import actor_for, owner_ids
from app.scenarios.operations import import_challenges

group = AppGroup("import", help="Taking records over from elsewhere.")


@group.command("challenges")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", "organization_id", required=True, type=click.UUID, help="The anchor firm whose drafts they become.")
def challenges_command(file: Path, organization_id: uuid.UUID) -> None:
    """Take over Challenge.gov's JSON as drafts of a firm, in the name of its first owner: all or none."""
    try:
        records = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON in UTF-8: {error}") from error
    if not isinstance(records, list):
        raise click.ClickException(f"{file} must hold a list of records")
    try:
        drafts = import_challenges(
            db.session(), records, organization_id=organization_id, actor=_owner(organization_id), now=clock.utcnow()
        )
    except Invalid as invalid:
        for place, reasons in invalid.fields.items():
            click.echo(f"record {place}: {' '.join(str(reason) for reason in reasons)}", err=True)
        raise click.ClickException("nothing was imported") from invalid
    except KaijingError as error:
        raise click.ClickException(f"nothing was imported: {error}") from error
    db.session.commit()
    click.echo(f"{len(drafts)} drafts")


def _owner(organization_id: uuid.UUID) -> Actor:
    owners = owner_ids(db.session(), organization_id)
    if not owners:
        raise click.ClickException("there is no such firm, or it has no owner")
    return actor_for(db.session(), db.session.get_one(User, owners[0]), organization_id=organization_id)
