"""The audit log as the auditor reads and exports it, and what it never tells before a seal is opened."""

import csv
import io
import json
import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.actor import Actor, Role
from app.attachments.operations import Store
from app.audit import labels
from app.audit.models import AuditDetail
from app.audit.operations import Subject, erase_personal, record
from app.audit.queries import history
from app.clock import shanghai_day
from app.organizations.models import Organization
from app.scenarios import operations as scenarios
from app.solutions import operations as solutions
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.products import product_of
from tests.factories.solutions import World
from tests.support.databases import SQLITE


@pytest.fixture
def world(session, now):
    return World(session, now - timedelta(days=1))


@pytest.fixture
def auditor(session, sign_in):
    return sign_in(UserFactory(is_auditor=True))


def note(session, now, action="test.done", actor=None, subject=None, **values):
    who = actor or Actor(uuid.uuid4(), "Somebody")
    record(session, action, subject or Subject("users", uuid.uuid4()), actor=who, now=now, **values)
    session.commit()


def rows_of(client, query=""):
    text = client.get(f"/audit/export.csv{query}", buffered=True).text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def lines_of(client, query=""):
    return [json.loads(line) for line in client.get(f"/audit/export.jsonl{query}", buffered=True).text.splitlines()]


# ---- who reads


@pytest.mark.parametrize("path", ["/audit", "/audit/export.csv", "/audit/export.jsonl"])
def test_only_the_auditor_reads(session, client, sign_in, path):
    assert client.get(path).status_code == 302
    for role in Role:
        answer = sign_in(UserFactory(**{f"is_{role}": True})).get(path, buffered=True)
        assert answer.status_code == (200 if role is Role.AUDITOR else 403)
    assert sign_in(UserFactory()).get(path, buffered=True).status_code == 403


# ---- what is shown


def test_an_entry_shows_who_did_what_and_the_values_before_and_after(session, auditor, now):
    person = UserFactory(name="Li Na")
    actor = Actor(person.id, "Li Na", address="192.0.2.7", organization_id=uuid.uuid4())
    note(
        session, now, "taxonomy.edit_term", actor, before={"name": "Old", "same": 1}, after={"name": "New", "same": 1, "flag": True}
    )
    page = auditor.get("/audit").text
    for text in (
        "Term changed",
        "Li Na",
        "192.0.2.7",
        "<del>Old</del>",
        "<ins>New</ins>",
        "Yes",
        "1 entry",
        "On behalf of",
    ):
        assert text in page
    assert "same" not in page


def test_values_are_shown_as_text(session, auditor, now):
    note(session, now, after={"title": "<script>alert(1)</script>", "rows": ["<b>", 1], "none": None})
    page = auditor.get("/audit").text
    assert "<script>alert" not in page
    assert "<b>" not in page.split("<article")[1].split("</article")[0].replace("<b>1", "")


def test_values_are_said_in_words_and_records_lead_to_their_entries(session, auditor, now):
    firm = uuid.uuid4()
    before = {"status": "draft", "confidentiality": "verified", "domain_code": "iov"}
    after = {
        "status": "open", "confidentiality": "public", "domain_code": "ai", "tracks": ["design", "mems"],
        "organization_id": str(firm), "closes_at": "2026-03-01T10:00:00+00:00",
        "requirements": [{"id": str(firm), "name": "Power", "operator": "<=", "must": True}],
    }  # fmt: skip
    note(session, now, "scenario.approved", subject=Subject("scenarios", uuid.uuid4()), before=before, after=after)
    note(session, now, "matching.displace", subject=Subject("matches", uuid.uuid4()), after={"reason": "no_place_left"})
    note(session, now, "solutions.pass_over", subject=Subject("solutions", uuid.uuid4()), after={"status": "declined", "other": 7})
    page = auditor.get("/audit").text
    for text in (
        "<th scope=\"row\">State</th>", "<del>Draft</del>", "<ins>Open for solutions</ins>", "Public: everyone reads it",
        "Internet of vehicles", "Chip design · MEMS", "2026-03-01 18:00", "Power ≤ Must Yes", f"/audit?subject={firm}",
        "another match took the last one", "Declined by the anchor firm", "<ins>7</ins>",
    ):  # fmt: skip
        assert text in page, text
    assert "no_place_left" not in page


