"""The pages: answering in five steps, receipt, reading and judging; and what a sealed scenario hides."""

import re
import uuid
from datetime import timedelta
from io import BytesIO

import pytest

from app import web
from app.scenarios import operations as scenarios
from app.solutions import operations, queries
from app.solutions.content import digest
from tests.factories.solutions import World


@pytest.fixture
def world(session, now):
    return World(session, now)


@pytest.fixture
def clock(monkeypatch):
    """`clock(moment)`: from now on requests come at this moment."""
    return lambda moment: monkeypatch.setattr(web.clock, "utcnow", lambda: moment)


@pytest.fixture
def browser(world, sign_in):
    return lambda name, *roles: sign_in(world.user(name, *roles))


def started(world, client, scenario):
    made = uuid.uuid4()
    client.post(f"/scenarios/{scenario.id}/solutions/start", data={"record_id": str(made)})
    return made


def test_an_answer_from_the_first_click_to_the_receipt(world, browser, session):
    scenario = world.scenario()
    product = world.product(power="1.8")
    world.chip()
    chip = browser("chip")
    assert "Begin" in chip.get(f"/scenarios/{scenario.id}/solutions/start").text
    made = started(world, chip, scenario)
    assert started(world, chip, scenario) != made  # a second one leads to the first
    edit = f"/solutions/{made}/edit/"

    def version():
        session.expire_all()
        return queries.working_version(session, made).version

    steps = [
        ("products", {"products": str(product.id)}),
        ("compliance", None),
        ("approach", {"summary": "It fits.", "approach": "We take it.", "team": "Ten."}),
        ("price", {"price": "120", "schedule": "Half a year.", "local_new": "y"}),
    ]
    for step, data in steps:
        text = chip.get(edit + step).text
        if data is None:
            assert 'value="1.8"' in text
            lines = queries.requirements_of(session, scenario.id)
            data = {f"compliance-{n}-requirement_id": str(line.id) for n, line in enumerate(lines)}
            data |= {"compliance-0-status": "met", "compliance-0-value": "1.8", "compliance-0-evidence": "KR7731"}
        response = chip.post(edit + step, data={"version": version(), **data})
        assert response.status_code == 302, response.text
    assert "Ready to be submitted" in chip.get(edit + "review").text
    response = chip.post(f"/solutions/{made}/submit", data={"version": version()})
    assert response.location.endswith("/receipt")
    session.expire_all()
    stored = queries.version_of(session, made, 1)
    page = chip.get(f"/solutions/{made}/receipt?version=1&sha256={stored.sha256}").text
    assert stored.sha256 in page
    assert "It matches the stored content." in page
    assert "It does not match" in chip.get(f"/solutions/{made}/receipt?sha256=abc").text
    assert digest(chip.get(f"/solutions/{made}/content").text) == stored.sha256
    assert "1/1" not in chip.get("/solutions/mine?status=submitted").text
    assert scenario.title in chip.get("/solutions/mine").text


def test_submitting_too_little_says_what_is_missing(world, browser):
    world.chip()
    chip = browser("chip")
    made = started(world, chip, world.scenario())
    response = chip.post(f"/solutions/{made}/submit", data={})
    assert response.status_code == 422
    assert "The price is missing." in response.text


def test_autosave_answers_with_the_new_version_and_refuses_a_stale_one(world, browser):
    world.chip()
    chip = browser("chip")
    made = started(world, chip, world.scenario())
    address = f"/solutions/{made}/autosave/approach"
    saved = chip.post(address, data={"version": "1", "summary": "A"})
    assert saved.json["version"] == 2
    assert chip.post(address, data={"version": "1", "summary": "B"}).status_code == 412
    assert chip.post(f"/solutions/{made}/autosave/price", data={"version": "2", "price": "a lot"}).status_code == 422


def test_the_second_editor_gets_both_versions(world, browser):
    world.chip()
    chip = browser("chip")
    made = started(world, chip, world.scenario())
    address = f"/solutions/{made}/edit/approach"
    chip.post(address, data={"version": "1", "summary": "Mine"})
    response = chip.post(address, data={"version": "1", "summary": "Theirs"})
    assert response.status_code == 412
    assert "Mine" in response.text
    assert "Theirs" in response.text


