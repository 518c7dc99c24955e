"""What the platform tells and keeps, through the JSON API: figures, the plan's words, settings, notifications, kept searches."""

import pytest
from sqlalchemy import delete

from app.discovery.models import SavedSearch
from app.notifications.models import Notification
from app.projects.models import Programme
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import posted
from tests.factories.matching import MatchWorld
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_api import bearer, kind_of
from tests.support.api import Door


@pytest.fixture
def as_(session, now):
    return lambda **roles: bearer(UserFactory(**roles), now)


@pytest.fixture
def world(session, now):
    world = MatchWorld(session, now)
    world.programme("running", target=300)
    return world


@pytest.fixture
def told(session, now):
    """Somebody who was told of something: their headers and the notification."""
    user = UserFactory()
    session.add(Notification(user_id=user.id, event_key="k", kind="accounts.locked", path="/account/password", created_at=now,
                             params={"until_at": now.isoformat(), "address": "::1"}))  # fmt: skip
    session.flush()
    return user, bearer(user, now)


def editing(client, path, headers, body):
    read = client.get(path, headers=headers)
    return client.patch(path, json=body, headers={**headers, "If-Match": read.headers["ETag"]})


def test_progress_shows_the_figures_and_where_each_is_listed(client, world):
    project = world.project()
    figures = client.get("/api/v1/progress").json
    assert (figures["programme"], figures["target"], figures["counts_from"]) == ("running", 300, "accepted")
    assert (figures["established"], figures["accepted"], figures["counted"], figures["not_counted"]) == (1, 0, 0, 0)
    row = next(row for row in figures["by_domain"] if row["value"] == project.domain_code)
    assert row.keys() == {"value", "label", "established", "accepted", "counted"}
    assert row["established"] == 1
    assert [row["value"] for row in figures["by_anchor"]] == [str(project.anchor_id)]
    for figure in ("established", "accepted", "counted", "in_progress", "not_counted"):
        assert client.get(figures["lists"][figure]).json["total"] == figures[figure], figure
    for stage in figures["funnel"]:
        assert client.get(figures["lists"][f"funnel_{stage['value']}"]).json["total"] == stage["count"], stage


def test_figures_that_are_not_kept_are_null(client, world):
    world.programme("before", has_figures=False)
    figures = client.get("/api/v1/progress?programme=before").json
    assert (figures["counted"], figures["funnel"][0]["count"], figures["lists"]) == (None, None, {})
    assert {row["counted"] for row in figures["by_domain"]} == {None}
    assert client.get("/api/v1/progress/scenarios?programme=before").status_code == 404


def test_there_are_no_figures_without_a_programme(client, session):
    session.execute(delete(Programme))
    assert client.get("/api/v1/progress").status_code == 404
    assert client.get("/api/v1/progress?programme=none").status_code == 404


def test_the_list_behind_a_stage_shows_the_minimum(client, world):
    world.scenario()
    listed = client.get("/api/v1/progress/scenarios?stage=opened")
    assert listed.json["items"][0].keys() == {"id", "status", "public_title", "domain", "opened_at", "closes_at"}
    assert client.get("/api/v1/progress/scenarios?stage=dreamt").status_code == 422


@pytest.mark.parametrize(
    ("name", "code"),
    [("domains", "iov"), ("tracks", "design"), ("technologies", "logic"), ("areas", "dushu"), ("departments", "edc")],
)
def test_everybody_reads_the_words_of_the_plan(client, session, name, code):
    assert code in {word["code"] for word in client.get(f"/api/v1/{name}?per_page=100").json["items"]}
    assert client.get(f"/api/v1/{name}/{code}").json["code"] == code
    assert client.get(f"/api/v1/{name}/nothing").status_code == 404
    assert client.get(f"/api/v1/{name}/%00").status_code == 404


