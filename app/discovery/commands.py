"""`flask search rebuild`, `search verify` and `search status`."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.clock import SHANGHAI
from app.config import MEBIBYTE
from app.discovery.index import Difference, compare, engine, rebuild
from app.discovery.operations import INDEX_CHANGED
from app.extensions import db
from app.outbox.queries import waiting
from search_index.engine import IndexBusy, IndexUnavailable

group = AppGroup("search", help="The search index.")
MOST_SHOWN = 20


@group.command("rebuild")
def rebuild_command() -> None:
    """Make the index anew beside the live one, and swap. Pages go on using the old one meanwhile."""
    try:
        done = rebuild(db.session(), engine(), lambda done: click.echo(f"  {done} documents read …"))
    except IndexBusy as busy:
        raise click.ClickException("another process is writing to the index: try again when it has finished") from busy
    click.echo(f"the index holds {done} documents")


@group.command("verify")
def verify_command() -> None:
    """Compare the index with the database, record by record; exit 1 with the difference."""
    try:
        difference = compare(db.session(), engine())
    except IndexUnavailable as unavailable:
        raise click.ClickException(_unavailable(unavailable)) from unavailable
    if difference:
        _show(difference)
        raise click.exceptions.Exit(1)
    click.echo("the index and the database agree")


def _show(difference: Difference) -> None:
    parts = {
        "not in the index": difference.missing,
        "not as in the database": difference.stale,
        "no longer in the database": difference.left_over,
    }
    for label, ids in parts.items():
        for document_id in ids[:MOST_SHOWN]:
            click.echo(f"{label}: {document_id}")
        if len(ids) > MOST_SHOWN:
            click.echo(f"{label}: {len(ids) - MOST_SHOWN} more")
    if lag := waiting(db.session(), INDEX_CHANGED):
        click.echo(f"{lag} changes wait in the outbox: let the worker carry them out, then verify again")


@group.command("status")
def status_command() -> None:
    """How large the index is, when it was last written, and how many changes wait for it."""
    click.echo(f"changes that wait: {waiting(db.session(), INDEX_CHANGED)}")
    try:
        status = engine().status()
    except IndexUnavailable as unavailable:
        raise click.ClickException(_unavailable(unavailable)) from unavailable
    written = datetime.fromtimestamp(status.committed_at, UTC).astimezone(SHANGHAI)
    click.echo(f"documents: {status.documents}")
    click.echo(f"size: {status.size_bytes / MEBIBYTE:.1f} MB")
    click.echo(f"last commit: {status.commit}, {written:%Y-%m-%d %H:%M:%S} in Shanghai")


def _unavailable(reason: IndexUnavailable) -> str:
    return f"the index cannot be read ({reason}): make it anew by `flask --app app search rebuild`"
