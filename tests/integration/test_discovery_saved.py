"""Searches that people keep: told once of each new record, and only of what they may see by then."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.personal import erase, exported
from app.discovery import saved
from app.discovery.index import engine
from app.discovery.models import SavedSearch, SavedSearchHit
from app.discovery.shapes import EVERYTHING, SCENARIOS, Wanted
from app.errors import Forbidden, Invalid, NotFound
from app.notifications.models import MailPreference, Notification
from app.notifications.operations import set_preferences
from app.organizations.models import Organization
from app.scenarios import operations
from app.scenarios.models import Confidentiality
from app.worker import alert_saved_searches
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, firm_actor, member_of, reviewer

MINUTES = timedelta(minutes=11)


@pytest.fixture
def people(session):
    class People:
        owner = firm_actor(anchor=True)
        reviewer = reviewer()
        reader = UserFactory(email="reader@example.org")
        chip = member_of(OrganizationFactory())

    return People


@pytest.fixture
def opened(people, now):
    return lambda at=now, **changes: make.open_scenario(people.owner, people.reviewer, at, **changes)


@pytest.fixture
def keep(session, now):
    def run(user, query="雷达", shape=SCENARIOS, **chosen):
        wanted = Wanted(shape, query, {name: (code,) for name, code in chosen.items()})
        return saved.save_search(session, wanted, name=query or "All", alerts=True, actor=actor_of(user), now=now)

    return run


@pytest.fixture
def told(session, indexed):
    """`told(now)`: make the index anew, look for what is new, and return what people were told: a list of (user, titles)."""

    def run(now):
        indexed()
        before = set(session.scalars(select(Notification.id)))
        alert_saved_searches(session, now=now)
        session.commit()
        news = session.scalars(select(Notification).where(Notification.kind == saved.FOUND)).all()
        return [(one.user_id, one.params["titles"]) for one in news if one.id not in before]

    return run


def test_each_record_that_came_after_the_saving_is_told_once(session, people, opened, keep, told, now):
    opened(title="旧雷达")
    later = now + timedelta(minutes=1)
    keep(people.reader)
    session.scalars(select(SavedSearch)).one().since = later
    assert told(later + MINUTES) == []
    opened(later + MINUTES, title="新雷达")
    opened(later + MINUTES, title="新雷达二号", award_places=2)
    opened(later + MINUTES, title="别的芯片", need="别的", public_title="别的")
    ((user, titles),) = told(later + 2 * MINUTES)
    assert user == people.reader.id
    assert set(titles.split(" · ")) == {"新雷达", "新雷达二号"}
    assert told(later + 3 * MINUTES) == []
    assert session.scalar(select(func.count()).select_from(SavedSearchHit)) == 2


def test_a_search_is_looked_at_every_ten_minutes_and_only_while_it_tells(session, people, opened, keep, told, now):
    search = keep(people.reader)
    opened(now + MINUTES, title="雷达甲")
    assert told(now + timedelta(minutes=9)) == []
    saved.set_alerts(search, alerts=False, now=now)
    assert told(now + 2 * MINUTES) == []
    saved.set_alerts(search, alerts=True, now=now + 3 * MINUTES)
    assert told(now + 5 * MINUTES) == []  # what came while nothing was told stays untold
    opened(now + 5 * MINUTES, title="雷达乙")
    assert [titles for _user, titles in told(now + 7 * MINUTES)] == ["雷达乙"]


def test_people_are_told_only_of_what_they_may_see_when_they_may(session, people, opened, keep, told, now):
    keep(people.reader)
    keep(people.chip)
    moment = now + MINUTES
    opened(moment, title="内情雷达", public_title="外露雷达", confidentiality=Confidentiality.VERIFIED)
    hidden = opened(moment, title="密邀雷达", public_title="不露", confidentiality=Confidentiality.INVITED)
    opened(moment, title="密封雷达", public_title="", sealed=True)
    news = dict(told(now + 2 * MINUTES))
    assert set(news[people.reader.id].split(" · ")) == {"外露雷达", "密封雷达"}
    assert set(news[people.chip.id].split(" · ")) == {"内情雷达", "密封雷达"}
    firm = session.get_one(Organization, actor_of(people.chip).organization_id)
    operations.invite_firm(session, hidden, firm, actor=people.owner, now=moment)
    assert told(now + 4 * MINUTES) == [(people.chip.id, "密邀雷达")]


def test_a_draft_is_news_to_nobody(session, people, keep, told, now):
    keep(session.get_one(type(people.reader), people.owner.user_id), shape=EVERYTHING)
    make.draft_scenario(people.owner, now + MINUTES, title="雷达草稿")
    assert told(now + 2 * MINUTES) == []


def test_many_at_once_are_told_in_one_line(session, people, opened, keep, told, now):
    keep(people.reader)
    for number in range(7):
        opened(now + MINUTES, title=f"雷达{number}")
    ((_user, titles),) = told(now + 2 * MINUTES)
    assert titles.endswith(" …")
    assert titles.count(" · ") == 4


def test_nothing_is_looked_for_while_the_index_is_away(session, people, keep, now):
    search = keep(people.reader)
    assert saved.alert_due(session, index=engine(), now=now + MINUTES) == 0
    assert search.checked_at == now


def test_the_mail_carries_a_link_that_stops_it_without_signing_in(
    session, people, opened, keep, told, client, worker, mailbox, now
):
    search = keep(people.reader)
    opened(now, title="毫米波雷达")
    told(now + MINUTES)
    worker(now + MINUTES)
    text = mailbox.text("reader@example.org")
    assert "毫米波雷达" in text
    assert f"http://localhost/saved-searches/{search.id}" in text
    link = re.search(r"http://localhost(/saved-searches/stop/\S+)", text)[1]
    assert "No longer be told of new records" in client.get(link).text
    assert search.alerts
    assert "You are no longer told" in client.post(link).text
    session.refresh(search)
    assert not search.alerts
    assert "You are no longer told" in client.get(link).text
    assert client.get(link[:-3] + "xxx").status_code == 404
    session.delete(search)
    assert client.get(link).status_code == 404


def test_how_one_is_told_is_chosen_as_for_every_other_kind(session, people, opened, keep, told, sign_in, worker, mailbox, now):
    keep(people.reader)
    set_preferences(session, people.reader.id, {saved.FOUND: MailPreference.NEVER})
    opened(now, title="毫米波雷达")
    assert len(told(now + MINUTES)) == 1
    worker(now + MINUTES)
    assert mailbox.to("reader@example.org") == []
    reader = sign_in(people.reader)
    assert "New for your search “雷达”" in reader.get("/notifications").text
    assert "Something new for a search that I keep" in reader.get("/notifications/preferences").text


def test_a_search_is_kept_listed_changed_and_removed_on_its_pages(session, people, opened, sign_in, client, indexed):
    opened()
    indexed()
    reader = sign_in(people.reader)
    address = "/saved-searches/new/scenarios?q=雷达&domain=iov&sort=budget"
    assert client.get(address).status_code == 302
    page = reader.get(address).text
    assert 'value="雷达 · Internet of vehicles"' in page
    assert reader.post(address, data={"name": ""}).status_code == 422
    assert reader.post(address, data={"name": "Radar", "alerts": "y"}).location == "/saved-searches"
    search = session.scalars(select(SavedSearch)).one()
    assert (search.name, search.alerts, search.shape) == ("Radar", True, "scenarios")
    reader.post("/saved-searches/new/scenarios?sort=budget&domain=iov&q=雷达", data={"name": "Cars"})
    assert [(s.name, s.alerts) for s in session.scalars(select(SavedSearch)).all()] == [("Cars", False)]
    assert "Cars" in reader.get("/saved-searches").text
    opened_at = reader.get(f"/saved-searches/{search.id}").location
    assert opened_at.startswith("/scenarios?")
    assert "sort=newest" in opened_at
    assert "<mark>雷达</mark>" in reader.get(opened_at).text
    for choice, alerts in (("on", True), ("off", False)):
        reader.post(f"/saved-searches/{search.id}/alerts/{choice}")
        session.refresh(search)
        assert search.alerts is alerts
    stranger = sign_in(UserFactory())
    for path in ("", "/alerts/on", "/remove"):
        assert stranger.open(f"/saved-searches/{search.id}{path}", method="POST" if path else "GET").status_code == 404
    reader.post(f"/saved-searches/{search.id}/remove")
    assert "No saved searches" in reader.get("/saved-searches").text
    assert reader.get("/saved-searches/new/nothing").status_code == 404


def test_what_cannot_be_kept_is_refused(session, people, keep, now):
    with pytest.raises(Invalid):
        keep(people.reader, query="长" * 500)
    for number in range(saved.MOST_SEARCHES):
        keep(people.reader, query=f"q{number}")
    with pytest.raises(Invalid):
        keep(people.reader, query="one more")
    with pytest.raises(Forbidden):
        saved.save_search(session, Wanted(SCENARIOS), name="x", alerts=True, actor=actor_of(UserFactory()).__class__(), now=now)
    with pytest.raises(NotFound):
        saved.own_search(session, uuid.uuid4(), actor=actor_of(people.reader))


def test_kept_searches_are_part_of_one_s_data_and_go_with_the_account(session, people, keep, now):
    keep(people.reader, domain="iov")
    data = exported(session, people.reader.id)["saved_searches"]
    assert data == [{"name": "雷达", "list": "scenarios", "arguments": "domain=iov&q=%E9%9B%B7%E8%BE%BE", "alerts": True}]
    erase(session, people.reader.id, now)
    assert session.scalars(select(SavedSearch)).all() == []