def test_everybody_reads_tasks_indicators_and_declared_days(client, session):
    tasks = client.get("/api/v1/tasks").json
    assert (tasks["total"], tasks["items"][0]["departments"]) == (10, ["ipc", "stc", "firms"])
    code = client.get("/api/v1/indicators").json["items"][0]["code"]
    assert client.get(f"/api/v1/indicators/{code}").json["code"] == code
    assert client.get("/api/v1/calendar-days").status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "change"),
    [
        ("domains", {}, {"name_en": "Changed"}),
        ("tracks", {"kind": "speciality"}, {"kind": "main"}),
        ("technologies", {"track": "design"}, {"track": "eda"}),
        ("areas", {"named_firms": ["甲"]}, {"role_zh": "示范"}),
        ("departments", {}, {"position": 9}),
    ],
)
def test_the_operator_keeps_the_words_of_the_plan(client, as_, session, name, body, change):
    operator = as_(is_operator=True)
    tracks = [word["code"] for word in client.get("/api/v1/tracks").json["items"]]
    change = {"track": next(code for code in tracks if code != "design")} if "track" in change else change
    made = client.post(f"/api/v1/{name}", json={"code": "new-one", "name_zh": "新", "name_en": "New", **body}, headers=operator)
    assert (made.status_code, made.json["retired"]) == (201, False)
    address = f"/api/v1/{name}/new-one"
    changed = editing(client, address, operator, change).json
    assert changed == {**made.json, **change}
    assert client.post(f"{address}/retire", headers=operator).json["retired"] is True
    assert client.post(f"{address}/restore", headers=operator).json["retired"] is False
    assert client.post(f"{address}/retire", headers=as_(is_reviewer=True)).status_code == 403
    again = client.post(f"/api/v1/{name}", json={"code": "new-one", "name_zh": "新", "name_en": "New", **body}, headers=operator)
    assert again.json["errors"].keys() == {"code"}


def test_the_operator_keeps_tasks_indicators_and_days(client, as_, session):
    operator = as_(is_operator=True)
    assert editing(client, "/api/v1/tasks/1", operator, {"departments": ["edc"]}).json["departments"] == ["edc"]
    assert editing(client, "/api/v1/tasks/1", operator, {"departments": ["none"]}).json["errors"].keys() == {"departments"}
    code = client.get("/api/v1/indicators").json["items"][0]["code"]
    assert editing(client, f"/api/v1/indicators/{code}", operator, {"target": 12.5}).json["target"] == 12.5
    assert editing(client, f"/api/v1/indicators/{code}", operator, {"target": -1}).json["errors"].keys() == {"target"}
    day = {"day": "2027-02-06", "working": True, "note": "调休"}
    assert client.post("/api/v1/calendar-days", json=day, headers=operator).json == day
    assert client.post("/api/v1/calendar-days", json=day, headers=as_()).status_code == 403
    assert client.post("/api/v1/calendar-days", json=day, headers=operator).json["errors"].keys() == {"day"}
    assert client.get("/api/v1/calendar-days").json["items"] == [day]
    changed = editing(client, "/api/v1/calendar-days/2027-02-06", operator, {"working": False})
    assert changed.json == day | {"working": False}
    assert client.get("/api/v1/calendar-days/2027-02-06").json == changed.json
    assert client.post("/api/v1/calendar-days/2027-02-06/remove", headers=operator).status_code == 204
    for gone in ("2027-02-06", "tomorrow"):
        assert client.post(f"/api/v1/calendar-days/{gone}/remove", headers=operator).status_code == 404


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "1e400", '"5"', "true", "9" * 400])
def test_a_number_is_one(client, as_, session, raw):
    operator = as_(is_operator=True)
    address = f"/api/v1/indicators/{client.get('/api/v1/indicators').json['items'][0]['code']}"
    tag = client.get(address).headers["ETag"]
    body = f'{{"target": {raw}}}'
    answer = client.patch(address, data=body, content_type="application/json", headers={**operator, "If-Match": tag})
    assert answer.status_code in {400, 422}


def test_settings_are_for_those_who_set_them(client, as_, session):
    operator = as_(is_operator=True)
    assert client.get("/api/v1/settings").status_code == 401
    assert client.get("/api/v1/settings", headers=as_()).status_code == 403
    assert client.get("/api/v1/settings", headers=as_(is_admin=True)).json["confirm_working_days"] == 10
    changed = editing(client, "/api/v1/settings", operator, {"notice_working_days": 7})
    assert (changed.json["notice_working_days"], changed.json["confirm_working_days"]) == (7, 10)
    assert editing(client, "/api/v1/settings", operator, {"notice_working_days": 61}).status_code == 422
    stale = client.patch("/api/v1/settings", json={"notice_working_days": 8}, headers={**operator, "If-Match": '"other"'})
    assert kind_of(stale) == (412, "stale")


