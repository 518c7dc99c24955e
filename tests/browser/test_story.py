"""The whole story in a real browser: from the sign-up of two firms to the counter that goes up by one."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app import clock
from app.clock import shanghai_day
from tests.browser import acts
from tests.browser.acts import fill, follow, hides, open_up, press, shows, status_of, told
from tests.factories.accounts import UserFactory
from tests.factories.attachments import PDF
from tests.factories.organizations import valid_code
from tests.support.browser import Desktop
from tests.support.mail import Mailbox

pytestmark = pytest.mark.databases("sqlite")

PASSWORD = "radar-at-77-gigahertz"
ANCHOR, CHIP, EXPERT = "chen@anchor.example.com", "zhou@chip.example.com", "gu@institute.example.com"
TITLE = "77 GHz radar transceiver for volume cars"
PUBLIC_TITLE = "Radar chips for cars"
AREA = "Dushu Lake Science and Education Innovation District"
SECRET = "Two transmitters on one die, calibrated on the line"
STAFF = ("reviewer", "approver", "operator", "auditor", "admin")


@dataclass
class Story:
    """Who takes part, with a window each, and where the records are."""

    desktop: Desktop
    mailbox: Mailbox
    work: Callable[[], int]
    folder: Path
    windows: dict[str, Page] = field(default_factory=dict)
    scenario: str = ""
    solution: str = ""
    project: str = ""

    def enter(self, *roles: str) -> None:
        """The staff sit down, each at a new window."""
        for role in roles:
            self.windows[role] = self.desktop.open(self.staff[role], locale="en")

    def __post_init__(self) -> None:
        self.staff = {role: UserFactory(name=f"The {role}", **{f"is_{role}": True}) for role in STAFF}

    def sign_in(self, email: str) -> Page:
        """Somebody comes back days later, in a new window."""
        page = self.windows[email] = self.desktop.open(locale="en", path="/sign-in")
        fill(page, {"E-mail": email, "Password": PASSWORD})
        press(page.get_by_role("main"), "Sign in")
        expect(page).to_have_url(re.compile("/desk$"))
        return page

    def at(self, who: str, path: str) -> Page:
        """Somebody opens a page."""
        page = self.windows[who]
        page.goto(path)
        return page

    def from_desk(self, who: str, text: str) -> Page:
        """Somebody follows what waits on the desk."""
        page = self.at(who, "/desk")
        follow(page, text)
        return page

    def review(self, who: str, text: str) -> Page:
        """An administrator opens an item of the queue."""
        page = self.at(who, "/review")
        page.locator(".queue").get_by_role("link", name=text).click()
        return page


@pytest.fixture
def story(desktop: Desktop, mailbox: Mailbox, work: Callable[[], int], tmp_path: Path) -> Story:
    return Story(desktop, mailbox, work, tmp_path)


def sign_up(story: Story, email: str, name: str) -> None:
    """Sign up, follow the link in the mail, and be signed in."""
    page = story.windows[email] = story.desktop.open(locale="en", path="/")
    page.get_by_role("banner").get_by_role("link", name="Join as a firm").click()
    consent = {"I have read the privacy notice and agree": True}
    fill(page, {"E-mail": email, "Your name": name, "Password": PASSWORD, **consent})
    press(page, "Sign up")
    shows(page, "Look into your mail")
    story.work()
    link = re.search(r"http://\S+/confirm/\S+", story.mailbox.text(email))
    assert link is not None
    page.goto(link[0])
    fill(page, {"Password": PASSWORD})
    press(page, "Confirm and sign in")
    told(page, "Your e-mail address is confirmed.")


def register(story: Story, email: str, name: str, role: str, **more: object) -> None:
    """Register a firm with its licence."""
    page = story.at(email, "/organizations/new")
    licence = acts.file(story.folder, "licence.pdf", PDF)
    fill(page, {"Registered name": name, "Unified social credit code": valid_code(), "Business licence": licence, role: True})
    fill(page, {"Area": AREA, "Contact person": "The owner", **more})
    press(page, "Register")
    told(page, "Your firm is registered.")


def set_up_programme(story: Story) -> None:
    """The operator sets up a programme that runs now."""
    page, year = story.at("operator", "/programmes/new"), shanghai_day(clock.utcnow()).year
    names = {"Code": "now", "Name in Chinese": "开景计划", "Name in English": "Kaijing programme", "Target": 100}
    fill(page, {**names, "First day": f"{year}-01-01", "Last day": f"{year + 1}-12-31", "A project counts": "On acceptance"})
    press(page, "Save")
    shows(page, "Kaijing programme")


def counted(page: Page) -> int:
    """The number beside the target."""
    page.goto("/progress")
    return int(page.locator(".kpi", has_text="Counted toward the target").get_by_role("link").inner_text())


def verify_firms(story: Story) -> None:
    """The reviewer compares both firms with their licences."""
    page = story.at("reviewer", "/review")
    for _firm in range(2):
        shows(page, "licence.pdf", "Check character right")
        press(page, "Verify the firm")
        told(page, "The firm is verified.")
    shows(page, "Nothing waits for you")


def add_product(story: Story) -> None:
    """The chip firm describes its chip."""
    page = story.at(CHIP, "/products/new")
    fill(page, {"Name": "KR7731 radar transceiver", "Track": "Chip design", "Maturity": "Volume production (TRL 9)"})
    for row, (name, value, unit) in enumerate((("Frequency", "76~81", "GHz"), ("Power", "1.8", "W")), 1):
        if row > 1:
            press(page, "Add a parameter")
        fill(page, {f"Parameter, row {row}": name, f"Value, row {row}": value, f"Unit, row {row}": unit})
    press(page, "Save")
    told(page, "The product is in the catalogue.")
    shows(page, "76~81")


def write_scenario(story: Story) -> None:
    """The anchor firm writes a sealed scenario in five steps and submits it."""
    page = story.at(ANCHOR, "/scenarios/new")
    fill(page, {"Title": TITLE})
    press(page, "Begin")
    story.scenario = re.sub(r"/edit/.*", "", page.url.removeprefix(story.desktop.url))
    fill(page, {"Public title": PUBLIC_TITLE, "Domain": "Internet of vehicles", "Area": AREA, "Chip design": True})
    fill(page, {"Public: everyone reads it": True, "Sealed submission": True})
    press(page, "Save and continue")
    fill(page, {"Background": "Imported today.", "Need": "A single-chip transceiver.", "Expected benefit": "20,000 sets."})
    press(page, "Save and continue")
    lines = (("Frequency", "covers", "76~81", "GHz", True), ("Power", "≤", "2", "W", False))
    for row, (name, comparison, value, unit, must) in enumerate(lines, 1):
        if row > 1:
            press(page, "Add a requirement")
        typed = {"Parameter": name, "Comparison": comparison, "Value": value, "Unit": unit, "Must": must, "Weight": 50}
        fill(page, {f"{label}, row {row}": entry for label, entry in typed.items()})
    press(page, "Save and continue")
    fill(page, {"Form of cooperation": "Joint R&D", "Places": 1, "Budget from": 50, "Budget to": 200})
    dates = {"Questions until": acts.moment(days=10), "Closing time": acts.moment(days=20), "Delivery by": acts.day(days=200)}
    fill(page, {"Intellectual property": "Shared by both", **dates})
    fill(page, {"Criterion, row 1": "Technology", "Weight, row 1": 60})
    press(page, "Add a criterion")
    fill(page, {"Criterion, row 2": "Price", "Weight, row 2": 40})
    press(page, "Save and continue")
    shows(page, "Nothing is missing.")
    press(page, "Submit for review")
    told(page, "Submitted. A reviewer will look at it.")


def open_and_ask(story: Story) -> None:
    """The reviewer opens the scenario; the chip firm asks, the anchor firm answers, nobody reads who asked."""
    page = story.review("reviewer", TITLE)
    press(page, "Approve and open")
    told(page, "The scenario is open.")
    page = story.at(CHIP, story.scenario)
    follow(page, "Ask a question")
    fill(page, {"Your question": "Is a module acceptable?"})
    press(page, "Send the question")
    shows(page, "Asked by your firm")
    page = story.at(ANCHOR, story.scenario)
    shows(page, "Is a module acceptable?", "A verified firm")
    hides_the_firm(page)
    follow(page, "Answer")
    fill(page, {"Your answer": "A single chip only."})
    press(page, "Publish the answer")
    shows(page, "A single chip only.")
    shows(story.at(CHIP, story.scenario), "A single chip only.")


def answer_scenario(story: Story) -> None:
    """The chip firm answers in five steps; the requirement table is filled in from its product."""
    page = story.at(CHIP, story.scenario)
    follow(page, "Answer: write a solution")
    press(page, "Begin")
    story.solution = re.sub(r"/edit/.*", "", page.url.removeprefix(story.desktop.url))
    fill(page, {"KR7731 radar transceiver": True})
    press(page, "Save and continue")
    expect(acts.control(page, "Value offered for Power")).to_have_value(re.compile("1.8"))
    for name in ("Frequency", "Power"):
        fill(page, {f"Verdict on {name}": "Met", f"Evidence for {name}": "Data sheet, page 6"})
    press(page, "Save and continue")
    fill(page, {"Summary": "A chip that fits.", "Approach": SECRET, "Team": "Ten engineers."})
    press(page, "Save and continue")
    fill(page, {"Price": 120, "Schedule": "Samples in three months."})
    fill(page, {"We declare that this is a local new product or technology": True})
    press(page, "Save and continue")
    shows(page, "Ready to be submitted", SECRET)
    press(page, "Submit the solution")
    told(page, "Submitted. This is your receipt.")


def check_receipt(story: Story) -> None:
    """The receipt's hash is the SHA-256 of what can be downloaded."""
    page = story.at(CHIP, f"{story.solution}/receipt")
    receipt = page.locator("code").inner_text()
    with page.expect_download() as download:
        follow(page, "Download the content")
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == receipt


