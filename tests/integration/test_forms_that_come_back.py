"""A form that does not pass comes back on the page on which it stood, filled in, with what is wrong at its field."""

import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.matching.models import MatchStatus
from app.projects import operations as projects
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from tests.factories.accounts import UserFactory
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory
from tests.factories.scenarios import draft_scenario, submitted_scenario
from tests.support.forms import PageForm, forms_on

TEMPLATES = Path(__file__).parents[2] / "templates"
# spaces of both widths; and a text that no reason may be as long as
NOTHING, TOO_MUCH = " \u3000\n ", "Too long. " * 2500
# pages of their own, whose forms ask for a reason beside other things
OWN_PAGES = {"scenarios.clarify", "scenarios.extend", "scenarios.amend_requirements"}
OTHERS = {
    "matching.decide_objection": "reason", "matching.raise_objection": "text", "projects.submit_milestone": "evidence",
    "scenarios.invite_evaluator": "email",
}  # fmt: skip
Made = tuple[str, list[str]]  # who is asked for the reason, and on which pages


class Stage:
    """Worlds in which the scenario is open, or in which all that follows its closing has a past."""

    def __init__(self, session, now) -> None:
        self.session, self.now = session, now
        self.world = MatchWorld(session, now)

    def open(self) -> MatchWorld:
        self.world = MatchWorld(self.session, self.now - timedelta(hours=1))
        return self.world

    def closed(self, days: int = 10) -> MatchWorld:
        self.world = MatchWorld(self.session, self.now - timedelta(days=days, seconds=2))
        return self.world

    def submitted(self) -> Made:
        scenario = submitted_scenario(self.world.anchor(), self.now)
        self.world.reviewer()
        return "reviewer", [f"/scenarios/{scenario.id}", f"/review/scenario/{scenario.id}"]

    def open_scenario(self, suffix: str = "") -> Made:
        return "anchor", [f"/scenarios/{self.open().scenario().id}{suffix}"]

    def amendment(self) -> Made:
        world = self.open()
        scenario = world.scenario()
        rows = [*map(requirement_row, scenario.requirements), RequirementRow("channels", value="3")]
        by = {"actor": world.anchor(), "now": world.now}
        amendment = scenarios.propose_requirements(self.session, scenario, rows=rows, reason="New antenna.", **by)
        return "reviewer", [f"/scenarios/{scenario.id}", f"/review/amendment/{amendment.id}"]

    def firm(self) -> Made:
        firm = OrganizationFactory(unverified=True, applied_at=self.now)
        self.world.reviewer()
        return "reviewer", [f"/organizations/{firm.id}", f"/review/organization/{firm.id}"]

    def account(self) -> Made:
        self.world.user("admin", "admin")
        person = UserFactory(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=self.now)
        return "admin", [f"/administration/users/{person.id}"]

    def proposed(self) -> Made:
        return "chip", [f"/matches/{self.closed().match(MatchStatus.PROPOSED).id}"]

    def confirmed(self) -> Made:
        match = self.closed().match(MatchStatus.CONFIRMED)
        self.world.reviewer("another")
        return "another", [f"/matches/{match.id}", f"/review/match/{match.id}"]

    def noticed(self) -> Made:
        match = self.closed().match(MatchStatus.NOTICED)
        self.world.user("citizen")
        return "citizen", [f"/matches/{match.id}"]

    def objection(self) -> Made:
        match = self.closed().match(MatchStatus.NOTICED)
        self.world.object(match)
        self.world.approver()
        return "approver", [f"/matches/{match.id}", f"/review/objection/{match.id}"]

    def shortlisted(self) -> Made:
        (solution,) = self.closed().shortlisted("chip")
        return "anchor", [f"/solutions/{solution.id}", f"/scenarios/{solution.scenario_id}/solutions/compare?pick={solution.id}"]

    def project(self) -> Made:
        return "anchor", [f"/projects/{self.closed(60).project().id}"]

    def requested(self) -> Made:
        project = self.closed(60).project()
        projects.request_acceptance(self.session, project, actor=self.world.chip(), now=self.world.later)
        return "approver", [f"/projects/{project.id}", f"/review/project/{project.id}"]

    def accepted(self) -> Made:
        world = self.closed(60)
        world.programme()
        project = world.project()
        projects.request_acceptance(self.session, project, actor=world.chip(), now=world.later)
        projects.accept(self.session, project, local_new=True, actor=world.approver(), now=world.later)
        return "approver", [f"/projects/{project.id}"]

    def milestone(self, *, submitted: bool) -> Made:
        world = self.closed(60)
        project, by = world.project(), {"actor": world.chip(), "now": world.later}
        due = world.now.date()
        milestone = projects.add_milestone(self.session, project, uuid.uuid4(), name="Sample", due_on=due, **by)
        if submitted:
            projects.submit_milestone(self.session, milestone, evidence="See the report.", **by)
        return "anchor" if submitted else "chip", [f"/projects/{project.id}"]