def test_one_reads_what_one_was_told(client, told, as_):
    _user, headers = told
    listed = client.get("/api/v1/notifications?unread=true", headers=headers).json
    first = listed["items"][0]
    assert (listed["total"], first["status"], first["kind"]) == (1, "unread", "accounts.locked")
    assert first["title"]
    read = f"/api/v1/notifications/{first['id']}/read"
    assert client.post(read, headers=as_()).status_code == 404
    assert client.post(read, headers=headers).json["status"] == "read"
    assert client.get("/api/v1/notifications?unread=true", headers=headers).json["total"] == 0
    assert client.get("/api/v1/notifications", headers=headers).json["total"] == 1


def test_one_reads_everything_at_once(client, told):
    _user, headers = told
    assert client.post("/api/v1/notifications/read", headers=headers).status_code == 204
    assert client.get("/api/v1/notifications?unread=true", headers=headers).json["total"] == 0


def test_one_chooses_how_mail_comes(client, told):
    _user, headers = told
    address = "/api/v1/notifications/preferences"
    changed = editing(client, address, headers, {"mail": {"accounts.locked": "never"}}).json
    assert changed["mail"]["accounts.locked"] == "never"
    assert len(changed["mail"]) > 10
    assert editing(client, address, headers, {"mail": {"no.such": "never"}}).json["errors"].keys() == {"mail.no.such"}
    assert editing(client, address, headers, {"mail": {"accounts.locked": "often"}}).status_code == 422


def test_a_firms_token_reads_nothing_of_its_makers_own(client, session, now):
    owner = member_of(OrganizationFactory())
    shared = bearer(owner, now, organization_id=actor_of(owner).organization_id, shared=True)
    for address in ("/notifications", "/notifications/preferences", "/saved-searches"):
        assert kind_of(client.get(f"/api/v1{address}", headers=shared)) == (403, "forbidden"), address


def test_a_search_is_kept_renamed_silenced_and_removed(client, session, as_):
    headers = as_()
    body = {"list": "scenarios", "name": "雷达", "arguments": "q=雷达&domain=iov"}
    made = client.post("/api/v1/saved-searches", json=body, headers=headers)
    assert (made.status_code, made.json["alerts"], made.json["list"]) == (201, True, "scenarios")
    again = client.post("/api/v1/saved-searches", json={**body, "arguments": "domain=iov&q=雷达", "name": "x"}, headers=headers)
    assert (again.json["id"], again.json["name"]) == (made.json["id"], "x")
    address = f"/api/v1/saved-searches/{made.json['id']}"
    assert client.get(address, headers=as_()).status_code == 404
    assert client.post(f"{address}/alerts", json={"alerts": False}, headers=headers).json["alerts"] is False
    assert client.get("/api/v1/saved-searches", headers=headers).json["total"] == 1
    tag = client.get(address, headers=headers).headers["ETag"]
    assert client.delete(address, headers={**headers, "If-Match": tag}).status_code == 204
    assert session.query(SavedSearch).count() == 0


def test_files_of_solutions_and_milestones(client, world, now):
    ask = Door(client, world)
    scenario = world.scenario()
    world.draft(scenario)
    solution = ask("chip", "GET", f"/scenarios/{scenario.id}/solutions").json["items"][0]["id"]
    headers = bearer(world.user("chip"), world.now)
    made = client.post(f"/api/v1/solutions/{solution}/attachments", data={"file": posted()}, headers=headers)
    assert made.status_code == 201
    assert ask("chip", "GET", f"/solutions/{solution}/attachments").json["items"] == [made.json]
    assert ask("anchor", "GET", f"/solutions/{solution}/attachments").status_code == 404
    content = f"/attachments/{made.json['id']}"
    assert ask("anchor", "GET", content).status_code == 404
    assert ask("chip", "DELETE", content, If_Match=made.headers["ETag"]).status_code == 204


def test_evidence_goes_to_a_milestone(client, world):
    ask = Door(client, world)
    project = world.project()
    milestone = ask("chip", "POST", f"/projects/{project.id}/milestones", {"name": "样片", "due_on": "2027-03-31"}).json["id"]
    headers = bearer(world.user("chip"), world.now)
    made = client.post(f"/api/v1/milestones/{milestone}/attachments", data={"file": posted()}, headers=headers)
    assert made.status_code == 201
    assert ask("anchor", "GET", f"/milestones/{milestone}/attachments").json["total"] == 1
    assert ask("reviewer", "GET", f"/attachments/{made.json['id']}").status_code == 200
    assert ask("chip", "DELETE", f"/attachments/{made.json['id']}", If_Match=made.headers["ETag"]).status_code == 403