def hides_the_firm(page: Page, *texts: str) -> None:
    """The scenario's page names the firm only where it lists whose public products fit."""
    page.evaluate("document.getElementById('fits')?.remove()")
    hides(page, "Kairui", *texts)


def nothing_is_seen(story: Story) -> None:
    """Before the closing time nobody but the firm itself finds anything of the solution."""
    story.work()
    for who in (ANCHOR, EXPERT, "reviewer", "approver", "auditor", "admin"):
        page = story.windows[who]
        assert status_of(page, f"{story.scenario}/solutions") == 404, who
        assert status_of(page, story.solution) == 404, who
        page.goto(story.scenario)
        hides_the_firm(page, "Read the solutions")
        page.goto("/notifications")
        hides(page, "olution")
    page = story.at("auditor", "/audit?type=solutions")
    shows(page, "0 entries")
    assert SECRET not in "".join(str(message) for message in story.mailbox.messages)


def invite_expert(story: Story) -> None:
    """The anchor firm invites an evaluator by mail, who signs up and accepts."""
    page = story.at(ANCHOR, f"{story.scenario}/invitations")
    section = page.locator("section", has_text="Invite an evaluator").last
    fill(section, {"E-mail address": EXPERT, "Message": "We would value your judgement."})
    press(section, "Invite the evaluator")
    told(page, "The invitation has been sent.")
    story.work()
    assert "/sign-up" in story.mailbox.text(EXPERT)
    sign_up(story, EXPERT, "Gu Yan")
    page = story.at(EXPERT, "/invitations")
    press(page, "Accept")
    told(page, "You have accepted the invitation.")