@pytest.mark.parametrize("step", ["edit", "autosave"])
@pytest.mark.parametrize("sent", [{}, {"version": ""}])
def test_an_answer_is_not_overwritten_by_who_does_not_say_what_they_read(world, browser, session, step, sent):
    world.chip()
    chip = browser("chip")
    made = started(world, chip, world.scenario())
    chip.post(f"/solutions/{made}/edit/approach", data={"version": "1", "summary": "Mine"})
    assert chip.post(f"/solutions/{made}/{step}/approach", data={**sent, "summary": "Theirs"}).status_code == 412
    session.expire_all()
    assert queries.working_version(session, made).summary == "Mine"


def test_an_evaluation_begun_in_two_tabs_is_saved_from_one_and_shown_in_the_other(world, browser, session, clock):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    world.close()
    clock(world.later)
    anchor, evaluate = browser("anchor"), f"/solutions/{solution.id}/evaluate"
    ids = [str(criterion.id) for criterion in queries.criteria_of(session, scenario.id)]

    def scores(*points):
        rows = {
            f"scores-{n}-{name}": value
            for n, row in enumerate(zip(ids, points, strict=True))
            for name, value in zip(("criterion_id", "score"), row, strict=True)
        }
        return {"version": "", "conflict": "no", "scores-0-comment": f"Worth {points[0]}.", **rows}

    assert anchor.post(evaluate, data=scores(80, 70)).status_code == 302
    second = anchor.post(evaluate, data=scores(20, 0))
    assert second.status_code == 412
    conflict = second.text.partition("Saved by the other person")[2].partition("</table>")[0]
    assert all(words in conflict for words in ("80 · Worth 80.", "20 · Worth 20.", "<div>0</div>"))
    assert not any(id_ in conflict for id_ in ids)
    assert anchor.post(evaluate, data=scores(20, 0) | {"version": "1"}).status_code == 302


def test_submitting_one_second_after_closing_is_refused(world, browser, session, clock):
    solution = world.fill(world.draft(world.scenario()))
    clock(world.closing + timedelta(seconds=1))
    chip = browser("chip")
    assert chip.post(f"/solutions/{solution.id}/submit", data={}).status_code == 409
    session.expire_all()
    assert queries.get_solution(session, solution.id).status == "draft"


def test_a_new_version_a_withdrawal_and_a_fresh_start(world, browser, session):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    chip, address = browser("chip"), f"/solutions/{solution.id}"
    assert "Write a new version" in chip.get(address).text
    assert chip.post(f"{address}/revise").location.endswith("/edit/products")
    assert "Version 2 is being written" in chip.get(address).text
    assert chip.post(f"{address}/discard").status_code == 302
    assert chip.post(f"{address}/revise").status_code == 302
    chip.post(f"{address}/submit", data={})
    assert chip.get(f"{address}?version=1").status_code == 200
    assert chip.get(f"{address}?version=9").status_code == 404
    chip.post(f"{address}/withdraw")
    session.expire_all()
    assert queries.get_solution(session, solution.id).status == "withdrawn"
    assert "Begin" in chip.get(f"/scenarios/{scenario.id}/solutions/start").text


def test_files_are_added_removed_and_carried_into_a_new_version(world, browser, session):
    solution = world.fill(world.draft(world.scenario()))
    chip, address = browser("chip"), f"/solutions/{solution.id}"

    def upload(name, content):
        return chip.post(f"{address}/files", data={"file": (BytesIO(content), name)})

    assert upload("report.txt", b"It was measured.").status_code == 302
    assert upload("report.pdf", b"MZ\x90").status_code == 422
    chip.post(f"{address}/submit", data={})
    chip.post(f"{address}/revise")
    session.expire_all()
    working = queries.working_version(session, solution.id)
    submitted = queries.submitted_version(session, solution.id)
    from app.attachments.queries import attachments_of

    copies = [attachments_of(session, solution_version_id=version.id) for version in (working, submitted)]
    assert [file.sha256 for file in copies[0]] == [file.sha256 for file in copies[1]]
    assert copies[0][0].sha256 in queries.version_of(session, solution.id, 1).content
    assert "report.txt" in chip.get(f"{address}/edit/approach").text
    assert chip.post(f"{address}/files/{copies[1][0].id}/remove").status_code == 404
    assert chip.post(f"{address}/files/{copies[0][0].id}/remove").status_code == 302


