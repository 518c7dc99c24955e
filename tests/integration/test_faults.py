"""What breaks around the application: killed workers, locked and restarted databases, full disks. All of it for real."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from app import create_app, web
from app.attachments.models import Attachment, Visibility
from app.errors import Invalid
from app.extensions import db
from app.notifications.operations import notify
from app.outbox.models import OutboxEvent
from app.scenarios import operations as scenarios
from app.scenarios.models import Scenario
from app.solutions.models import SolutionVersion
from app.taxonomy.models import Domain
from tests.factories.accounts import UserFactory
from tests.factories.attachments import PDF, store_of_app, upload
from tests.factories.scenarios import draft_scenario
from tests.factories.solutions import World
from tests.support.databases import PROJECT, migrate, overrides, run_directory, wait_until
from tests.support.postgres import PostgresServer

MEBIBYTE = 1024 * 1024
LETTERS = 40
KIND = "scenario.cancelled"


@pytest.fixture
def world(session, now):
    return World(session, now)


def undone(session) -> int:
    session.rollback()
    return len(session.scalars(select(OutboxEvent.id).where(OutboxEvent.done_at.is_(None))).all())


def worker_process(app, tmp_path, *arguments: str) -> subprocess.Popen:
    environment = {
        **os.environ,
        "KAIJING_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "KAIJING_MAIL_URL": app.config["MAIL_URL"],
        "KAIJING_UPLOAD_DIR": str(tmp_path / "uploads"),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "worker", *arguments]
    return subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL)


def test_a_worker_killed_while_it_mails_loses_no_letter_and_repeats_one_at_most(app, session, now, mailbox, tmp_path):
    people = [UserFactory() for _ in range(LETTERS)]
    params = {"title": "77 GHz", "number": "S-2026-0001"}
    notify(session, [user.id for user in people], kind=KIND, event_key="test:1", params=params, path="/", now=now)
    session.commit()
    worker = worker_process(app, tmp_path)
    wait_until(lambda: len(mailbox.messages) >= 5, 60)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(30) == -signal.SIGKILL
    assert 0 < undone(session) < LETTERS
    session.execute(update(OutboxEvent).values(leased_until=None))  # the lease runs out
    session.commit()
    assert worker_process(app, tmp_path, "--once").wait(60) == 0
    assert undone(session) == 0
    sent = Counter((message["To"], message["Message-ID"]) for message in mailbox.messages)
    assert {to for to, _id in sent} == {user.email for user in people}
    assert len(sent) == LETTERS  # whoever got it twice got it under one Message-ID
    assert sum(sent.values()) <= LETTERS + 1


def test_two_submissions_of_one_answer_at_the_same_moment_are_one(world, session, app, sign_in):
    scenario = world.scenario()
    solution = world.fill(world.draft(scenario))
    browsers = [sign_in(world.user("chip")) for _ in range(2)]
    address = f"/solutions/{solution.id}/submit"
    session.commit()
    statuses = at_once(app, lambda browser: browser.post(address, data={}).status_code, browsers)
    assert set(statuses) <= {302, 409, 412}
    assert 302 in statuses
    versions = session.scalars(select(SolutionVersion).where(SolutionVersion.solution_id == solution.id)).all()
    assert [version.submitted_at is not None for version in versions] == [True]


def at_once(app, action, subjects: list) -> list:
    """Do it with each subject at the same moment, each in a thread of its own."""
    barrier, results = threading.Barrier(len(subjects)), [None] * len(subjects)

    def run(at: int) -> None:
        with app.app_context():
            barrier.wait(10)
            results[at] = action(subjects[at])

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(subjects))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_an_answer_submitted_one_second_after_closing_is_refused_however_late_the_worker_is(world, session, sign_in, monkeypatch):
    scenario = world.scenario()
    solution = world.fill(world.draft(scenario))
    monkeypatch.setattr(web.clock, "utcnow", lambda: world.closing + timedelta(seconds=1))
    response = sign_in(world.user("chip")).post(f"/solutions/{solution.id}/submit", data={})
    assert response.status_code == 409
    session.expire_all()
    assert session.get_one(Scenario, scenario.id).status == "unfilled"
    assert session.scalars(select(SolutionVersion.submitted_at)).all() == [None]


@pytest.fixture
def other_writer(app):
    """Another process that writes to the SQLite file, and takes its time."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