def evaluate(page: Page) -> None:
    """Declare no conflict and score both criteria; only then do the others' scores appear."""
    follow(page, "Evaluate")
    fill(page, {"I have no conflict of interest": True})
    for criterion, points in (("Technology", 90), ("Price", 80)):
        fill(page.get_by_role("group", name=criterion), {"Score": points, "Comment": "Sound."})
    press(page, "Save the evaluation")
    told(page, "Your evaluation is in.")
    shows(page, "86.0")


def select(story: Story) -> None:
    """The evaluator scores, then the anchor firm, which puts the solution on the short list and selects it; its firm confirms."""
    story.sign_in(EXPERT)
    evaluate(story.from_desk(EXPERT, TITLE))
    page = story.at(ANCHOR, story.scenario)
    follow(page, "Read the solutions")
    hides(page, "86.0")
    evaluate(page)
    follow(page, "Kairui")
    shows(page, SECRET, "Gu Yan", "86.0")
    press(page, "Shortlist")
    told(page, "The solution is on the short list.")
    press(open_up(page, "Select"), "Select")
    told(page, "The solution is selected.")
    page = story.from_desk(CHIP, TITLE)
    press(page, "Confirm the match")
    told(page, "Your firm has confirmed the match.")


def pass_to_notice(story: Story) -> None:
    """The reviewer verifies the claim, and passes the match to the public notice: its public minimum, for everybody."""
    page = story.review("reviewer", TITLE)
    fill(page, {"Yes": True, "Comment": "Compared with the patents."})
    press(page, "Pass to the public notice")
    told(page, "The match is in the public notice.")
    visitor = story.desktop.open(locale="en", path="/matches")
    shows(visitor, PUBLIC_TITLE, "Kairui")
    hides(visitor, SECRET, TITLE)


