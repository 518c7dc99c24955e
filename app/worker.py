"""The worker: carries out what the outbox promises, and does what is due by the clock. Any number may run side by side."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.accounts.operations import clean_up_due
from app.api.operations import forget_due
from app.attachments import operations as attachments
from app.audit import checkpoint
from app.discovery import saved
from app.discovery.index import engine, make_if_missing
from app.extensions import db
from app.matching.fits.background import refine
from app.matching.operations import lapse_due
from app.notifications.operations import queue_digests
from app.outbox import operations as outbox
from app.scenarios.operations import close_due

log = logging.getLogger(__name__)


class Job(Protocol):
    """Does one batch of what is due, and returns how much it did: zero when nothing is left. Commits nothing."""

    __name__: str

    def __call__(self, session: Session, *, now: datetime) -> int:
        """One batch."""


def write_checkpoint(session: Session, *, now: datetime) -> int:
    """The audit chain's daily checkpoint, in the configured folder."""
    return checkpoint.write_due(session, now=now, folder=current_app.config["CHECKPOINT_DIR"])


def remove_unused_files(session: Session, *, now: datetime) -> int:
    """Uploaded content that no record names any more, cleared away every hour."""
    return attachments.remove_unused_due(session, now=now, directory=current_app.config["UPLOAD_DIR"])


def alert_saved_searches(session: Session, *, now: datetime) -> int:
    """New records for the searches that people keep, looked for in the application's index."""
    return saved.alert_due(session, index=engine(), now=now)


IDLE_SECONDS = 0.5
JOB_SECONDS = 5
REPORT_EVERY = 100

# what is due by the clock, each batch in a transaction of its own
JOBS: tuple[Job, ...] = (
    close_due,
    lapse_due,
    queue_digests,
    write_checkpoint,
    remove_unused_files,
    clean_up_due,
    forget_due,
    outbox.forget_done,
    alert_saved_searches,
)


def run_jobs(session: Session, *, now: datetime, stopping: Callable[[], bool] = lambda: False) -> None:
    """Do everything that is due. A job that fails is logged, undone, and tried again the next time; the others still run."""
    for job in JOBS:
        try:
            while not stopping() and job(session, now=now):
                session.commit()
            session.commit()
        except Exception:
            session.rollback()
            log.exception("the job %s failed", job.__name__)


def refine_matches() -> int:
    """A little of what matches lack, in a quiet moment; zero when nothing is left, or when it failed and is to wait."""
    try:
        return refine(now=clock.utcnow())
    except Exception:
        log.exception("matches could not be refined")
        return 0


def run(app: Flask, *, once: bool = False, progress: Callable[[int], None] | None = None) -> int:
    """Work until SIGTERM or SIGINT, which let the present event end; with `once`, until nothing is due.

    Returns how many events were done. A database that is away is waited for, unless `once`: then the error is raised. An index that
    is missing when the worker starts is made, so that a new machine has one; one that goes missing later is for people to see to.
    """
    done, next_jobs, next_refining, has_index = 0, 0.0, 0.0, False
    with _stop_signal() as stop:
        while not stop.is_set():
            with app.app_context():
                try:
                    if not has_index:
                        make_if_missing(db.session(), engine())
                        has_index = True
                    if time.monotonic() >= next_jobs:
                        run_jobs(db.session(), now=clock.utcnow(), stopping=stop.is_set)
                        next_jobs = time.monotonic() + JOB_SECONDS
                    done += outbox.drain(db.session(), clock=clock.utcnow, progress=progress, stopping=stop.is_set)
                    db.session.rollback()
                    if not once and time.monotonic() >= next_refining and not refine_matches():
                        next_refining = time.monotonic() + JOB_SECONDS
                except SQLAlchemyError:
                    if once:
                        raise
                    log.exception("the database does not answer")
            if once:
                break
            stop.wait(IDLE_SECONDS if next_refining > time.monotonic() else 0)
    return done


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, while the block runs (in the main thread; elsewhere nothing sets it)."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command("worker")
@click.option("--once", is_flag=True, help="Return when nothing is due.")
@with_appcontext
def command(once: bool) -> None:
    """Carry out what the outbox promises, and what is due by the clock."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def progress(done: int) -> None:
        if once and done % REPORT_EVERY == 0:
            click.echo(f"{done} events carried out …")

    done = run(app, once=once, progress=progress)
    click.echo(f"{done} events carried out.")
