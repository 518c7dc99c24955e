"""The desks and the pages of administration, looked at: accessible, without sideways scrolling, with the keys of the queue."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.matching.models import MatchStatus
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from tests.browser.acts import open_up, press
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory
from tests.factories.scenarios import submitted_scenario
from tests.support.browser import check_accessible, check_no_sideways_scrolling, shoot

pytestmark = pytest.mark.databases("sqlite")
WIDTHS = (1280, 390)


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now - timedelta(days=20))
    world.match(MatchStatus.CONFIRMED)
    OrganizationFactory(unverified=True, applied_at=now - timedelta(days=1))
    world.now = now
    submitted_scenario(world.anchor(), now)
    scenario = world.scenario()
    rows = [*(requirement_row(line) for line in scenario.requirements), RequirementRow("channels", value="3")]
    scenarios.propose_requirements(session, scenario, rows=rows, reason="New antenna.", actor=world.anchor(), now=now)
    world.user("another", "reviewer")
    for role in ("operator", "auditor", "admin"):
        world.user(role, role)
    for user in world.users.values():
        user.locale = "zh_CN"
    session.commit()
    return world


def look(desktop, world, who, path, name):
    for width in WIDTHS:
        page = desktop.open(world.users[who], path=path, width=width)
        expect(page.get_by_role("main")).to_be_visible()
        check_accessible(page)
        check_no_sideways_scrolling(page)
        shoot(page, f"{name}_zh_{width}")


def test_a_refused_reason_is_read_first_where_it_was_typed(desktop, world):
    for width in WIDTHS:
        page = desktop.open(world.users["another"], path="/review", width=width)
        page.locator(".queue a", has_text="场景初审").click()
        chosen = page.locator(".queue [aria-current] b").inner_text()
        folded = open_up(page, "退回…")
        folded.locator("textarea").fill("  ")
        press(folded, "退回…")
        expect(page.locator(".queue [aria-current] b")).to_have_text(chosen)
        alert = page.get_by_role("alert")
        expect(alert).to_be_focused()
        expect(alert).to_be_in_viewport()
        check_accessible(page)
        check_no_sideways_scrolling(page)
        shoot(page, f"review_refused_zh_{width}")


def test_a_file_that_is_too_large_is_not_sent(app, desktop, world):
    app.config["UPLOAD_LIMIT"] = 1024 * 1024
    page = desktop.open(world.users["chip"], path=f"/organizations/{world.firms['chip'].id}")
    upload = page.locator("input[type=file]")
    upload.set_input_files({"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" * 1024 * 512})
    assert upload.evaluate("field => field.validationMessage") == "文件超过 1 MB。"
    upload.set_input_files({"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    assert upload.evaluate("field => field.checkValidity()")


def test_the_review_desk_can_be_walked_by_keys_and_read_by_everybody(desktop, world):
    look(desktop, world, "another", "/review", "review")
    world.users["another"].locale = "en"
    page = desktop.open(world.users["another"], path="/review")
    numbers = page.locator(".queue b").all_inner_texts()
    assert len(numbers) == 4
    current = page.locator(".queue [aria-current] b")
    for number in numbers[1:]:
        page.keyboard.press("j")
        expect(current).to_have_text(number)
        check_accessible(page)
    page.keyboard.press("k")
    expect(current).to_have_text(numbers[2])
    shoot(page, "review_en_1280")


@pytest.mark.parametrize(
    ("who", "path", "name"),
    [
        ("another", "/desk", "desk_reviewer"),
        ("anchor", "/desk", "desk_anchor"),
        ("auditor", "/audit", "audit"),
        ("admin", "/administration/users", "users"),
        ("admin", "/administration/outbox", "outbox"),
        ("operator", "/administration/settings", "settings"),
        ("operator", "/taxonomy/words/areas", "words"),
        ("operator", "/taxonomy/words/areas/dushu", "word"),
        ("operator", "/taxonomy/calendar", "calendar"),
    ],
)
def test_each_page_can_be_used_by_everybody_on_any_screen(desktop, world, who, path, name):
    look(desktop, world, who, path, name)
