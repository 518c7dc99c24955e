"""Fixtures of the browser tests: `desktop.open(user, path=…)` gives a Playwright page on a live server."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from app import clock, worker
from tests.support.browser import Desktop, Server, launch


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def server(app: Flask, no_cover: None) -> Iterator[Server]:
    """The application at a real address, with the protection against forged requests that it has in real life.

    The pages are covered by tests without a browser: a server that is not traced answers in half the time.
    """
    app.config["WTF_CSRF_ENABLED"] = True
    server = Server(app)
    app.config["BASE_URL"] = server.url
    yield server
    server.stop()


@pytest.fixture
def desktop(browser: Browser, app: Flask, session: Session, server: Server) -> Iterator[Desktop]:
    """Windows onto the site. Call `session.commit()` before a page acts on what the test has built or read since."""
    desktop = Desktop(browser, app, session, server)
    yield desktop
    session.rollback()
    desktop.close()
    assert desktop.complaints == []


@pytest.fixture
def later() -> Iterator[Callable[..., datetime]]:
    """`later(days=3)`: let that much time pass for the server and the test; returns the new moment. Browsers keep theirs."""
    travels: list[time_machine.travel] = []

    def wait(**units: float) -> datetime:
        travel = time_machine.travel(clock.utcnow() + timedelta(**units), tick=True)
        travel.start()
        travels.append(travel)
        return clock.utcnow()

    yield wait
    while travels:
        travels.pop().stop()


@pytest.fixture
def work(app: Flask, session: Session) -> Callable[[], int]:
    """`work()`: the worker does all that is due by now; returns how many events it carried out."""

    def run() -> int:
        session.commit()
        return worker.run(app, once=True)

    return run
