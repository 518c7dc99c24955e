"""What is done without leaving the page: questions and their answers."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.acts import fill, press
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.support.browser import check_accessible

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def scene(session, now):
    """The owner of an open scenario, an engineer of a chip firm, and the address of the scenario."""
    owner, engineer = member_of(OrganizationFactory(anchor=True)), member_of(OrganizationFactory())
    reviewer = actor_of(UserFactory(is_reviewer=True))
    scenario = make.open_scenario(actor_of(owner), reviewer, now - timedelta(days=1))
    return owner, engineer, f"/scenarios/{scenario.id}"


def stays(page) -> None:
    """Mark the page: the mark is gone when the browser goes elsewhere."""
    page.evaluate("document.body.dataset.stays = 'yes'")


def has_stayed(page) -> bool:
    return page.evaluate("document.body.dataset.stays") == "yes"


def test_a_question_is_asked_and_answered_without_leaving_the_page(desktop, scene):
    owner, engineer, path = scene
    page = desktop.open(engineer, path=path, locale="en")
    stays(page)
    page.get_by_role("link", name="Ask a question").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    check_accessible(page)
    press(page, "Send the question")
    fill(page, {"Your question": "Is a module acceptable?"})
    press(page, "Send the question")
    expect(page.locator("#asked")).to_contain_text("Is a module acceptable?")
    expect(page.locator("#asked-count")).to_have_text("1")
    expect(page.get_by_label("Your question")).to_have_count(0)
    assert has_stayed(page)

    page = desktop.open(owner, path=path, locale="en")
    stays(page)
    page.get_by_role("link", name="Answer", exact=True).click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Answer", exact=True).click()
    fill(page, {"Your answer": "Only the chip."})
    press(page, "Publish the answer")
    expect(page.locator("#asked article")).to_contain_text("Only the chip.")
    expect(page.locator("#asked article")).to_have_count(1)
    assert has_stayed(page)


def test_an_error_comes_back_in_place(desktop, scene):
    _owner, engineer, path = scene
    page = desktop.open(engineer, path=path, locale="en")
    stays(page)
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Your question").evaluate("field => field.removeAttribute('maxlength')")
    fill(page, {"Your question": "x" * 2001})
    press(page, "Send the question")
    expect(page.locator("#ask .invalid-feedback")).to_be_visible()
    assert has_stayed(page)


def test_whoever_has_been_signed_out_is_led_to_the_sign_in(desktop, scene):
    _owner, engineer, path = scene
    page = desktop.open(engineer, path=path, locale="en")
    page.context.clear_cookies()
    page.get_by_role("link", name="Ask a question").click()
    page.wait_for_url("**/sign-in*")


def test_a_refusal_shows_the_page_as_it_is_now(desktop, session, scene, later):
    _owner, engineer, path = scene
    page = desktop.open(engineer, path=path, locale="en")
    page.get_by_role("link", name="Ask a question").click()
    fill(page, {"Your question": "Is a module acceptable?"})
    later(days=15)
    press(page, "Send the question")
    expect(page.get_by_role("link", name="Ask a question")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_count(0)
