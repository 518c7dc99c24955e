"""The lists and the search over all: found, filtered, counted, sorted, suggested, subscribed to; whatever is typed."""

import re
import shutil
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import quote

import pytest

from app.actor import VISITOR
from app.discovery.documents import budget_band
from app.discovery.index import engine
from app.discovery.rows import Found, rows_of, vocabulary
from app.organizations.models import Organization
from app.projects import operations as projects
from app.scenarios.models import AwardKind, Confidentiality
from search_index.engine import Piece
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of, reviewer
from tests.factories.products import product_of
from tests.support.bad_queries import BAD_QUERIES

ATOM = {"a": "http://www.w3.org/2005/Atom"}
LISTS = ("/scenarios", "/products", "/organizations", "/projects", "/search")
CHINESE = {"Accept-Language": "zh"}


@pytest.fixture
def people(session):
    class People:
        owner = firm_actor(anchor=True)
        reviewer = reviewer()
        chip_user = member_of(OrganizationFactory())
        chip = actor_of(chip_user)

    return People


@pytest.fixture
def opened(people, now):
    return lambda **changes: make.open_scenario(people.owner, people.reviewer, now, **changes)


def plain(answer):
    """A page's text without marks."""
    assert answer.status_code == 200
    return unescape(answer.text).replace("<mark>", "").replace("</mark>", "")


def titles(answer):
    """The titles of the hits, in their order."""
    return re.findall(r'<article class="hit"><div>\s*<h2><a href="[^"]+">([^<]*)</a>', plain(answer))


def counts(answer, facet):
    """How many each choice of a facet would leave."""
    found = re.findall(rf'name="{facet}" value="([^"]+)"[^>]*>[^<]*<span>(\d+)</span>', answer.text)
    return {code: int(count) for code, count in found}


# ---- finding


def test_every_kind_of_record_is_found_in_either_language_on_its_list_and_by_the_search_over_all(session, now, client, indexed):
    world = MatchWorld(session, now)
    world.programme()
    world.notice_days(0)
    project = world.project(title="路口毫米波雷达")
    product = world.product(name="毫米波雷达芯片")
    firm = OrganizationFactory(profile_zh="专注毫米波雷达。")
    indexed()
    found = {"/scenarios": project.scenario_id, "/products": product.id, "/organizations": firm.id, "/projects": project.id}
    for query in ("毫米波雷达", "mmWave radar"):
        for address, record in found.items():
            path = f"{address}/{record}"
            assert f'href="{path}"' in client.get(f"{address}?q={quote(query)}").text, (address, query)
            assert f'href="{path}"' in client.get(f"/search?q={quote(query)}").text, (address, query)
    everywhere = client.get("/search?q=毫米波雷达")
    assert counts(everywhere, "kind") == {"scenario": 1, "product": 1, "organization": 1, "project": 1}
    only = client.get("/search?q=毫米波雷达&kind=product")
    assert titles(only) == ["毫米波雷达芯片"]
    assert ">Product</span>" in only.text


def test_what_was_hit_is_marked_and_nothing_else_is_markup(opened, client, indexed):
    opened(title="<b>毫米波</b>雷达", need="需要 <script>alert(1)</script> 毫米波雷达方案")
    indexed()
    html = client.get("/scenarios?q=毫米波").text
    assert "<mark>毫米波</mark>" in html
    assert "&lt;b&gt;" in html
    assert "<script>alert" not in html
    assert "<mark>" not in client.get("/scenarios").text


