"""What a person does on a page: fill in by label, press by name, follow by text."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app import clock
from app.clock import SHANGHAI


def control(page: Page | Locator, label: str) -> Locator:
    """The control with this label; a star after it says that it must be filled in."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))


def fill(page: Page | Locator, values: Mapping[str, Any]) -> None:
    """Fill in controls by their labels: text, the text of a choice, true or false for a box, a path for a file."""
    for label, value in values.items():
        found = control(page, label)
        kind = found.evaluate("control => control.type")
        if kind == "select-one":
            found.select_option(label=value)
        elif kind in {"checkbox", "radio"}:
            found.set_checked(value)
        elif kind == "file":
            found.set_input_files(value)
        else:
            found.fill(str(value))


def press(page: Page | Locator, name: str) -> None:
    """Press the button with this name."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, text: str) -> None:
    """Follow the first link of the page's content that holds this text."""
    page.get_by_role("main").get_by_role("link", name=text).first.click()


def open_up(page: Page, summary: str) -> Locator:
    """Unfold what stands behind this word; returns it."""
    folded = page.locator("details", has=page.locator("summary", has_text=re.compile(rf"^\s*{re.escape(summary)}\s*$"))).last
    folded.locator("summary").click()
    return folded


def press_with_reason(page: Page, name: str, reason: str) -> None:
    """An action that asks why."""
    folded = open_up(page, name)
    fill(folded, {"Reason": reason})
    press(folded, name)


def told(page: Page, text: str) -> None:
    """The page says that something was done."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def shows(page: Page, *texts: str) -> None:
    """The page's content holds these texts."""
    for text in texts:
        expect(page.get_by_role("main")).to_contain_text(text)


def hides(page: Page, *texts: str) -> None:
    """The page's content holds none of these texts."""
    for text in texts:
        expect(page.get_by_role("main")).not_to_contain_text(text)


def status_of(page: Page, path: str) -> int:
    """What an address answers to the person of this window."""
    response = page.goto(path)
    assert response is not None
    return response.status


def moment(**ahead: float) -> str:
    """A moment so far ahead, as a person types it: Shanghai time."""
    return _ahead(**ahead).strftime("%Y-%m-%dT%H:%M")


def day(**ahead: float) -> str:
    """A day so far ahead, as a person types it."""
    return _ahead(**ahead).date().isoformat()


def _ahead(**ahead: float) -> datetime:
    return (clock.utcnow() + timedelta(**ahead)).astimezone(SHANGHAI)


def file(folder: Path, name: str, content: bytes) -> Path:
    """A file to upload."""
    path = folder / name
    path.write_bytes(content)
    return path
