"""The worker: nothing lost, nothing done twice, whatever happens to it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import worker as worker_module
from app.extensions import db
from app.outbox import operations as outbox
from app.outbox import registry
from app.outbox.models import OutboxEvent
from app.taxonomy.models import Domain
from tests.support.databases import PROJECT, wait_until

# a worker whose events write their key into a file, and end the process where told to
SCRIPT = """
import os, signal, sys
from app import create_app
from app.outbox.registry import delivers, handles
from app import worker

@delivers("test.sent")
def send(event):
    with open(sys.argv[1], "a") as file:
        file.write(event.key + "\\n")

@handles("test.sent")
def note(session, event, now):
    if event.key == "test.sent:" + sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

worker.run(create_app(), once=len(sys.argv) > 3)
"""


def start(app, log: Path, *arguments: str) -> subprocess.Popen:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    environment = {**os.environ, "KAIJING_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(log), *arguments], env=environment, cwd=PROJECT)


def promise(session, now, count: int) -> None:
    for number in range(count):
        outbox.emit(session, "test.sent", str(number), now=now)
    session.commit()


def undone(session) -> int:
    session.rollback()
    return len(session.scalars(select(OutboxEvent.id).where(OutboxEvent.done_at.is_(None))).all())


def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing_and_repeats_one_at_most(app, session, now, tmp_path):
    promise(session, now, 6)
    log = tmp_path / "sent"
    assert start(app, log, "3", "once").wait(60) == -signal.SIGKILL
    assert undone(session) == 3
    session.execute(update(OutboxEvent).values(leased_until=None))  # the lease runs out
    session.commit()
    assert start(app, log, "none", "once").wait(60) == 0
    assert undone(session) == 0
    sent = log.read_text().split()
    assert sorted(set(sent)) == [f"test.sent:{number}" for number in range(6)]
    assert len(sent) == 7


def test_a_worker_told_to_end_finishes_its_event_and_gives_the_rest_back(app, session, now, tmp_path):
    log = tmp_path / "sent"
    promise(session, now, 1)
    process = start(app, log, "none")
    wait_until(log.exists, 60)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert undone(session) == 0


@pytest.fixture
def deliver(monkeypatch):
    """`deliver(function)`: what reaches outside for the events of these tests."""
    return lambda function: monkeypatch.setitem(registry._deliveries, "test.sent", function)


def test_letters_are_sent_once_although_one_takes_so_long_that_another_worker_takes_over_the_rest(session, now, deliver):
    promise(session, now, 3)
    moment, sent, taken = [now], [], []

    def send(event):
        sent.append(event.key)
        if len(sent) == 1:
            moment[0] += timedelta(minutes=9)
            with Session(db.engine) as another:
                taken.append(outbox.lease_batch(another, now=moment[0]))

    deliver(send)
    assert outbox.drain(session, clock=lambda: moment[0]) == 1
    assert sent == ["test.sent:0"]
    for event_id in taken[0].ids:
        assert outbox.carry_out(session, event_id, until=taken[0].until, clock=lambda: moment[0])
    assert sent == ["test.sent:0", "test.sent:1", "test.sent:2"]


def test_a_failure_does_not_end_the_lease_of_a_worker_that_took_over(session, now, deliver):
    promise(session, now, 1)
    later = now + timedelta(minutes=11)
    held = []

    def fails(_event):
        with Session(db.engine) as another:
            held.append(outbox.lease_batch(another, now=later).until)
        raise OSError("the mail server went away")

    deliver(fails)
    assert outbox.drain(session, clock=lambda: now) == 0
    event = session.scalars(select(OutboxEvent)).one()
    assert (event.leased_until, event.attempts) == (held[0], 0)


def test_events_not_begun_are_given_back_when_the_worker_ends(session, now):
    promise(session, now, 3)
    stops = iter([False, True, True])
    assert outbox.drain(session, clock=lambda: now, stopping=lambda: next(stops)) == 1
    waiting = session.scalars(select(OutboxEvent).where(OutboxEvent.done_at.is_(None))).all()
    assert [event.leased_until for event in waiting] == [None, None]


@pytest.mark.databases("postgresql")
def test_several_workers_share_the_work_and_do_each_event_once(app, session, now, tmp_path):
    promise(session, now, 200)
    log = tmp_path / "sent"
    workers = [start(app, log, "none", "once") for _ in range(3)]
    assert [process.wait(60) for process in workers] == [0, 0, 0]
    assert undone(session) == 0
    sent = log.read_text().split()
    assert len(sent) == len(set(sent)) == 200


def test_a_job_that_fails_is_undone_and_the_others_still_run(session, now, monkeypatch, caplog):
    left = [2]

    def batched(session, *, now):
        left[0] -= 1
        return left[0]

    code = session.scalars(select(Domain.code)).first()

    def fails(session, *, now):
        session.get(Domain, code).name_en = "lost"
        session.flush()
        raise RuntimeError("no luck")

    monkeypatch.setattr(worker_module, "JOBS", (fails, batched))
    worker_module.run_jobs(session, now=now)
    assert left == [0]
    assert session.get(Domain, code).name_en != "lost"
    assert "the job fails failed" in caplog.text


def test_what_was_done_is_forgotten_after_thirty_days_and_what_was_not_never(session, now, monkeypatch):
    promise(session, now, 5)
    month = timedelta(days=30)
    for key, done_at in {"0": now - month, "1": now - month, "2": now - 2 * month, "3": now - month + timedelta(seconds=1)}.items():
        session.execute(update(OutboxEvent).where(OutboxEvent.key == f"test.sent:{key}").values(done_at=done_at))
    session.execute(update(OutboxEvent).where(OutboxEvent.done_at.is_(None)).values(created_at=now - 3 * month, attempts=7))
    session.commit()
    monkeypatch.setattr(outbox, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(worker_module, "JOBS", [job for job in worker_module.JOBS if job is outbox.forget_done])
    worker_module.run_jobs(session, now=now)
    assert session.scalars(select(OutboxEvent.key).order_by(OutboxEvent.key)).all() == ["test.sent:3", "test.sent:4"]


def test_the_command_runs_until_nothing_is_due(app, session, now):
    promise(session, now, 100)
    result = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert result.output == "100 events carried out …\n100 events carried out.\n"
    assert undone(session) == 0