def test_each_facet_counts_what_the_others_leave(opened, client, indexed, now):
    soon = {"closes_at": now + timedelta(days=5), "questions_close_at": now + timedelta(days=2)}
    opened(title="甲", domain_code="iov", award_kind=AwardKind.TRIAL, **soon)
    opened(title="乙", domain_code="ai", award_kind=AwardKind.TRIAL, budget_min=None, budget_max=None)
    opened(title="丙", domain_code="ai", award_kind=AwardKind.BOUNTY, tracks=["design", "packaging"])
    indexed()
    every = client.get("/scenarios")
    assert counts(every, "domain") == {"iov": 1, "ai": 2}
    assert counts(every, "award") == {"trial": 2, "bounty": 1}
    assert counts(every, "closing") == {"7": 1, "30": 3}
    assert counts(every, "budget") == {"50-200": 2, "negotiable": 1}
    assert counts(every, "track") == {"design": 3, "packaging": 1}
    some = client.get("/scenarios?domain=ai&award=trial")
    assert titles(some) == ["乙"]
    assert counts(some, "domain") == {"iov": 1, "ai": 1}
    assert counts(some, "award") == {"trial": 1, "bounty": 1}
    assert titles(client.get("/scenarios?closing=7")) == ["甲"]
    assert sorted(titles(client.get("/scenarios?domain=ai&domain=iov&budget=50-200"))) == ["丙", "甲"]


def test_a_filter_that_is_set_can_be_taken_away_one_by_one_or_all_together(opened, client, indexed):
    opened()
    indexed()
    html = unescape(client.get("/scenarios?q=雷达&domain=iov&domain=ai&area=dushu").text)
    assert 'aria-label="Remove the filter Internet of vehicles"' in html
    removed = re.search(r'<a href="([^"]+)" aria-label="Remove the filter Internet', html)[1]
    assert "domain=ai" in removed
    assert "domain=iov" not in removed
    assert "area=dushu" in removed
    assert f'href="/scenarios?q={quote("雷达")}"' in html
    assert 'value="iov" checked' in html


def test_orders_of_the_list(opened, client, indexed, now):
    opened(title="晚", closes_at=now + timedelta(days=15), budget_max=Decimal(900_000))
    opened(title="早", closes_at=now + timedelta(days=11), budget_max=Decimal(600_000))
    closed = opened(title="过", closes_at=now + timedelta(days=10), budget_max=None, budget_min=None)
    make.close_by_time(closed)
    indexed()
    assert titles(client.get("/scenarios")) == ["早", "晚", "过"]
    assert titles(client.get("/scenarios?sort=budget")) == ["晚", "早", "过"]
    assert titles(client.get("/scenarios?sort=nonsense")) == ["早", "晚", "过"]
    assert len(titles(client.get("/scenarios?sort=newest"))) == 3
    assert '<option value="relevance" selected>' in client.get("/scenarios?q=雷达").text


def test_the_budget_is_no_order_for_those_who_do_not_see_it(opened, client, indexed):
    opened(title="公开", budget_max=Decimal(600_000))
    opened(public_title="隐藏", confidentiality=Confidentiality.VERIFIED, budget_max=Decimal(90_000_000))
    indexed()
    assert titles(client.get("/scenarios?sort=budget")) == ["公开", "隐藏"]
    assert counts(client.get("/scenarios"), "budget") == {"50-200": 1}


def test_drafts_stand_in_the_list_only_for_their_firm_and_only_when_asked_for(people, session, now, sign_in, client, indexed):
    make.draft_scenario(people.owner, now, title="草稿雷达")
    indexed()
    owner = sign_in(session.get_one(type(people.chip_user), people.owner.user_id))
    assert titles(owner.get("/scenarios")) == []
    assert counts(owner.get("/scenarios"), "status") == {"draft": 1}
    assert titles(owner.get("/scenarios?status=draft")) == ["草稿雷达"]
    assert titles(owner.get("/search?q=草稿雷达")) == ["草稿雷达"]
    for address in ("/scenarios", "/scenarios?status=draft", "/search?q=草稿雷达"):
        assert "草稿雷达" not in re.sub(r'value="[^"]*"|<title>[^<]*', "", client.get(address).text)
    assert counts(client.get("/scenarios"), "status") == {}


