"""Challenges of another platform come in as drafts: all or none, without markup, and are found once they are open."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actor import VISITOR
from app.discovery.index import engine
from app.discovery.listing import request_of
from app.discovery.shapes import SCENARIOS, Wanted
from app.errors import Invalid
from app.scenarios import operations
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.operations.importing import plain_text
from tests.factories import scenarios as make
from tests.factories.organizations import OrganizationFactory, firm_actor, reviewer

FEED = Path(__file__).parents[1] / "data" / "challenges" / "challenge_gov_open.json"
RECORDS = json.loads(FEED.read_text(encoding="utf-8"))


@pytest.fixture
def owner(session):
    return firm_actor(anchor=True)


@pytest.fixture
def run(app, owner, session, tmp_path):
    """`run(records)`: the command with these records in a file."""

    def invoke(records, organization=None):
        file = tmp_path / "challenges.json"
        file.write_text(records if isinstance(records, str) else json.dumps(records), encoding="utf-8")
        session.commit()
        arguments = ["import", "challenges", str(file), "--organization", str(organization or owner.organization_id)]
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


def record(**changes):
    return {"challenge-id": "1", "challenge-title": "Power Play", "submission-end": "2021/11/03 8:00 PM", **changes}


def test_the_real_challenges_come_in_as_drafts_of_the_firm_and_a_second_time_change_nothing(run, session, owner):
    assert run(RECORDS).output == "29 drafts\n"
    drafts = session.scalars(select(Scenario)).all()
    assert len(drafts) == 29
    assert {draft.status for draft in drafts} == {ScenarioStatus.DRAFT}
    assert {draft.organization_id for draft in drafts} == {owner.organization_id}
    for draft in drafts:
        for text in (draft.title, draft.background, draft.need, draft.benefit):
            assert "<" not in text.replace("< ", ""), draft.title
            assert "&nbsp;" not in text
            assert "&amp;" not in text
    first = next(draft for draft in drafts if draft.title == "EcoTox TARGET Challenge")
    assert first.closes_at == datetime(2021, 12, 4, 4, 59, tzinfo=UTC)
    assert "Environmental Protection Agency" in first.background
    assert "Submissions: 2020-03-19 12:00 to 2021-12-03 23:59 (US Eastern)" in first.background
    assert "Total prize: USD 300,000" in first.background
    assert "• Informational Webinar" in first.need
    first.title = "Mine now"
    assert run(RECORDS).exit_code == 0
    assert session.scalar(select(func.count()).select_from(Scenario)) == 29
    assert session.get_one(Scenario, first.id).title == "Mine now"


def test_each_is_found_in_english_once_it_is_open(run, session, owner, now, indexed):
    run(RECORDS)
    judge = reviewer()
    values = make.scenario_values(now)
    missing = {name: values[name] for name in values if name not in {"title", "public_title", "background", "need", "benefit"}}
    for draft in session.scalars(select(Scenario)).all():
        benefit = {} if draft.benefit else {"benefit": "A prize."}
        operations.save_draft(session, draft, {**missing, **benefit}, actor=owner, now=now)
        operations.submit(session, draft, actor=owner, now=now)
        operations.approve(session, draft, actor=judge, now=now)
    indexed()
    for row in RECORDS:
        found = engine().search(request_of(VISITOR, Wanted(SCENARIOS, row["challenge-title"]), now))
        title = " ".join(row["challenge-title"].split())
        assert session.get_one(Scenario, uuid.UUID(found.hits[0].record)).title == title
    words = {
        "retinal organoids": "NEI 3-D Retina Organoid Challenge (3-D ROC), Phase III",
        "gene expression fish": "EcoTox TARGET Challenge",
        "perovskite solar startups": "Perovskite Startup Prize",
        "mobile fingerprint contactless": "The Mobile Fingerprinting",
    }
    for query, title in words.items():
        hits = engine().search(request_of(VISITOR, Wanted(SCENARIOS, query), now)).hits[:3]
        assert any(session.get_one(Scenario, uuid.UUID(hit.record)).title.startswith(title) for hit in hits), query


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ({"submission-end": "next week"}, "2 submission-end"),
        ({"submission-end": "2021/13/40 1:00 PM"}, "2 submission-end"),
        ({"submission-start": "2021/10/14 14:00 PM"}, "2 submission-start"),
        ({"total-prize-offered-cash": "a lot"}, "2 total-prize-offered-cash"),
        ({"challenge-title": " "}, "2 title"),
        ({"challenge-title": "x" * 201}, "2 title"),
        ({"challenge-title": 7}, "2 challenge-title"),
        ({"challenge-id": ""}, "2 challenge-id"),
        ({"description": "x" * 20_001}, "2 need"),
        ({"description": ["x"]}, "2 description"),
    ],
)
def test_one_wrong_field_keeps_everything_out_and_is_named(run, session, bad, place):
    result = run([record(), record(**{"challenge-id": "2", **bad})])
    assert result.exit_code == 1
    assert f"record {place}: " in result.output
    assert "nothing was imported" in result.output
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Scenario)) == 0


@pytest.mark.parametrize("text", ["{", "{}", '"x"', "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")])
def test_a_file_that_is_no_list_of_records_is_refused(run, text):
    assert run(text).exit_code == 1


def test_records_that_are_none_and_firms_that_do_not_open_scenarios_are_refused(run, session):
    assert "record 1 : " in run([7]).output
    chip = firm_actor()
    session.flush()
    assert "nothing was imported" in run([record()], organization=chip.organization_id).output
    nobody = OrganizationFactory(anchor=True)
    session.flush()
    assert "no owner" in run([record()], organization=nobody.id).output
    assert session.scalar(select(func.count()).select_from(Scenario)) == 0


def test_dates_and_amounts_as_the_feed_writes_them(session, owner, now):
    ways = {
        "2020/03/19 12 p.m.": datetime(2020, 3, 19, 16, tzinfo=UTC),
        "2021/10/14 11:00 AM ET": datetime(2021, 10, 14, 15, tzinfo=UTC),
        "2021/9/16 8:00 AM": datetime(2021, 9, 16, 12, tzinfo=UTC),
        "2021/04/08 12:00 AM": datetime(2021, 4, 8, 4, tzinfo=UTC),
        "2021/08/31": datetime(2021, 8, 31, 4, tzinfo=UTC),
        "2022/01/31 8:00 AM ": datetime(2022, 1, 31, 13, tzinfo=UTC),
        "": None,
    }
    records = [record(**{"challenge-id": str(n), "submission-end": text}) for n, text in enumerate(ways)]
    drafts = operations.import_challenges(session, records, organization_id=owner.organization_id, actor=owner, now=now)
    assert [draft.closes_at for draft in drafts] == list(ways.values())
    with pytest.raises(Invalid):
        operations.import_challenges(session, [{}], organization_id=owner.organization_id, actor=owner, now=now)


def test_markup_becomes_lines_of_text():
    html = (
        '<p>One&nbsp;&amp; two</p><ul><li>a</li><li><a href="javascript:x">b</a></li></ul>'
        "<script>alert(1)</script><style>p{}</style>x<br>y"
    )
    assert plain_text(html) == "One & two\n• a\n• b\nx\ny"
    assert plain_text("a < b and c > d") == "a < b and c > d"