def approve(story: Story) -> None:
    """After the notice the approver approves; the project stands."""
    page = story.review("approver", TITLE)
    press(page, "Approve")
    told(page, "The match is approved, and its project established.")


def run_project(story: Story) -> None:
    """A milestone is planned, reached with evidence and accepted; then acceptance is requested."""
    page = story.at(ANCHOR, "/projects?mine=1")
    follow(page, PUBLIC_TITLE)
    story.project = page.url.removeprefix(story.desktop.url)
    folded = open_up(page, "Add a milestone")
    fill(folded, {"Milestone": "First samples", "Due on": acts.day(days=60)})
    press(folded, "Add")
    told(page, "The milestone is planned.")
    page = story.at(CHIP, story.project)
    report = acts.file(story.folder, "report.pdf", PDF)
    folded = open_up(page, "Submit with evidence")
    fill(folded, {"Evidence": "Measured in the laboratory.", "File": report})
    press(folded, "Submit the milestone")
    told(page, "The milestone is submitted.")
    page = story.at(ANCHOR, story.project)
    shows(page, "Measured in the laboratory.", "report.pdf")
    press(page, "Accept")
    told(page, "The milestone is accepted.")
    page = story.at(CHIP, story.project)
    press(open_up(page, "Request acceptance"), "Request acceptance")
    told(page, "Acceptance is requested.")


def accept(story: Story) -> None:
    """The approver confirms the claim and accepts the project."""
    page = story.review("approver", PUBLIC_TITLE)
    fill(page, {"Yes": True})
    press(page, "Accept the project")
    told(page, "The project is accepted.")


def audit(story: Story, app: Flask) -> None:
    """The auditor finds what was sealed, and every step of the story; the chain holds."""
    for action, entries in (("solutions.submit", 1), ("projects.accept", 1), ("organization.verified", 2)):
        page = story.at("auditor", f"/audit?action={action}")
        shows(page, "1 entry" if entries == 1 else f"{entries} entries")
    assert status_of(story.windows["admin"], story.solution) == 404
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0, result.output
    assert "all hold" in result.output


@pytest.mark.long
def test_two_firms_meet_and_the_counter_goes_up_by_one(story: Story, app: Flask, later: Callable[..., datetime]) -> None:
    story.enter(*STAFF)
    set_up_programme(story)
    sign_up(story, ANCHOR, "Chen Bo")
    register(story, ANCHOR, "Suzhou Zhixing Motors", "Anchor firm: we open scenarios")
    sign_up(story, CHIP, "Zhou Min")
    register(story, CHIP, "Kairui Microelectronics", "Chip firm: we answer with products", **{"Chip design": True})
    verify_firms(story)
    add_product(story)
    write_scenario(story)
    open_and_ask(story)
    invite_expert(story)
    answer_scenario(story)
    check_receipt(story)
    nothing_is_seen(story)

    later(days=21)
    story.work()
    story.sign_in(ANCHOR)
    story.sign_in(CHIP)
    select(story)
    story.enter(*STAFF)
    pass_to_notice(story)

    later(days=20)
    story.work()
    story.sign_in(ANCHOR)
    story.sign_in(CHIP)
    story.enter(*STAFF)
    before = counted(story.windows["operator"])
    approve(story)
    run_project(story)
    accept(story)
    assert counted(story.windows["operator"]) == before + 1
    story.work()
    audit(story, app)
