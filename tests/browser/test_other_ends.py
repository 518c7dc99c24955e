"""The ways in which a scenario ends otherwise, in a real browser.

What a page is to find is read before the first window opens: a test that reads while a page writes keeps the database from it.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app import clock
from app.matching.models import MatchStatus
from tests.browser.acts import control, fill, follow, open_up, press, press_with_reason, shows, told
from tests.factories.matching import MatchWorld
from tests.factories.scenarios import submitted_scenario
from tests.support.browser import Desktop
from tests.support.mail import Mailbox

pytestmark = pytest.mark.databases("sqlite")

TITLE = "77 GHz radar chips"
OPENED_AGO = timedelta(days=11)  # of which the scenario was open for ten


@pytest.fixture
def world(session: Session) -> MatchWorld:
    """A world whose scenarios opened now."""
    return MatchWorld(session, clock.utcnow())


@pytest.fixture
def closed_world(session: Session) -> MatchWorld:
    """A world whose scenarios closed yesterday."""
    return MatchWorld(session, clock.utcnow() - OPENED_AGO)


@pytest.fixture
def sit_down(desktop: Desktop) -> Callable[..., Page]:
    """`sit_down(world, name, path)`: a window of this person of the world."""

    def window(world: MatchWorld, name: str, path: str) -> Page:
        return desktop.open(world.user(name), locale="en", path=path)

    return window


def from_queue(page: Page, text: str) -> None:
    """Open an item of the review queue."""
    page.locator(".queue").get_by_role("link", name=text).click()


def test_a_returned_scenario_is_mended_and_opens(world: MatchWorld, sit_down: Callable[..., Page]) -> None:
    title = submitted_scenario(world.anchor(), world.now).title
    world.reviewer()
    reviewer = sit_down(world, "reviewer", "/review")
    press_with_reason(reviewer, "Return …", "The need is too wide.")
    told(reviewer, "The scenario has been returned to the firm.")

    page = sit_down(world, "anchor", "/desk")
    follow(page, title)
    shows(page, "Returned by the reviewer: The need is too wide.")
    follow(page, "Continue writing")
    follow(page, "Need and benefit")
    fill(page, {"Need": "One chip at 77 GHz."})
    press(page, "Save and continue")
    follow(page, "Files and check")
    shows(page, "Nothing is missing.")
    press(page, "Submit for review")
    told(page, "Submitted.")

    reviewer.goto("/review")
    shows(reviewer, "One chip at 77 GHz.")
    press(reviewer, "Approve and open")
    told(reviewer, "The scenario is open.")


def test_who_answered_is_told_when_a_scenario_is_withdrawn(
    world: MatchWorld, sit_down: Callable[..., Page], mailbox: Mailbox, work: Callable[[], int]
) -> None:
    scenario = world.scenario()
    world.submitted(scenario)
    path = f"/scenarios/{scenario.id}"
    page = sit_down(world, "anchor", path)
    press_with_reason(page, "Withdraw the scenario", "The product line was given up.")
    told(page, "The scenario has been withdrawn.")
    work()
    assert "The product line was given up." in mailbox.text("chip@example.com")
    page = sit_down(world, "chip", "/notifications")
    shows(page, "The product line was given up.")
    page.goto(path)
    shows(page, "Withdrawn by the firm: The product line was given up.")


def test_an_unfilled_scenario_is_rescued_by_a_direct_match(
    closed_world: MatchWorld, sit_down: Callable[..., Page], work: Callable[[], int], later: Callable[..., datetime]
) -> None:
    world = closed_world
    scenario = world.scenario(award_places=1)
    title, path = scenario.title, f"/scenarios/{scenario.id}"
    world.product()
    for name in ("reviewer", "second"):
        world.reviewer(name)
    world.approver()
    work()
    page = sit_down(world, "reviewer", path)
    shows(page, "No award")
    follow(page, "Propose a direct match")
    press(page, "Propose KR7731")
    told(page, "The match is proposed.")
    for name, declaration in (("anchor", {}), ("chip", {"Yes": True})):
        page = sit_down(world, name, "/desk")
        follow(page, title)
        fill(page, declaration)
        press(page, "Confirm the match")
        told(page, "Your firm has confirmed the match.")
    page = sit_down(world, "second", "/review")
    from_queue(page, title)
    fill(page, {"Yes": True})
    press(page, "Pass to the public notice")
    told(page, "The match is in the public notice.")

    later(days=20)
    page = sit_down(world, "approver", "/review")
    from_queue(page, title)
    press(page, "Approve")
    told(page, "The match is approved, and its project established.")
    page.goto(path)
    shows(page, "Matched")


def test_an_upheld_objection_ends_the_match_and_gives_the_solution_back(
    closed_world: MatchWorld, sit_down: Callable[..., Page]
) -> None:
    world = closed_world
    match = world.match(MatchStatus.NOTICED, title=TITLE)
    title, path, solution = TITLE, f"/matches/{match.id}", f"/solutions/{match.solution_id}"
    world.actor("citizen")
    world.approver()
    page = sit_down(world, "citizen", path)
    fill(page, {"Your objection": "This chip is ten years old."})
    press(page, "Raise the objection")
    told(page, "Your objection is recorded.")

    page = sit_down(world, "approver", "/review")
    from_queue(page, title)
    shows(page, "This chip is ten years old.")
    decision = page.locator("form", has=page.get_by_role("button", name="Decide"))
    fill(decision, {"Upheld: the match ends": True, "Reason": "The data sheet is of 2014."})
    press(decision, "Decide")
    told(page, "The objection is decided.")
    page = sit_down(world, "anchor", path)
    shows(page, "Rejected", "Upheld: The data sheet is of 2014.")
    page.goto(solution)
    shows(page, "Shortlisted")


def test_a_match_that_is_not_confirmed_lapses(
    closed_world: MatchWorld, sit_down: Callable[..., Page], work: Callable[[], int], later: Callable[..., datetime]
) -> None:
    world = closed_world
    match = world.match(MatchStatus.PROPOSED)
    path, solution = f"/matches/{match.id}", f"/solutions/{match.solution_id}"
    later(days=40)
    work()
    page = sit_down(world, "chip", path)
    shows(page, "Lapsed")
    expect(page.get_by_role("button", name="Confirm the match")).to_have_count(0)
    page = sit_down(world, "anchor", solution)
    shows(page, "Shortlisted")
    press(open_up(page, "Select"), "Select")
    told(page, "The solution is selected.")


def test_a_selection_without_a_match_ends_without_an_award_and_a_second_round_follows(
    closed_world: MatchWorld, sit_down: Callable[..., Page]
) -> None:
    world = closed_world
    scenario = world.shortlisted("chip")[0].scenario
    page = sit_down(world, "anchor", f"/scenarios/{scenario.id}")
    press(open_up(page, "End the selection"), "End the selection")
    told(page, "The selection has ended.")
    shows(page, "No award")
    press(page, "Start a new round")
    told(page, "A new round has been started as a draft.")
    expect(page).to_have_url(re.compile("/edit/terms$"))
    expect(control(page, "Closing time")).to_have_value("")


def test_after_a_terminated_project_a_second_round_begins(session: Session, sit_down: Callable[..., Page]) -> None:
    world = MatchWorld(session, clock.utcnow() - timedelta(days=60))
    project = world.project(award_places=1)
    scenario = f"/scenarios/{project.scenario_id}"
    page = sit_down(world, "anchor", f"/projects/{project.id}")
    press_with_reason(page, "Terminate the project …", "The firm has given up its line.")
    told(page, "The project is terminated.")
    shows(page, "Terminated: The firm has given up its line.")
    page.goto(scenario)
    press(page, "Start a new round")
    told(page, "A new round has been started as a draft.")
    follow(page, "Files and check")
    shows(page, "Round 2")