@pytest.mark.databases("sqlite")
def test_a_request_waits_for_another_writer_and_then_works(world, session, sign_in, other_writer):
    scenario = world.scenario()
    world.chip()
    browser, address = sign_in(world.user("chip")), f"/scenarios/{scenario.id}"
    session.commit()
    other_writer.execute("BEGIN IMMEDIATE")
    assert browser.get(address).status_code == 200  # who reads does not wait
    threading.Timer(1, lambda: other_writer.execute("COMMIT")).start()
    began = time.monotonic()
    assert browser.post(f"{address}/solutions/start", data={"record_id": str(uuid.uuid4())}).status_code == 302
    assert time.monotonic() - began >= 1


@pytest.mark.databases("sqlite")
def test_a_writer_that_does_not_end_costs_a_503_and_nothing_is_changed(world, session, sign_in, other_writer):
    scenario = world.scenario()
    world.chip()
    browser, address = sign_in(world.user("chip")), f"/scenarios/{scenario.id}"
    session.commit()
    impatient = lambda connection, _record: connection.execute("PRAGMA busy_timeout=200")  # noqa: E731
    event.listen(db.engine, "connect", impatient)
    db.engine.dispose()
    other_writer.execute("BEGIN IMMEDIATE")
    try:
        response = browser.post(f"{address}/solutions/start", data={"record_id": str(uuid.uuid4())})
    finally:
        other_writer.execute("ROLLBACK")
        event.remove(db.engine, "connect", impatient)
        db.engine.dispose()
    assert response.status_code == 503
    assert session.scalars(select(SolutionVersion)).all() == []


@pytest.fixture
def second_server():
    """A PostgreSQL server that a test may stop, with a migrated database; the suite's own goes on."""
    directory = run_directory()
    server = PostgresServer(directory / "postgresql")
    try:
        server.create()
        server.start()
        server.connect().execute("CREATE DATABASE restarted")
        migrate(server.url("restarted"))
        yield server
    finally:
        server.remove()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.databases("postgresql")
def test_postgresql_restarted_under_load_costs_some_503_and_no_500(database_kind, second_server):
    app = create_app(overrides(second_server.url("restarted")))
    app.testing = False  # errors become pages, as in real life
    statuses: Counter[str] = Counter()
    phase, ended = ["before"], threading.Event()

    def load() -> None:
        client = app.test_client()
        while not ended.is_set():
            for address in ("/", "/scenarios", "/readyz"):
                begun = phase[0]
                status = client.get(address).status_code
                statuses[f"{begun if begun == phase[0] else 'during'} {status}"] += 1

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        phase[0] = "during"
        second_server.stop()
        time.sleep(0.5)
        second_server.start()
        time.sleep(0.5)
        phase[0] = "after"
        time.sleep(1)
    finally:
        ended.set()
        for thread in threads:
            thread.join(30)
        with app.app_context():
            assert len(db.session.scalars(select(Domain)).all()) == 5
            db.session.remove()
            db.engine.dispose()
    assert set(statuses) <= {"before 200", "during 200", "during 503", "after 200"}, statuses
    assert statuses["after 200"] > 0


@pytest.fixture
def full_disk():
    """No file grows beyond 4 MiB: the kernel refuses to write on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MEBIBYTE, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_upload_that_the_disk_does_not_take_is_refused_and_leaves_nothing(app, world, session, full_disk):
    by = {"into": store_of_app(), "visibility": Visibility.PUBLIC, "actor": world.anchor(), "now": world.now}
    scenario = draft_scenario(world.anchor(), world.now)
    with pytest.raises(Invalid) as refusal:
        scenarios.attach(session, scenario, upload(PDF + b"%" * 5 * MEBIBYTE), **by)
    assert set(refusal.value.fields) == {"file"}
    assert session.scalars(select(Attachment)).all() == []
    assert [path for path in app.config["UPLOAD_DIR"].rglob("*") if path.is_file()] == []
    scenarios.attach(session, scenario, upload(), **by)
    assert len(session.scalars(select(Attachment)).all()) == 1
