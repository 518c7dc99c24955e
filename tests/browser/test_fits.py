"""From a match to an answer, in a real browser: who fits is invited, answers with a table that is filled in, and corrects it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow
from app.scenarios.models import Operator
from app.solutions.models import Solution
from tests.browser.acts import fill, follow, open_up, press
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.products import product_of
from tests.support.browser import Desktop, check_accessible, check_no_sideways_scrolling, shoot

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def scene(session, now, worker, indexed):
    """An owner, an engineer of a chip firm, a reviewer; an open scenario that a product of the chip firm fits."""

    class Scene:
        owner, engineer = member_of(OrganizationFactory(anchor=True)), member_of(OrganizationFactory())
        reviewer = UserFactory(is_reviewer=True)
        lines = (
            RequirementRow("工作频率", Operator.COVERS, "76~81", "GHz", True, 60, "第三方报告"),
            RequirementRow("功耗", Operator.AT_MOST, "1.5", "W", True, 30, "装车实测"),
            RequirementRow("功能安全", Operator.GRADE, "ASIL B", "", False, 10, "证书"),
        )
        scenario = make.open_scenario(actor_of(owner), actor_of(reviewer), now - timedelta(days=1), requirements=list(lines))
        product = product_of(actor_of(engineer), now - timedelta(days=1))
        # read before a page acts: a test that reads holds the database
        title, path, closes_at = scenario.title, f"/scenarios/{scenario.id}", scenario.closes_at

    indexed()
    worker(now + timedelta(hours=1))
    return Scene


def looked_at(page: Page, name: str) -> None:
    """Unfold everything, and look at the page as wide as a desk and as narrow as a phone, by day and by night."""
    page.evaluate("document.querySelectorAll('details.because').forEach(each => { each.open = true })")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
        check_accessible(page)
    shoot(page, f"{name}-1280")
    page.set_viewport_size({"width": 360, "height": 800})
    check_no_sideways_scrolling(page)
    check_accessible(page)
    shoot(page, f"{name}-360")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_who_fits_is_invited_answers_and_corrects_the_table(desktop: Desktop, scene, session, now, later):
    owner = desktop.open(scene.owner, path=scene.path, locale="en")
    expect(owner.locator("#fits")).to_contain_text("KR7731")
    looked_at(owner, "fits-scenario")
    follow(owner, "All, with their reasons")
    expect(owner.locator("article.hit")).to_contain_text("1 must line not met")
    looked_at(owner, "fits-who")
    press(owner, "Invite")
    expect(owner.locator("article.hit")).to_contain_text("Not answered yet")

    firm = desktop.open(scene.engineer, path="/desk", locale="en")
    expect(firm.locator("#fits")).to_contain_text(scene.title)
    firm.locator("#fits").get_by_role("link", name=scene.title).click()
    expect(firm.locator("#our-fit")).to_contain_text("Together")
    expect(firm.locator("#requirements").get_by_role("row").filter(has_text="功耗")).to_contain_text("Not met")
    looked_at(firm, "fits-ours")
    follow(firm, "Answer: write a solution")
    press(firm, "Begin")
    expect(firm.get_by_role("checkbox", name="KR7731")).to_be_checked()
    press(firm, "Save and continue")
    expect(firm.get_by_label("Value offered for 工作频率")).to_have_value("76~81 GHz")
    expect(firm.get_by_label("Verdict on 功耗")).to_have_value("unmet")
    looked_at(firm, "fits-table")
    firm.get_by_label("Verdict on 功耗").select_option("partly")
    firm.get_by_label("Value offered for 功耗").fill("1.4 W, pulsed")
    press(firm, "Save and continue")
    fill(firm, {"Summary": "It fits.", "Approach": "Our own chip."})
    press(firm, "Save and continue")
    fill(firm, {"Price": "120", "Schedule": "Half a year."})
    press(firm, "Save and continue")
    press(firm, "Submit the solution")
    expect(firm.get_by_role("main")).to_contain_text("Submitted. This is your receipt.")
    scenarios.close_due(session, later(seconds=(scene.closes_at - now).total_seconds() + 60))
    anchor = desktop.open(scene.owner, path=f"/solutions/{session.scalar(select(Solution.id))}", locale="en")
    row = anchor.get_by_role("row").filter(has_text="功耗")
    for text in ("Partly met", "1.4 W, pulsed", "From the products:", "1.8 W", "KR7731 · 功耗"):
        expect(row).to_contain_text(text)
    looked_at(anchor, "fits-solution")


def test_a_scenario_is_put_away_and_comes_back(desktop: Desktop, scene):
    page = desktop.open(scene.engineer, path="/fits", locale="en")
    folded = open_up(page, f"Not for us {scene.title}")
    check_accessible(page)
    folded.get_by_label("No capacity now").check()
    press(folded, "Put away")
    expect(page.get_by_role("main")).to_contain_text("No scenario fits yet")
    follow(page, "Put away as “not for us”")
    looked_at(page, "fits-put-away")
    press(page, "Show it again")
    page.goto("/fits")
    expect(page.locator("article.hit")).to_have_count(1)


def test_requirements_are_read_from_text(desktop: Desktop, scene, now):
    path = f"/scenarios/{make.draft_scenario(actor_of(scene.owner), now).id}/edit/requirements"
    page = desktop.open(scene.owner, path=path, locale="en")
    open_up(page, "Paste requirements as text")
    fill(page, {"Requirements as text": "结温不高于150℃\n外观大方"})
    press(page, "Read lines from the text")
    expect(page.get_by_label("Requirements as text")).to_have_value("外观大方")
    offered = page.locator("#offered")
    expect(offered.locator("tbody tr")).to_have_count(1)
    check_accessible(page)
    check_no_sideways_scrolling(page)
    shoot(page, "requirements-from-text")
    press(page, "Save and continue")
    page.goto(path)
    expect(page.locator("#requirements input[value='结温']")).to_have_count(1)


def test_gaps_and_proposals_are_readable_by_everybody(desktop: Desktop, scene, now, worker):
    unfilled = f"/scenarios/{make.unfilled_scenario(actor_of(scene.owner), actor_of(scene.reviewer), now - timedelta(days=40)).id}"
    worker(now + timedelta(hours=2))
    page = desktop.open(scene.reviewer, path="/gaps", locale="en")
    expect(page.get_by_role("main")).to_contain_text("功能安全")
    looked_at(page, "fits-gaps")
    page.goto(f"{unfilled}/propose")
    expect(page.get_by_role("main")).to_contain_text("Who fits")
    looked_at(page, "fits-propose")
