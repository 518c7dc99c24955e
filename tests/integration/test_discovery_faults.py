"""The index catches up with the database whatever happens to the workers in between."""

import multiprocessing
import random
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app import clock
from app import worker as worker_module
from app.discovery.index import compare, engine
from app.discovery.operations import INDEX_CHANGED
from app.extensions import db
from app.outbox.queries import waiting
from app.products import operations as products
from tests.factories.organizations import firm_actor
from tests.factories.products import product_content, product_of

KILLS, CHANGES = 30, 1_000
LEASES_OVER = timedelta(minutes=3)
FORK = multiprocessing.get_context("fork")


def work(app):
    """A worker in a process of its own: with connections and an index of its own."""
    with app.app_context():
        db.engine.dispose(close=False)
    app.extensions.pop("search", None)
    worker_module.run(app)


@contextmanager
def working(app):
    """A worker at work; killed at the end of the block."""
    process = FORK.Process(target=work, args=(app,))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


@pytest.fixture
def catalogue(app, session, now, indexed):
    """Twenty products of one firm, in the index; `change(n)` edits one of them in a transaction of its own."""
    actor = firm_actor()
    made = [product_of(actor, now, name=f"Product {number}").id for number in range(20)]
    indexed()

    def change(number):
        content = replace(product_content(), name=f"Edit {number}", description="毫米波雷达 " * (number % 50))
        with Session(db.engine) as own:
            product_id = made[number % len(made)]
            products.edit_product(own, product_id, content, version=None, actor=actor, now=clock.utcnow())
            own.commit()

    return change


def stream_of_changes(app, change, count, done):
    """Makes the changes in a thread, as web processes would."""

    def run():
        with app.app_context():
            for number in range(count):
                change(number)
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.databases("sqlite")
@pytest.mark.long
def test_workers_killed_at_any_moment_lose_nothing(app, session, catalogue, worker, pytestconfig):
    deep = 10 if pytestconfig.getoption("--deep") else 1
    seed = time.time_ns()
    moments, streamed = random.Random(seed), threading.Event()
    thread = stream_of_changes(app, catalogue, CHANGES * deep, streamed)
    kills = 0
    while kills < KILLS * deep or not streamed.is_set():
        with working(app):
            time.sleep(moments.uniform(0.02, 0.4))
        kills += 1
    thread.join()
    worker(clock.utcnow() + LEASES_OVER)
    assert waiting(session, INDEX_CHANGED) == 0, seed
    session.rollback()
    assert not compare(session, engine()), seed


@pytest.mark.long
def test_two_workers_at_once_leave_the_index_as_the_database_is(app, session, catalogue, worker, pytestconfig):
    streamed = threading.Event()
    thread = stream_of_changes(app, catalogue, 300 if pytestconfig.getoption("--deep") else 100, streamed)
    with working(app), working(app):
        thread.join()
        deadline = time.monotonic() + 20
        while waiting(session) and time.monotonic() < deadline:
            session.rollback()
            time.sleep(0.1)
    worker(clock.utcnow() + LEASES_OVER)
    session.rollback()
    assert not compare(session, engine())


def test_a_change_is_found_by_another_process_without_a_restart(app, session, catalogue, client):
    assert "Edit 5" not in client.get("/products?q=Edit").text
    with working(app):
        time.sleep(1)
        catalogue(5)
        deadline = time.monotonic() + 30
        while "Edit</mark> 5" not in (page := client.get("/products?q=Edit").text) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "Edit</mark> 5" in page


def test_an_index_deleted_under_the_workers_is_missed_by_nothing_but_the_search(app, session, catalogue, worker, indexed):
    folder = Path(app.config["SEARCH_URL"].removeprefix("whoosh:"))
    worker()
    catalogue(1)
    shutil.rmtree(folder)
    worker()
    assert waiting(session, INDEX_CHANGED) == 1
    assert waiting(session) == 1  # what does not need the index is done
    indexed()
    worker(clock.utcnow() + timedelta(hours=1))
    assert waiting(session) == 0
    session.rollback()
    assert not compare(session, engine())
