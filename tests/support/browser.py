"""A real Chromium looking at a real server."""

import secrets
import shutil
import threading
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import clock
from app.accounts.models import User
from tests.support.clients import open_session

SCREENSHOTS = Path(__file__).resolve().parents[1] / "browser" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOAD_FAILED = "Failed to load resource"  # the console's word for any answer from 400 on, which a story may well want


def launch(playwright: Playwright) -> Browser:
    """The Chromium of this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("Chromium is not installed")
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


class Server:
    """The application behind a real socket, in a thread of the test's process."""

    def __init__(self, app: Flask) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Desktop:
    """Windows onto the site, one per person. What a page complains about in its console fails the test."""

    def __init__(self, browser: Browser, app: Flask, session: Session, server: Server) -> None:
        self._browser, self._app, self._session = browser, app, session
        self.url = server.url
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def open(
        self, user: User | None = None, *, path: str | None = None, width: int = 1280, locale: str = "zh-CN", **options
    ) -> Page:
        """A window of its own, signed in as `user` where one is given, showing `path`. Stores first what the test has built."""
        context = self._browser.new_context(
            base_url=self.url, locale=locale, timezone_id="Asia/Shanghai", viewport={"width": width, "height": 900}, **options
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        if user is not None:
            self._sign_in(context, user)
        self._session.commit()
        page = context.new_page()
        page.on("console", lambda message: self._heard(page, message.type, message.text))
        page.on("pageerror", lambda error: self._heard(page, "error", str(error)))
        page.on("response", self._answered)
        if path is not None:
            page.goto(path)
        return page

    def _sign_in(self, context: BrowserContext, user: User) -> None:
        serializer = self._app.session_interface.get_signing_serializer(self._app)
        cookie = serializer.dumps(
            {"_user_id": open_session(self._session, user), "_fresh": True, "csrf_token": secrets.token_hex(20)}
        )
        context.add_cookies([{"name": self._app.config["SESSION_COOKIE_NAME"], "value": cookie, "url": self.url}])

    def _heard(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(LOAD_FAILED):
            self.complaints.append(f"{page.url}: {text}")

    def _answered(self, response: Response) -> None:
        of_an_asset = "/static/" in response.url and response.status >= 400
        if response.status >= 500 or of_an_asset:
            self.complaints.append(f"{response.url} answered {response.status}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def shoot(page: Page, name: str) -> Path:
    """A picture of the whole page in tests/browser/screenshots."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def check_accessible(page: Page) -> None:
    """Fail with what axe finds against WCAG 2.2 A and AA."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": STANDARDS}).response["violations"]
    told = [f"{rule['id']}: {rule['help']} – {node['html'][:200]}" for rule in found for node in rule["nodes"]]
    assert not told, f"{page.url} at {clock.utcnow():%H:%M:%S}\n" + "\n".join(told)


def check_no_sideways_scrolling(page: Page) -> None:
    """Fail when the page is wider than its window."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, f"{page.url} is {width} px wide in a window of {window} px"
