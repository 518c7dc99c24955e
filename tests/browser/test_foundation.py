"""The browser itself: it reaches the site, knows who is signed in, and keeps the site's strict policy."""

from playwright.sync_api import expect

from tests.factories.accounts import UserFactory
from tests.support.browser import check_accessible, check_no_sideways_scrolling, shoot


def test_an_error_page_stands_in_the_layout_and_can_be_used_by_everybody(desktop):
    page = desktop.open(path="/no/such/page", width=360)
    expect(page.get_by_role("main")).to_be_visible()
    check_accessible(page)
    check_no_sideways_scrolling(page)
    assert shoot(page, "error_404_zh_360").exists()


def test_a_person_is_signed_in_and_time_passes(desktop, later, now):
    user = UserFactory(name="Lu Min")
    page = desktop.open(user, path="/no/such/page", locale="en")
    expect(page.locator("body")).to_contain_text("Lu Min")
    assert (later(days=2) - now).days == 2