def test_an_empty_list_has_a_way_on(client, indexed):
    indexed()
    for address in LISTS:
        html = client.get(f"{address}?q=zzzz&area=dushu").text
        assert "use fewer words" in html, address
        assert f'<a class="btn" href="{address}">' in html, address
        assert "As soon as there is something" in client.get(address).text or address in {"/organizations", "/search"}


def test_a_misspelt_word_is_put_right_and_words_that_do_not_occur_together_find_some(opened, client, indexed):
    opened(title="毫米波雷达芯片")
    opened(title="碳化硅驱动")
    opened(title="氮化镓功放")
    indexed()
    html = client.get("/scenarios?q=毫米拨雷达").text
    assert f'href="/scenarios?q={quote("毫米波雷达")}"' in html
    assert "Did you mean" in html
    assert "Nothing has all of these words" in client.get("/scenarios?q=碳化硅 氮化镓").text


def test_the_rows_say_what_their_readers_may_know(opened, people, client, sign_in, indexed, session):
    opened(title="完整标题", public_title="公开标题", confidentiality=Confidentiality.VERIFIED, sealed=True)
    indexed()
    minimum, whole = plain(client.get("/scenarios?q=标题")), plain(sign_in(people.chip_user).get("/scenarios?q=标题"))
    assert "公开标题" in minimum
    assert "Verified firms read the whole scenario." in minimum
    for hidden in ("完整标题", "寻找 76～81 GHz", "Sealed", "CNY"):
        assert hidden not in minimum.replace('value="标题"', ""), hidden
    assert "完整标题" in whole
    assert "Sealed" in whole
    assert "CNY 500,000–2,000,000" in whole


def test_what_the_index_still_shows_and_the_database_no_longer_does_is_not_shown(session, opened, client, indexed, people):
    scenario = opened(title="刚刚公开")
    product = product_of(people.chip, scenario.opened_at)
    indexed()
    scenario.confidentiality, scenario.public_title = Confidentiality.VERIFIED, "最低限度"
    session.get_one(Organization, product.organization_id).status = "refused"
    session.get_one(Organization, product.organization_id).verified_at = None
    session.get_one(Organization, product.organization_id).refusal_reason = "No"
    session.commit()
    assert titles(client.get("/scenarios?q=刚刚公开")) == ["最低限度"]
    assert titles(client.get("/products")) == []
    highlights = {"title": [Piece("刚刚公开", hit=True)]}
    (row,) = rows_of(session, VISITOR, [Found("scenario", scenario.id, highlights)], vocabulary(session), scenario.opened_at)
    assert row.title == "最低限度"


def test_projects_of_one_s_own_firms_and_behind_a_figure_are_lists_of_their_own(session, now, client, sign_in, indexed):
    world = MatchWorld(session, now)
    world.programme()
    world.notice_days(0)
    project = world.project()
    projects.request_acceptance(session, project, actor=world.chip(), now=world.later)
    indexed()
    assert counts(client.get("/projects"), "status") == {"acceptance_requested": 1}
    assert project.number in client.get(f"/projects?q={project.number}").text
    assert project.number in sign_in(world.users["chip"]).get("/projects?mine=1").text
    assert "No project here" in sign_in(UserFactory()).get("/projects?programme=now&figure=accepted").text


def test_band_of_a_budget():
    assert [budget_band(None, None), budget_band(None, 500_000), budget_band(500_001, None), budget_band(1, 5_000_001)] == [
        "negotiable", "0-50", "50-200", "500-",
    ]  # fmt: skip


# ---- whatever is typed


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: query[:24])
def test_anything_typed_is_answered(client, opened, indexed, query):
    opened()
    indexed()
    client.get("/search")
    for address in (*LISTS, "/search/suggestions", "/feeds/search.atom"):
        assert client.get(f"{address}?{query}").status_code == 200, address


# ---- suggestions and feeds


