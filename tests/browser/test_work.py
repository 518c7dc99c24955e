"""What makes daily work short: rows with and without a script, a key to the decision, what was returned before, a checklist."""

import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.matching.models import MatchStatus
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from tests.browser.acts import press
from tests.factories.matching import MatchWorld
from tests.factories.scenarios import draft_scenario, submitted_scenario
from tests.support.browser import Desktop, check_accessible, check_no_sideways_scrolling, shoot

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def world(session, now) -> MatchWorld:
    return MatchWorld(session, now - timedelta(days=60))


def looked_at(page: Page, name: str) -> None:
    """As wide as a desk and as narrow as a phone."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        check_no_sideways_scrolling(page)
        check_accessible(page)
        shoot(page, f"{name}-{width}")


@pytest.mark.parametrize("script", [True, False])
def test_rows_are_added_one_by_one_and_none_is_left_over(desktop: Desktop, world, now, script):
    path = f"/scenarios/{draft_scenario(world.anchor(), now).id}/edit/requirements"
    page = desktop.open(world.users["anchor"], path=path, locale="en", java_script_enabled=script)
    rows = page.locator("#requirements tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_label("Parameter, row 3").fill("发射通道")
    page.get_by_label("Value, row 3").fill("很多")
    press(page, "Add a requirement")
    expect(rows).to_have_count(4)
    expect(page.get_by_label("Parameter, row 3")).to_have_value("发射通道")
    page.get_by_label("Parameter, row 4").fill("接口")
    page.get_by_label("Comparison, row 4").select_option("includes")
    page.get_by_label("Value, row 4").fill("SPI")
    press(page, "Save and continue")
    page.goto(path)
    expect(rows).to_have_count(5)
    expect(page.get_by_label("Value, row 3")).to_have_attribute("aria-invalid", "true")
    if script:
        looked_at(page, "wizard-rows")


def test_enter_in_a_form_with_a_table_saves_it(desktop: Desktop, world, now):
    path = f"/scenarios/{draft_scenario(world.anchor(), now).id}/edit/terms"
    page = desktop.open(world.users["anchor"], path=path, locale="en")
    page.get_by_label("Intellectual property").press("Enter")
    page.wait_for_url("**/edit/check")


def test_a_key_leads_to_the_decision_on_a_match(desktop: Desktop, world):
    match = world.match(MatchStatus.CONFIRMED)
    page = desktop.open(world.user("another", "reviewer"), path=f"/review/match/{match.id}", locale="en")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Pass to the public notice")).to_be_focused()


def test_a_second_review_shows_what_was_wrong_and_what_is_new(desktop: Desktop, world, session, now):
    scenario = submitted_scenario(world.anchor(), now)
    by = {"now": now}
    scenarios.return_to_draft(session, scenario, reason="Too short a time.", actor=world.reviewer(), **by)
    scenarios.save_draft(session, scenario, {"ip_terms": "归甲方"}, actor=world.anchor(), **by)
    scenarios.submit(session, scenario, actor=world.anchor(), **by)
    page = desktop.open(world.user("another", "reviewer"), path=f"/review/scenario/{scenario.id}", locale="en")
    earlier = page.locator("#earlier")
    for text in ("Too short a time.", "双方共有", "归甲方"):
        expect(earlier).to_contain_text(text)
    looked_at(page, "review-again")


def test_both_firms_and_the_approver_see_how_far_a_project_is(desktop: Desktop, world, session):
    project = world.project()
    chip = {"actor": world.chip(), "now": world.later}
    milestone = projects.add_milestone(session, project, uuid.uuid4(), name="Sample", due_on=world.later.date(), **chip)
    projects.submit_milestone(session, milestone, evidence="Report 7.", **chip)
    projects.return_milestone(session, milestone, reason="Which lot?", actor=world.anchor(), now=world.later)
    projects.request_acceptance(session, project, **chip)
    path = f"/projects/{project.id}"
    for name in ("anchor", "approver"):
        page = desktop.open(world.users[name], path=path, locale="en")
        expect(page.locator("#checks li")).to_have_count(5)
        expect(page.locator("#history")).to_contain_text("Milestone returned: Which lot? · Sample")
        looked_at(page, f"project-{name}")