def test_records_are_called_by_their_names_and_amounts_are_in_the_readers_unit(world, session, auditor, now):
    scenario, person = world.scenario(), UserFactory(name="Li Na")
    solution, product = world.submitted(scenario), product_of(world.chip(), now, name="KJ77A")
    firm = session.get_one(Organization, scenario.organization_id)
    part = {"part": "terms", "hundredths": 1250, "value": 0.5, "detail": ["=雷达"]}
    after = {
        "scenario": scenario.id, "firm": firm.id, "product_id": product.id, "solution_id": solution.id, "user_id": person.id,
        "budget_min": Decimal("3000000"), "reasons": [part], "products": [product.id],
    }  # fmt: skip
    note(session, now, "matching.propose", Actor(person.id, "Li Na", organization_id=firm.id), subject=scenario, after=after)
    article = auditor.get("/audit?action=matching.propose", headers={"Accept-Language": "en"}).text.split("<article")[1]
    for address, name in (
        (f"/scenarios/{scenario.id}", scenario.number), (f"/organizations/{firm.id}", firm.name_en),
        (f"/products/{product.id}", "KJ77A"), (f"/audit?subject={person.id}", "Li Na"),
    ):  # fmt: skip
        assert f'<a href="{address}">{name}</a>' in article, name
    assert f'href="/solutions/{solution.id}"' in article
    assert "CNY 3,000,000" in article
    assert "Shared terms +12.5" in article
    assert "hundredths" not in article
    note(session, now, "matching.propose", subject=scenario, after={"reasons": [{"evaluations": 3}]})
    assert "<ins>Evaluations 3</ins>" in auditor.get("/audit", headers={"Accept-Language": "en"}).text
    assert str(firm.id)[:8] not in re.sub(r'href="[^"]*"', "", article)


def test_a_record_is_linked_as_long_as_it_has_a_page(world, session, auditor, now):
    scenario = world.scenario()
    draft, submitted = world.draft(scenario), world.submitted(scenario, "other")
    deleted = make.draft_scenario(world.anchor(), now)
    scenarios.delete_draft(session, deleted, actor=world.anchor(), now=now)
    page = auditor.get("/audit").text + auditor.get("/audit?page=2").text
    assert f'href="/scenarios/{scenario.id}"' in page
    assert f'href="/solutions/{submitted.id}"' in page
    assert f'href="/solutions/{draft.id}"' not in page
    assert f'href="/scenarios/{deleted.id}"' not in page


@pytest.mark.databases(SQLITE)
def test_all_that_happens_in_the_demo_has_names(demo):
    happened = demo.session.execute(select(AuditDetail.action, AuditDetail.subject_type).distinct()).all()
    assert {action for action, _ in happened} <= labels.ACTION.keys()
    assert {kind for _, kind in happened} <= labels.SUBJECT.keys()
    assert len(happened) > 30


def test_an_erased_entry_stays_without_its_person(session, auditor, now):
    person_id = UserFactory(name="Wang Fang").id
    note(session, now, actor=Actor(person_id, "Wang Fang"), after={"secret": "value"})
    erase_personal(session, person_id, now=now)
    session.commit()
    page = auditor.get("/audit").text
    assert "Personal part erased" in page
    assert "secret" not in page
    assert lines_of(auditor)[0]["erased"] is True


def test_the_log_is_paged_and_the_latest_comes_first(session, auditor, now):
    for number in range(21):
        note(session, now + timedelta(seconds=number), f"test.step{number:02}")
    first, second = auditor.get("/audit").text, auditor.get("/audit?page=2").text
    assert "21 entries" in first
    assert first.index("test.step20</h2>") < first.index("test.step01</h2>")
    assert "test.step00</h2>" not in first
    assert "test.step00</h2>" in second


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"test.early", "test.late"}),
        ("?action=test.early", {"test.early"}),
        ("?type=scenarios", {"test.late"}),
        ("?subject=00000000-0000-0000-0000-000000000001", {"test.early"}),
        ("?subject=no+id", set()),
        ("?q=needle", {"test.late"}),
        ("?q=NEEDLE+other", set()),
        ("?actor=zhao", {"test.early"}),
        ("?actor=nobody", set()),
        ("?since={today}", {"test.late"}),
        ("?until={yesterday}", {"test.early"}),
        ("?until=9999-12-31&since=0001-01-01", {"test.early", "test.late"}),
        ("?since=soon&until=2026-13-01", {"test.early", "test.late"}),
        ("?action=test.late&type=users", set()),
    ],
)
def test_filters_narrow_the_list_and_the_export_alike(session, auditor, now, query, found):
    person = UserFactory(name="Zhao Min")
    yesterday = now - timedelta(days=1)
    note(session, yesterday, "test.early", Actor(person.id, "Zhao Min"), Subject("users", uuid.UUID(int=1)))
    note(session, now, "test.late", subject=Subject("scenarios", uuid.UUID(int=2)), after={"text": "a needle"})
    query = query.format(today=shanghai_day(now), yesterday=shanghai_day(yesterday))
    page = auditor.get(f"/audit{query}").text
    assert {action for action in ("test.early", "test.late") if f"<h2>{action}</h2>" in page} == found
    assert {row["action"] for row in rows_of(auditor, query)} == found
    assert {line["action"] for line in lines_of(auditor, query)} == found