STAGES: dict[str, Callable[[Stage], Made]] = {
    "scenarios.return_to_draft": Stage.submitted,
    "scenarios.return_amendment": Stage.amendment,
    "scenarios.close_early": Stage.open_scenario,
    "scenarios.cancel": Stage.open_scenario,
    "scenarios.clarify": lambda stage: stage.open_scenario("/clarify"),
    "scenarios.extend": lambda stage: stage.open_scenario("/extend"),
    "scenarios.amend_requirements": lambda stage: stage.open_scenario("/requirements"),
    "scenarios.invite_evaluator": lambda stage: stage.open_scenario("/invitations"),
    "organizations.refuse": Stage.firm,
    "administration.disable_user": Stage.account,
    "administration.reset_second_factor": Stage.account,
    "matching.decline": Stage.proposed,
    "matching.reject": Stage.confirmed,
    "matching.raise_objection": Stage.noticed,
    "matching.decide_objection": Stage.objection,
    "solutions.decline": Stage.shortlisted,
    "projects.terminate": Stage.project,
    "projects.return_acceptance": Stage.requested,
    "projects.revoke": Stage.accepted,
    "projects.return_milestone": lambda stage: stage.milestone(submitted=True),
    "projects.submit_milestone": lambda stage: stage.milestone(submitted=False),
}


def form_to(app, endpoint: str, html: str, address: str) -> PageForm:
    """The form of a page that this endpoint takes."""
    adapter = app.url_map.bind("localhost")
    found = [form for form in forms_on(html, address) if adapter.match(urlsplit(form.action).path, method="POST")[0] == endpoint]
    assert found, f"{address} holds no form for {endpoint}"
    return found[0]


def test_every_form_that_asks_for_a_reason_is_tried():
    buttons = {
        endpoint
        for template in TEMPLATES.rglob("*.html")
        for endpoint in re.findall(r"reason_action\(url_for\('([\w.]+)'", template.read_text(encoding="utf-8"))
    }
    assert buttons | OWN_PAGES | set(OTHERS) == set(STAGES)


@pytest.mark.parametrize("endpoint", STAGES)
def test_a_reason_of_spaces_comes_back_on_its_page(app, session, now, sign_in, endpoint):
    stage = Stage(session, now)
    who, addresses = STAGES[endpoint](stage)
    stage.world.users[who].locale = "zh_CN"
    browser, name = sign_in(stage.world.users[who]), OTHERS.get(endpoint, "reason")
    for address in addresses:
        html = browser.get(address).text
        form = form_to(app, endpoint, html, address)
        answers = {option: values[0] for option, values in form.options.items()} | form.fields
        answers.pop("csrf_token", None)
        for typed in (NOTHING, TOO_MUCH):
            reply = browser.post(form.action, data={**answers, name: typed})
            assert reply.status_code == 422
            assert re.search("<title>(.*?)</title>", reply.text)[1] == re.search("<title>(.*?)</title>", html)[1]
            again = form_to(app, endpoint, reply.text, address)
            assert again.fields[name].strip() == typed.strip()
            assert again.errors
            assert all(re.search("[一-龥]", error) for error in again.errors)  # in the reader's language
            # as before: where it goes on, to which page it belongs, and what else was chosen
            assert {key: again.fields.get(key) for key in answers} == {**answers, name: again.fields[name]}
        assert len([form for form in forms_on(reply.text, address) if form.errors]) == 1
        # the browser shows another address than the page's: no form may be sent to wherever it stands
        assert form.action == address or not re.findall(r"<form(?![^>]*\baction=)[^>]*>", reply.text)


