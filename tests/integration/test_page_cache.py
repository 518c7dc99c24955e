"""Visitors' pages that are handed out again: never stale, never mixed up, never somebody's own."""

import time

import pytest
from flask import Response
from flask import session as cookie_session

from app.page_cache import MOST_PAGES, PageCache, same_for_visitors
from app.scenarios import operations as scenarios
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import firm_actor
from tests.integration.test_api import bearer

ENGLISH, CHINESE = {"Accept-Language": "en"}, {"Accept-Language": "zh-CN"}
# what tells whether the kept page still holds
LOOKS = 1


@pytest.fixture(autouse=True)
def keeping(app):
    app.config["VISITOR_PAGE_SECONDS"] = 600
    app.extensions.pop("page_cache", None)


@pytest.fixture
def owner(session):
    return firm_actor(anchor=True)


@pytest.fixture
def reviewer(session):
    return actor_of(UserFactory(is_reviewer=True))


@pytest.fixture
def effort(statements):
    """How many statements a request takes."""

    def count(client, path="/", **headers):
        with statements() as seen:
            assert client.get(path, headers=headers or ENGLISH).status_code == 200
        return len(seen)

    return count


@pytest.mark.parametrize(
    "path",
    [
        "/", "/progress", "/scenarios", "/products", "/organizations", "/projects", "scenario", "/api/v1/scenarios",
        "/api/v1/products", "/api/v1/projects", "/api/v1/domains",
    ],
)  # fmt: skip
def test_the_next_visitor_gets_the_same_page_for_one_statement(app, client, session, owner, reviewer, now, effort, path):
    path = f"/scenarios/{make.open_scenario(owner, reviewer, now).id}" if path == "scenario" else path
    first = client.get(path, headers=ENGLISH)
    assert effort(app.test_client(), path) == LOOKS
    assert app.test_client().get(path, headers=ENGLISH).data == first.data


def test_a_change_is_seen_by_the_very_next_request(client, session, owner, reviewer, now):
    assert "Nothing is open now" in client.get("/", headers=ENGLISH).text
    scenario = make.open_scenario(owner, reviewer, now)
    assert scenario.title in client.get("/", headers=ENGLISH).text
    scenarios.cancel(session, scenario, reason="Not needed any more.", actor=owner, now=now)
    assert "Nothing is open now" in client.get("/", headers=ENGLISH).text


def test_what_the_worker_has_carried_out_is_seen_by_the_very_next_request(client, owner, reviewer, now, worker, effort):
    make.open_scenario(owner, reviewer, now)
    assert effort(client) > LOOKS
    assert effort(client) == LOOKS
    assert worker() > 0
    assert effort(client) > LOOKS


def test_a_page_that_does_not_exist_is_not_kept(client, session, owner, reviewer, now):
    scenario = make.submitted_scenario(owner, now)
    path = f"/scenarios/{scenario.id}"
    assert client.get(path).status_code == 404
    scenarios.approve(session, scenario, actor=reviewer, now=now)
    assert client.get(path).status_code == 200


def test_somebody_signed_in_neither_gets_a_kept_page_nor_leaves_one(app, client, sign_in, effort):
    user = UserFactory(name="Zhou Mingyuan")
    member = sign_in(user)
    assert effort(member) > LOOKS
    visitors = client.get("/", headers=ENGLISH).text
    assert user.name not in visitors
    assert "Sign in" in visitors
    assert user.name in member.get("/", headers=ENGLISH).text
    assert user.name not in app.test_client().get("/", headers=ENGLISH).text


def test_credentials_in_a_header_go_past_the_kept_page(client, effort):
    assert effort(client) > LOOKS
    assert effort(client, **ENGLISH, Authorization="Bearer token") > LOOKS


def test_languages_do_not_mix(client):
    for _ in range(2):
        assert '<html lang="en">' in client.get("/", headers=ENGLISH).text
        assert '<html lang="zh-CN">' in client.get("/", headers=CHINESE).text