def test_an_empty_list_says_what_to_do(auditor):
    assert "No entry fits" in auditor.get("/audit?q=nothing").text


def test_the_page_takes_a_fixed_number_of_statements(session, auditor, now, statements):
    counts = []
    for _ in range(2):
        for _ in range(5):
            note(session, now, actor=actor_of(UserFactory()))
        with statements() as seen:
            auditor.get("/audit")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


# ---- export


def test_the_export_is_a_download_in_order_of_time_without_chain_numbers(session, auditor, now, monkeypatch):
    monkeypatch.setattr("app.audit.queries.BATCH", 2)
    for number in range(5):
        note(session, now + timedelta(seconds=number), f"test.step{number}", after={"number": number})
    answer = auditor.get("/audit/export.csv", buffered=True)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=kaijing-audit-")
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = rows_of(auditor)
    assert [row["action"] for row in rows] == [f"test.step{number}" for number in range(5)]
    assert "seq" not in rows[0]
    assert auditor.get("/audit/export.xlsx").status_code == 404


def test_a_formula_in_an_export_stays_text(session, auditor, now):
    note(session, now, actor=Actor(uuid.uuid4(), "@SUM(A1)"), after={"+field": '=HYPERLINK("http://evil")'})
    (row,) = rows_of(auditor)
    assert (row["actor"], row["field"], row["after"]) == ("'@SUM(A1)", "'+field", '\'=HYPERLINK("http://evil")')


# ---- seals


def everything(client):
    """All that the auditor can fetch, in one text, but for the token against forged requests."""
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", client.get("/audit").text)
    return page + str(rows_of(client)) + str(lines_of(client))


def test_a_sealed_solution_leaves_no_trace_until_its_seal_is_opened(session, world, auditor, tmp_path):
    scenario = world.scenario(sealed=True)
    session.commit()
    before = everything(auditor)
    solution = world.submitted(scenario)
    solutions.begin_revision(session, solution, actor=world.chip(), now=world.now)
    upload = FileStorage(io.BytesIO(b"%PDF-1.4 1 0 obj endobj trailer %%EOF"), "approach.pdf")
    solutions.attach_file(session, solution, upload, into=Store(tmp_path, 10**6), actor=world.chip(), now=world.now)
    session.commit()
    hidden = session.scalars(select(AuditDetail.action).where(AuditDetail.seal_id == scenario.id)).all()
    assert {"solutions.start", "solutions.submit", "attachment.stored"} <= set(hidden)
    assert everything(auditor) == before
    assert rows_of(auditor, f"?subject={solution.id}") == []
    assert "Solution submitted" not in auditor.get("/audit").text
    assert history(session, {"solutions": [solution.id]}) == []
    scenario_id = scenario.id
    world.close()
    session.commit()
    assert "Solution submitted" in auditor.get("/audit").text
    shown = {line["action"] for line in lines_of(auditor)}
    assert set(hidden) <= shown
    assert session.get(type(scenario), scenario_id) is not None


def test_a_cancelled_scenario_stays_sealed(session, world, auditor):
    scenario = world.scenario(sealed=True)
    world.submitted(scenario)
    scenarios.cancel(session, scenario, reason="Budget cut.", actor=world.anchor(), now=world.now)
    session.commit()
    assert "Scenario withdrawn by the firm" in auditor.get("/audit").text
    assert not [line for line in lines_of(auditor) if line["action"].startswith("solutions.")]


def test_the_history_of_a_record_is_its_own(session, world):
    scenario = world.scenario()
    session.commit()
    entries = history(session, {"scenarios": [scenario.id]})
    assert [entry.action for entry in entries][:2] == ["scenario.approved", "scenario.submitted"]
    assert {entry.subject_id for entry in entries} == {scenario.id}