def test_text_is_shown_as_text(world, browser, clock):
    solution = world.submitted(world.scenario(), summary="<script>alert(1)</script>")
    world.close()
    clock(world.later)
    text = browser("anchor").get(f"/solutions/{solution.id}").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_anchor_firm_compares_scores_shortlists_and_declines(world, browser, session, clock):
    scenario = world.scenario()
    first, second = world.submitted(scenario), world.submitted(scenario, "other")
    world.close()
    clock(world.later)
    anchor = browser("anchor")
    listed = f"/scenarios/{scenario.id}/solutions"
    assert "appear once yours are in" in anchor.get(listed).text
    assert "Waiting for you" in anchor.get("/solutions/evaluations").text
    criteria = queries.criteria_of(session, scenario.id)
    scores = {"version": "", "conflict": "no"}
    for n, criterion in enumerate(criteria):
        scores |= {f"scores-{n}-criterion_id": str(criterion.id), f"scores-{n}-score": "80", f"scores-{n}-comment": "Good."}
    evaluate = f"/solutions/{first.id}/evaluate"
    blank = anchor.get(evaluate).text
    assert "Technology" in blank
    assert "checked" not in blank
    undeclared = anchor.post(evaluate, data={name: value for name, value in scores.items() if name != "conflict"})
    assert undeclared.status_code == 422
    assert 'id="conflict-error"' in undeclared.text
    assert anchor.post(evaluate, data={**scores, "scores-0-score": "101"}).status_code == 422
    assert anchor.post(evaluate, data=scores).location.endswith(listed)
    assert anchor.post(evaluate, data={**scores, "version": "1", "scores-0-score": "90"}).status_code == 302
    assert anchor.post(evaluate, data={**scores, "version": "1"}).status_code == 412
    assert "86.0" in anchor.get(listed).text
    compared = anchor.get(f"{listed}/compare").text
    assert "86.0" in compared
    assert "Good." in compared
    assert "Good." in anchor.get(f"/solutions/{first.id}").text
    response = anchor.post(f"/solutions/{first.id}/shortlist?next={listed}/compare")
    assert response.location.endswith("/compare")
    assert anchor.post(f"/solutions/{second.id}/decline", data={"reason": ""}).status_code == 422
    anchor.post(f"/solutions/{second.id}/decline", data={"reason": "Too dear."})
    session.expire_all()
    assert [queries.get_solution(session, s.id).status for s in (first, second)] == ["shortlisted", "declined"]
    assert anchor.get(f"/solutions/{second.id}/evaluate").status_code == 409
    assert "Too dear." in browser("other").get(f"/solutions/{second.id}").text
    assert "Good." not in browser("chip").get(f"/solutions/{first.id}").text


def test_many_solutions_are_listed_by_pages_and_compared_some_at_a_time(world, browser, clock, statements):
    scenario = world.scenario()
    answers = [str(world.submitted(scenario, f"firm{number}").id) for number in range(web.PER_PAGE + 2)]
    world.close()
    clock(world.later)
    anchor, listed = browser("anchor"), f"/scenarios/{scenario.id}/solutions"
    first, second = anchor.get(listed).text, anchor.get(f"{listed}?page=2").text
    assert (first.count('name="pick"'), second.count('name="pick"')) == (web.PER_PAGE, 2)
    assert anchor.get(f"{listed}?page=9").status_code == 200
    with statements() as seen:
        compared = anchor.get(f"{listed}/compare").text
    assert compared.count("Submitted<") == 4
    picked = anchor.get(f"{listed}/compare?pick={answers[3]}&pick={answers[7]}&pick=nonsense").text
    assert [f"/solutions/{answer}" in picked for answer in answers[2:9]] == [False, True, False, False, False, True, False]
    with statements() as fewer:
        anchor.get(f"{listed}/compare?pick={answers[3]}")
    assert len(seen) == len(fewer)