def test_a_decision_goes_on_from_the_review_desk_after_it_was_corrected(app, session, now, sign_in):
    stage = Stage(session, now)
    who, (_page, desk) = stage.objection()
    other = stage.world.match(MatchStatus.NOTICED, firm="other")
    stage.world.object(other, "neighbour")
    browser = sign_in(stage.world.users[who])
    form = form_to(app, "matching.decide_objection", browser.get(desk).text, desk)
    refused = browser.post(form.action, data={**form.fields, "upheld": "no", "reason": " "})
    form = form_to(app, "matching.decide_objection", refused.text, desk)
    assert form.fields["upheld"] == "no"
    assert browser.post(form.action, data={**form.fields, "reason": "It is new."}).location == f"/review/objection/{other.id}"


def test_a_form_that_names_no_page_or_a_foreign_one_comes_back_on_that_of_its_record(session, now, sign_in):
    _who, (address, _desk) = Stage(session, now).firm()
    browser = sign_in(UserFactory(is_reviewer=True))
    for here in ("", "//evil.example/", "https://evil.example/"):
        reply = browser.post(f"{address}/refuse", data={"reason": " ", "here": here})
        assert reply.status_code == 422
        assert f'action="{address}/refuse"' in reply.text


@pytest.mark.parametrize(
    ("here", "status"),
    [
        ("/nowhere", 404),
        ("/无处", 404),
        ("/sign-out", 405),
        ("/organizations/%00", 404),
        ("/search?q=%00&page=²", 422),
        ("/administration/users", 403),
        ("/api/v1/scenarios", 200),
        ("/static/kaijing.js", 200),
    ],
)
def test_whoever_invents_the_page_of_a_form_reads_what_anybody_would(session, now, sign_in, here, status):
    _who, (address, _desk) = Stage(session, now).firm()
    reply = sign_in(UserFactory(is_reviewer=True)).post(f"{address}/refuse", data={"reason": " ", "here": here})
    assert reply.status_code == status


def test_what_forbids_a_button_without_fields_stands_beside_it(app, session, now, sign_in):
    _who, addresses = Stage(session, now).firm()
    browser = sign_in(UserFactory(is_reviewer=True))
    for address in addresses:
        form = form_to(app, "organizations.verify", browser.get(address).text, address)
        reply = browser.post(form.action, data=form.fields)
        assert reply.status_code == 422
        message = reply.text.index("The licence has not been uploaded yet.")
        assert reply.text.rindex("<form", 0, message) == reply.text.index(f'<form method="post" action="{form.action}"')
        assert "Please correct the marked fields." not in reply.text


@pytest.mark.parametrize("content", [b"MZ\x90", b"x" * (1024 * 1024 + 1)])
def test_a_file_that_is_not_taken_is_named_at_its_field(app, session, now, sign_in, content):
    app.config["UPLOAD_LIMIT"] = 1024 * 1024
    stage = Stage(session, now)
    _who, (milestone_page,) = stage.milestone(submitted=False)
    world = stage.world
    world.now = now - timedelta(hours=1)
    draft, solution, product = draft_scenario(world.anchor(), now), world.draft(world.scenario()), world.product()
    chip, anchor = sign_in(world.users["chip"]), sign_in(world.users["anchor"])
    places = [
        (anchor, "scenarios.attach", f"/scenarios/{draft.id}/edit/check"),
        (chip, "solutions.attach", f"/solutions/{solution.id}/edit/approach"),
        (chip, "products.attach", f"/products/{product.id}"),
        (chip, "organizations.attach_licence", f"/organizations/{world.firms['chip'].id}"),
        (chip, "projects.submit_milestone", milestone_page),
    ]
    for browser, endpoint, address in places:
        form = form_to(app, endpoint, browser.get(address).text, address)
        reply = browser.post(
            form.action, data={**form.fields, "evidence": "See the file.", "file": (io.BytesIO(content), "sheet.pdf")}
        )
        assert reply.status_code == 422
        assert len(form_to(app, endpoint, reply.text, address).errors) == 1
