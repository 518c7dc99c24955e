"""Before closing, a sealed solution cannot be learned of: each page answers everybody byte for byte as if there were none."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import web
from app.attachments.models import Attachment
from app.errors import Conflict
from app.scenarios import operations as scenarios
from app.solutions import operations
from app.solutions.models import Solution, SolutionVersion
from app.solutions.queries import products_of
from tests.factories.attachments import store_of_app, upload
from tests.factories.solutions import World

SECRET = "Zirconium"
ROLES = {
    "anchor": (), "expert": ("evaluator",), "reviewer": ("reviewer",), "approver": ("approver",), "operator": ("operator",),
    "auditor": ("auditor",), "admin": ("admin",), "other": (), "pending": (), "stranger": (), "insider": ("reviewer",),
}  # fmt: skip
LISTS = (
    "/", "/desk", "/scenarios", f"/scenarios?q={SECRET}", "/scenarios?q=radar", "/scenarios/mine", "/invitations", "/products",
    f"/products?q={SECRET}", "/organizations", "/solutions/mine", "/solutions/evaluations", "/matches", f"/matches?q={SECRET}",
    "/projects", f"/projects?q={SECRET}", "/programmes", "/progress", "/progress/scenarios", "/progress/domain.csv",
    "/notifications", "/review", "/audit", f"/audit?q={SECRET}", "/audit?type=solutions", "/audit?actor=chip",
    "/audit/export.csv", "/audit/export.jsonl", "/administration/outbox", "/administration/users", "/healthz", "/readyz",
)  # fmt: skip
OF_SCENARIO = (
    "", "/invitations", "/solutions", "/solutions/compare", "/propose", "/requirements", "/clarify", "/extend", "/ask",
)  # fmt: skip
OF_SOLUTION = ("", "/receipt", "/content", "/evaluate", "/edit/products", "?version=1")
TOKEN = re.compile(r'(name="(?:csrf_token|record_id)"[^>]* value="|/attachments/|name="csrf-token" content=")[^"]*"')


@pytest.fixture
def world(session, now, monkeypatch):
    monkeypatch.setattr(web.clock, "utcnow", lambda: now + timedelta(hours=1))
    return World(session, now)


@pytest.fixture
def browsers(world, sign_in, client):
    """Everybody who might want to know, signed in; and a visitor."""
    world.anchor()
    world.chip()
    world.product("chip")
    world.firm("other")
    world.firm("pending", verified=False)
    for name, roles in ROLES.items():
        world.user(name, *roles)
    world.join("insider", "anchor")
    return {"visitor": client, **{name: sign_in(world.user(name)) for name in ROLES}}


def answer(browser, address: str) -> tuple[int, dict[str, str], str]:
    """What somebody is told: status, headers and body, without what differs between any two requests."""
    response = browser.get(address, buffered=True)
    headers = {name: value for name, value in response.headers.items() if name not in {"Set-Cookie", "Date", "Content-Length"}}
    return response.status_code, headers, TOKEN.sub(r'\1"', response.get_data(as_text=True))


def addresses(scenario, solution_id, attachment_id) -> list[str]:
    return [
        *LISTS,
        *(f"/scenarios/{scenario.id}{part}" for part in OF_SCENARIO),
        *(f"/solutions/{solution_id}{part}" for part in OF_SOLUTION),
        f"/attachments/{attachment_id}",
        f"/audit?subject={solution_id}",
        f"/review/solution/{solution_id}",
        f"/audit?subject={scenario.id}",
    ]


def answered(world, scenario, solution_id, firm: str = "chip") -> Solution:
    """A submitted solution with a file, a second version of it, and a third that is being written."""
    by = {"actor": world.chip(firm), "now": world.now}
    start = {"solution_id": solution_id, "organization_id": world.firms[firm].id, **by}
    solution = operations.start_solution(world.session, scenario, **start)
    product = products_of(world.session, world.firms[firm].id)[0]
    for number in (1, 2):
        if number == 2:
            operations.begin_revision(world.session, solution, **by)
        changes = {"summary": f"{SECRET} {number}", "products": [product.id]}
        world.fill(solution, firm, **changes)
        file = operations.attach_file(world.session, solution, upload(name=f"{SECRET}.pdf"), into=store_of_app(), **by)
        if number == 1:
            operations.remove_file(world.session, solution, file.id, **by)
            operations.attach_file(world.session, solution, upload(name=f"{SECRET}.pdf"), into=store_of_app(), **by)
        operations.submit_solution(world.session, solution, **by)
    operations.begin_revision(world.session, solution, **by)
    return solution


def test_no_page_tells_anybody_of_a_sealed_solution(world, browsers, session, worker, mailbox, time_machine):
    time_machine.move_to(world.now, tick=False)  # what is left of a time is told alike before and after
    scenario = world.scenario(sealed=True)
    world.evaluator(scenario)
    world.submitted(scenario, "other", summary="Another one.")
    solution_id, attachment_id = uuid.uuid4(), uuid.uuid4()
    worker(world.now + timedelta(hours=1))
    pages = addresses(scenario, solution_id, attachment_id)
    for browser in browsers.values():  # what a first visit leaves behind is there before the comparison
        for address in LISTS:
            answer(browser, address)
    before = {(name, address): answer(browser, address) for name, browser in browsers.items() for address in pages}
    letters = len(mailbox.messages)
    solution = answered(world, scenario, solution_id)
    attachment = session.scalars(select(Attachment).where(Attachment.solution_version_id.is_not(None)).limit(1)).one()
    attachment.id = attachment_id
    worker(world.now + timedelta(hours=1))
    assert solution.status == "submitted"
    assert len(session.scalars(select(SolutionVersion).where(SolutionVersion.solution_id == solution_id)).all()) == 3
    for (name, address), told in before.items():
        assert answer(browsers[name], address) == told, (name, address)
    receivers = {message["To"] for message in mailbox.messages[letters:]}
    assert receivers <= {world.user("chip").email}


def test_no_button_answers_otherwise_for_a_sealed_solution_than_for_none(world, browsers, session):
    scenario = world.scenario(sealed=True)
    world.evaluator(scenario)
    solution = answered(world, scenario, uuid.uuid4())
    session.commit()
    actions = (
        "submit", "withdraw", "revise", "discard", "shortlist", "decline", "select", "evaluate", "files", "autosave/approach",
    )  # fmt: skip
    for name, browser in browsers.items():
        for action in actions:
            told = [
                (
                    response.status_code,
                    TOKEN.sub(r'\1"', response.text).replace(str(key), ""),
                    (response.location or "").replace(str(key), ""),
                )
                for key in (solution.id, uuid.uuid4())
                for response in [browser.post(f"/solutions/{key}/{action}", data={"reason": "x"})]
            ]
            assert told[0] == told[1], (name, action)


def test_a_sealed_scenario_is_not_closed_early_whether_or_not_it_was_answered(world, browsers, session):
    empty, full = world.scenario(sealed=True), world.scenario(sealed=True)
    world.submitted(full)
    said = []
    for scenario in (empty, full):
        with pytest.raises(Conflict) as refusal:
            scenarios.close_early(session, scenario, reason="Soon.", actor=world.anchor(), now=world.now)
        said.append(str(refusal.value.message))
        response = browsers["anchor"].post(f"/scenarios/{scenario.id}/close-early", data={"reason": "Soon."})
        said.append(response.status_code)
        assert session.get(type(scenario), scenario.id).closes_at == world.closing
    assert said[:2] == said[2:]


def test_the_seal_opens_at_closing_for_those_who_judge_and_in_the_audit_log(world, browsers, sign_in, worker, monkeypatch):
    scenario = world.scenario(sealed=True)
    solution = answered(world, scenario, uuid.uuid4())
    world.close()
    worker(world.later)
    monkeypatch.setattr(web.clock, "utcnow", lambda: world.later)
    assert f"{SECRET} 2" in sign_in(world.user("anchor")).get(f"/solutions/{solution.id}").text
    assert "solutions.submit" in answer(sign_in(world.user("auditor")), f"/audit/export.csv?subject={solution.id}")[2]
    assert sign_in(world.user("admin")).get(f"/solutions/{solution.id}").status_code == 404