ROLES = ["anchor", "expert", "reviewer", "approver", "operator", "auditor", "admin", "other", "stranger"]


def addresses(scenario, solution):
    base = f"/solutions/{solution.id}"
    return [
        base, f"{base}/receipt", f"{base}/content", f"{base}/evaluate", f"{base}/edit/products",
        f"/scenarios/{scenario.id}/solutions", f"/scenarios/{scenario.id}/solutions/compare",
    ]  # fmt: skip


def crowd(world, scenario):
    """Everybody who might look: by name, with their roles."""
    world.evaluator(scenario)
    world.firm("other")
    for name in ("reviewer", "approver", "operator", "auditor", "admin"):
        world.user(name, name)
    world.user("stranger")


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("name", ROLES)
def test_before_closing_a_solution_exists_for_nobody_but_its_firm(world, browser, name, sealed):
    scenario = world.scenario(sealed=sealed)
    solution = world.submitted(scenario)
    crowd(world, scenario)
    reader = browser(name)
    expected = 200 if name == "auditor" and not sealed else 404
    for address in addresses(scenario, solution)[:3]:
        assert reader.get(address).status_code == expected, address
    for address in addresses(scenario, solution)[5:]:
        assert reader.get(address).status_code == expected, address
    for action in ("submit", "withdraw", "revise", "discard", "shortlist", "decline", "autosave/products"):
        response = reader.post(f"/solutions/{solution.id}/{action}", data={"reason": "x"})
        assert response.status_code == (403 if expected == 200 else 404), action
    for address in ("/solutions/mine", "/solutions/evaluations", f"/scenarios/{scenario.id}"):
        assert str(solution.id) not in reader.get(address).text


def test_nothing_tells_an_outsider_apart_from_an_unknown_id(world, browser):
    solution = world.submitted(world.scenario(sealed=True))
    anchor = browser("anchor")

    def answer(id_):
        text = anchor.get(f"/solutions/{id_}").text.replace(str(id_), "")
        return re.sub(r'name="csrf_token" value="[^"]*"', "", text)

    assert answer(solution.id) == answer(uuid.uuid4())


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("chip", 200), ("anchor", 200), ("expert", 200), ("reviewer", 200), ("approver", 200), ("auditor", 200),
        ("operator", 404), ("admin", 404), ("other", 404), ("stranger", 404),
    ],
)  # fmt: skip
def test_who_reads_after_closing(world, browser, clock, name, status):
    scenario = world.scenario(sealed=True)
    solution = world.submitted(scenario)
    crowd(world, scenario)
    world.close()
    clock(world.later)
    assert browser(name).get(f"/solutions/{solution.id}").status_code == status


@pytest.mark.parametrize("name", ROLES)
def test_solutions_of_a_cancelled_sealed_scenario_stay_sealed(world, browser, clock, name):
    scenario = world.scenario(sealed=True)
    solution = world.submitted(scenario)
    crowd(world, scenario)
    scenarios.cancel(world.session, scenario, reason="Gone.", actor=world.anchor(), now=world.now)
    clock(world.later)
    assert browser(name).get(f"/solutions/{solution.id}").status_code == 404


def test_a_competitor_who_also_evaluates_reads_nothing(world, browser, clock):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    world.submitted(scenario, "other")
    world.close()
    world.join("anchor", "other")
    clock(world.later)
    assert browser("anchor").get(f"/solutions/{solution.id}").status_code == 404


def test_a_draft_beside_the_submitted_version_is_the_firms_alone(world, browser, clock):
    scenario = world.scenario()
    solution = world.submitted(scenario)
    operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now)
    operations.save_draft(world.session, solution, {"summary": "A secret."}, actor=world.chip(), now=world.now)
    world.close()
    clock(world.later)
    anchor = browser("anchor")
    assert "A secret." not in anchor.get(f"/solutions/{solution.id}").text
    assert anchor.get(f"/solutions/{solution.id}?version=2").status_code == 404
    assert anchor.get(f"/solutions/{solution.id}/edit/products").status_code == 403


def test_visitors_are_asked_to_sign_in(world, client):
    solution = world.submitted(world.scenario())
    assert client.get(f"/solutions/{solution.id}").status_code == 302