def test_a_language_chosen_in_one_browser_stays_there(app, client):
    client.get("/", headers=CHINESE)
    client.get("/language/en")
    assert '<html lang="en">' in client.get("/", headers=CHINESE).text
    assert '<html lang="zh-CN">' in app.test_client().get("/", headers=CHINESE).text


def test_a_message_for_one_visitor_is_not_shown_to_another(app, client):
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("success", "Your account has been deleted.")]
    assert "Your account has been deleted." in client.get("/", headers=ENGLISH).text
    assert "Your account has been deleted." not in app.test_client().get("/", headers=ENGLISH).text


def test_addresses_do_not_mix(client):
    first = client.get("/?from=here", headers=ENGLISH).text
    assert "from%3Dhere" in first
    assert "from%3Dhere" not in client.get("/", headers=ENGLISH).text


def test_a_page_is_made_again_after_its_time(app, client, effort):
    app.config["VISITOR_PAGE_SECONDS"] = 0.05
    assert effort(client) > LOOKS
    time.sleep(0.06)
    assert effort(client) > LOOKS


def test_with_no_time_nothing_is_kept(app, client, effort):
    app.config["VISITOR_PAGE_SECONDS"] = 0
    assert effort(client) == effort(client) > LOOKS


def test_an_answer_that_writes_to_the_session_is_not_kept(app):
    answers = iter(("first", "second"))

    @same_for_visitors
    def view():
        cookie_session["token"] = "secret"
        return next(answers)

    assert [_answer(app, view) for _ in range(2)] == ["first", "second"]


def _answer(app, view):
    with app.test_request_context("/"):
        return view().get_data(as_text=True)


def test_a_browser_that_has_the_page_is_told_so(app, client, session, owner, reviewer, now):
    first = client.get("/", headers=ENGLISH)
    again = app.test_client().get("/", headers={**ENGLISH, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert {"Accept-Language", "Cookie"} <= set(first.vary)
    assert first.headers["Cache-Control"] == "no-cache"
    make.open_scenario(owner, reviewer, now)
    assert app.test_client().get("/", headers={**ENGLISH, "If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_kept_page_carries_the_same_headers_and_no_cookie(app, client):
    made, kept = client.get("/", headers=ENGLISH), app.test_client().get("/", headers=ENGLISH)
    assert kept.headers["Content-Security-Policy"] == made.headers["Content-Security-Policy"]
    assert kept.content_type == made.content_type == "text/html; charset=utf-8"
    assert "Set-Cookie" not in kept.headers


def test_a_limit_counts_kept_pages_too(app, client, rate_limits):
    remaining = [int(client.get("/", headers=ENGLISH).headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert remaining == sorted(remaining, reverse=True)
    assert len(set(remaining)) == len(remaining)


def test_a_list_of_the_api_is_kept_as_json_for_visitors_alone(client, session, owner, reviewer, now):
    scenario = make.open_scenario(owner, reviewer, now)
    make.draft_scenario(owner, now)
    kept = [client.get("/api/v1/scenarios", headers=ENGLISH) for _ in range(2)]
    assert [answer.content_type for answer in kept] == ["application/json"] * 2
    assert kept[1].json["items"][0]["id"] == str(scenario.id)
    assert (kept[1].headers["Cache-Control"], "Authorization" in kept[1].vary) == ("public, no-cache", True)
    assert client.get("/api/v1/scenarios", headers={**ENGLISH, "Authorization": "Bearer no"}).status_code == 401
    assert client.get("/api/v1/scenarios", headers={**ENGLISH, **bearer(UserFactory(), now)}).headers.get("ETag") is None
    scenarios.cancel(session, scenario, reason="Not needed any more.", actor=owner, now=now)
    assert client.get("/api/v1/scenarios", headers=ENGLISH).json["items"][0]["status"] == "cancelled"


def test_there_is_room_for_so_many_pages_and_no_more():
    cache = PageCache()
    for number in range(3 * MOST_PAGES):
        cache.put(number, "state", Response("page"), 60)
        assert cache.get(number, "state")
        assert len(cache._pages) <= MOST_PAGES
