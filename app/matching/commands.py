"""`flask matches refresh`."""

import click
from flask.cli import AppGroup

from app import clock
from app.extensions import db
from app.matching.fits.background import refine
from app.matching.fits.embedding import encoder
from app.matching.fits.following import follow, make_generation
from app.matching.fits.queries import latest_generation
from app.outbox.operations import drain

group = AppGroup("matches", help="The match table.")
REPORT_EVERY = 20


@group.command("refresh")
@click.option("--all", "everything", is_flag=True, help="Freeze new constants, and make the whole table anew.")
def refresh_command(everything: bool) -> None:
    """Bring the match table up to date: changed records, missing embeddings, missing rows."""
    now = clock.utcnow()
    drain(db.session(), clock=clock.utcnow)
    follow({}, now=now)
    steps = 0
    while refine(now=clock.utcnow()):
        steps += 1
        drain(db.session(), clock=clock.utcnow)
        if steps % REPORT_EVERY == 0:
            click.echo(f"  {steps} steps …")
    if everything:
        make_generation(now=clock.utcnow())
    made = latest_generation(db.session())
    if made is not None:
        click.echo(f"generation {made.number}, {made.records} records, encoder {made.encoder}")
    if encoder().failing:
        raise click.ClickException("the encoder does not answer: what has no embedding is matched by its words")