def test_suggestions_complete_what_is_typed_also_in_pinyin_and_lead_to_the_record(opened, people, sign_in, client, indexed):
    scenario = opened(title="毫米波雷达收发芯片")
    opened(title="毫米波秘密", public_title="别的", confidentiality=Confidentiality.INVITED)
    indexed()
    for typed in ("毫米", "haomibo", "hmb"):
        found = client.get(f"/search/suggestions?q={quote(typed)}").json
        assert {"text": "毫米波雷达收发芯片", "url": f"/scenarios/{scenario.id}"} in found, typed
        assert "秘密" not in str(found), typed
    assert str(scenario.id) not in client.get("/search/suggestions?q=毫米&list=products").text
    assert client.get("/search/suggestions?q=x&list=nothing").status_code == 404
    html = client.get("/scenarios").text
    assert 'data-suggestions="/search/suggestions?list=scenarios"' in html


def test_a_feed_is_atom_and_holds_what_a_visitor_sees_the_newest_first_whoever_asks(opened, people, sign_in, client, indexed):
    first = opened(title="雷达 & <芯片>")
    second = opened(title="内部雷达", public_title="公开雷达", confidentiality=Confidentiality.VERIFIED)
    opened(title="受邀雷达", public_title="不见", confidentiality=Confidentiality.INVITED)
    indexed()
    address = f"/feeds/scenarios.atom?q={quote('雷达')}"
    answer = sign_in(people.chip_user).get(address)
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.text.strip())
    assert feed.find("a:id", ATOM).text == f"http://localhost{address}"
    assert feed.find("a:title", ATOM).text.startswith("雷达")
    entries = feed.findall("a:entry", ATOM)
    assert {entry.find("a:id", ATOM).text for entry in entries} == {f"urn:uuid:{first.id}", f"urn:uuid:{second.id}"}
    assert {entry.find("a:title", ATOM).text for entry in entries} == {"雷达 & <芯片>", "公开雷达"}
    for part in (feed, *entries):
        assert datetime.fromisoformat(part.find("a:updated", ATOM).text).tzinfo is not None
        assert part.find("a:link[@rel='alternate']", ATOM).get("href").startswith("http://localhost/")
    assert feed.find("a:author/a:name", ATOM).text
    assert [e.find("a:id", ATOM).text for e in entries] == [
        e.find("a:id", ATOM).text for e in ElementTree.fromstring(client.get(address).text.strip()).findall("a:entry", ATOM)
    ]
    page = client.get(f"/scenarios?q={quote('雷达')}").text
    assert f'type="application/atom+xml" title="Scenarios" href="{address}"' in unescape(page)
    assert client.get("/feeds/nothing.atom").status_code == 404


# ---- without an index


def test_an_index_that_vanishes_under_a_running_server_leaves_plain_lists_with_a_notice(
    app, session, opened, people, now, client, indexed, statements
):
    opened(title="毫米波雷达")
    product_of(people.chip, now, name="雷达芯片")
    OrganizationFactory(name_en="Radar House", profile_en="radar")
    indexed()
    assert counts(client.get("/scenarios"), "domain") == {"iov": 1}
    shutil.rmtree(app.config["SEARCH_URL"].removeprefix("whoosh:"))
    assert client.get("/readyz").json["degraded"] == ["index"]
    assert client.get("/search/suggestions?q=毫米").json == []
    for address, query, title in (
        ("/scenarios", "雷达", "毫米波雷达"), ("/products", "雷达", "雷达芯片"), ("/organizations", "radar", "Radar House"),
        ("/search", "雷达", "毫米波雷达"),
    ):  # fmt: skip
        answer = client.get(f"{address}?q={quote(query)}&domain=ai")
        assert "The search index is being made." in answer.text, address
        assert title in titles(answer), address
        assert 'type="checkbox"' not in answer.text
    assert titles(client.get("/search?q=nothing-at-all")) == []
    assert "<feed" in client.get("/feeds/scenarios.atom").text
    indexed()
    assert client.get("/readyz").json["degraded"] == []
    assert "The search index is being made." not in client.get("/scenarios").text
    assert engine().status().documents > 0
