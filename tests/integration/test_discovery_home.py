"""The home page, the language, and the frame around every page."""

import re
from datetime import timedelta

import pytest

from app.clock import shanghai_day
from app.projects.models import Programme
from app.scenarios.models import Confidentiality
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import MembershipFactory, OrganizationFactory, firm_actor, member_of

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def owner(session):
    return firm_actor(anchor=True)


@pytest.fixture
def reviewer(session):
    return actor_of(UserFactory(is_reviewer=True))


def home(client) -> str:
    return client.get("/", headers=ENGLISH).get_data(as_text=True)


def test_an_empty_platform_says_what_will_stand_here(client):
    page = home(client)
    assert "Nothing is open now" in page
    assert "Nothing new yet" in page


def test_an_open_scenario_is_told_with_firm_requirements_budget_and_time_left(client, owner, reviewer, now):
    make.open_scenario(owner, reviewer, now)
    page = home(client)
    assert page.count("77 GHz 前向毫米波雷达收发芯片国产验证") == 2
    assert "2 requirements" in page
    assert "CNY 500,000–2,000,000" in page
    assert "19 d left" in page
    assert "1 open scenario<" in page


def test_a_visitor_sees_no_more_than_the_public_minimum_of_a_scenario_for_verified_firms(client, sign_in, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now, confidentiality=Confidentiality.VERIFIED)
    page = home(client)
    assert scenario.public_title in page
    assert scenario.title not in page
    assert "CNY" not in page
    assert "2 requirements" not in page
    assert scenario.title in home(sign_in(member_of(OrganizationFactory())))


def test_a_scenario_for_invited_firms_is_neither_shown_nor_counted(client, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now, confidentiality=Confidentiality.INVITED)
    page = home(client)
    assert scenario.title not in page
    assert scenario.public_title not in page
    assert "<em>1</em>" not in page


def test_the_next_to_close_and_the_last_opened_stand_in_their_orders(client, owner, reviewer, now):
    for number in range(6):
        opened_at, closes_at = now - timedelta(hours=9 - number), now + timedelta(days=20 + number)
        make.open_scenario(owner, reviewer, opened_at, title=f"Scenario {number}", closes_at=closes_at)
    closing, newest = home(client).split("<h2>Closing soon</h2>")[1].split("<h2>Newest</h2>")
    assert re.findall(r">Scenario (\d)<", closing) == ["0", "1", "2", "3"]
    assert re.findall(r">Scenario (\d)<", newest) == ["5", "4", "3", "2"]


def test_a_scenario_whose_time_is_up_is_not_open_any_more(client, session, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now)
    scenario.questions_close_at, scenario.closes_at = now - timedelta(hours=2), now - timedelta(seconds=1)
    assert scenario.title not in home(client)


def test_the_ring_shows_what_counts_in_the_running_programme(client, session, now):
    today = shanghai_day(now)
    session.add(Programme(code="p", name_zh="计划", name_en="Plan", target=80, starts_on=today, ends_on=today + timedelta(days=9)))
    page = home(client)
    assert "0 of 80 projects count toward the target" in page


def test_a_programme_without_figures_shows_its_target_and_no_invented_number(client, session, now):
    today = shanghai_day(now)
    session.add(
        Programme(
            code="p",
            name_zh="计划",
            name_en="Plan",
            target=70,
            starts_on=today,
            ends_on=today + timedelta(days=9),
            has_figures=False,
        )
    )
    page = home(client)
    assert "Target: 70 projects" in page
    assert ">—</text>" in page


def test_home_takes_as_many_statements_for_many_scenarios_as_for_one(client, statements, owner, reviewer, now):
    make.open_scenario(owner, reviewer, now)
    with statements() as few:
        home(client)
    for _ in range(5):
        make.open_scenario(owner, reviewer, now)
    with statements() as many:
        home(client)
    assert len(many) == len(few) <= 5


def test_the_language_is_kept_and_one_comes_back_to_the_page(client):
    answer = client.get("/language/en?next=/language/zh_CN?next=/")
    assert answer.status_code == 302
    client.get("/language/en")
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "zh"}).text
    client.get("/language/zh_CN")
    assert '<html lang="zh-CN">' in home(client)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_language_leads_to_no_other_site(client, target):
    assert client.get("/language/en", query_string={"next": target}).location == "/"


def test_an_unknown_language_is_not_found(client):
    assert client.get("/language/tlh").status_code == 404


def test_the_frame_offers_a_visitor_to_sign_in_and_sets_no_cookie(client):
    answer = client.get("/", headers=ENGLISH)
    assert "Sign in" in answer.text
    assert "Sign out" not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("duty", "leads_to"),
    [
        ("is_reviewer", {"Review desk"}), ("is_admin", {"Users and roles", "Settings"}), ("is_operator", {"Settings"}),
        ("is_auditor", {"Audit log", "Review desk", "Users and roles", "Settings"}),
    ],
)  # fmt: skip
def test_the_menu_shows_each_duty_the_pages_that_it_reads(sign_in, duty, leads_to):
    entries = {"Review desk", "Users and roles", "Settings", "Audit log"}
    menu = home(sign_in(UserFactory(**{duty: True}))).partition("<main")[0]
    assert {name for name in entries if f">{name}</a>" in menu} == leads_to


def test_a_member_of_two_firms_chooses_for_which_to_act(sign_in):
    first, second = OrganizationFactory(), OrganizationFactory()
    user = member_of(first)
    assert "Acting for" not in home(sign_in(user))
    MembershipFactory(organization_id=second.id, user_id=user.id)
    page = home(sign_in(user))
    assert "Acting for" in page
    assert first.short_en in page
    assert second.short_en in page


def test_no_page_carries_inline_script_or_style(client, sign_in, owner, reviewer, now):
    make.open_scenario(owner, reviewer, now)
    for page in (home(client), home(sign_in(member_of(OrganizationFactory())))):
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick" not in page
        assert page.count("<script") == page.count("<script src=")
