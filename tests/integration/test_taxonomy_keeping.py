"""What the operator keeps: the plan's words, tasks and indicators, the calendar, the settings."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.actor import Role
from app.audit.models import AuditDetail
from app.errors import Forbidden, Invalid, NotFound, Stale
from app.taxonomy import operations
from app.taxonomy.models import Area, CalendarDay, Department, Domain, Indicator, Setting, Task, Technology, Track
from app.taxonomy.queries import add_working_days, deadlines, setting, settings_version, terms, unknown_year, working_days_between
from app.taxonomy.settings import CONFIRM_WORKING_DAYS, NOTICE_WORKING_DAYS, REVIEW_WORKING_DAYS
from tests.factories.accounts import UserFactory, actor_of

NAMES = {"name_zh": "量子计算", "name_en": "Quantum computing", "position": 9}
# a Thursday before the National Day holiday of 2026
SEPTEMBER_30 = date(2026, 9, 30)


@pytest.fixture
def operator(session):
    return actor_of(UserFactory(is_operator=True))


def actions(session):
    session.commit()
    return session.scalars(select(AuditDetail.action).order_by(AuditDetail.seq)).all()


def test_a_word_is_added_edited_retired_and_offered_again(session, operator, now):
    term = operations.create_term(session, Domain, "quantum", NAMES, actor=operator, now=now)
    operations.edit_term(session, Domain, "quantum", {**NAMES, "name_en": "Quantum"}, version=term.version, actor=operator, now=now)
    operations.set_retired(session, Domain, "quantum", retired=True, actor=operator, now=now)
    operations.set_retired(session, Domain, "quantum", retired=True, actor=operator, now=now)
    assert "quantum" not in [row.code for row in terms(session, Domain)]
    assert "quantum" in [row.code for row in terms(session, Domain, keep=["quantum", None])]
    operations.set_retired(session, Domain, "quantum", retired=False, actor=operator, now=now)
    assert "quantum" in [row.code for row in terms(session, Domain)]
    assert actions(session) == [f"taxonomy.{verb}_term" for verb in ("create", "edit", "retire", "restore")]
    entry = session.scalars(select(AuditDetail).where(AuditDetail.action == "taxonomy.edit_term")).one()
    assert '"name_en":"Quantum computing"' in entry.personal


@pytest.mark.parametrize("code", ["iov", "", "With Space", "中文", "-x", "x" * 41])
def test_a_code_is_new_and_plain(session, operator, now, code):
    with pytest.raises(Invalid) as caught:
        operations.create_term(session, Domain, code, NAMES, actor=operator, now=now)
    assert list(caught.value.fields) == ["code"]


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        (Domain, {"name_zh": " "}, "name_zh"),
        (Domain, {"name_en": "x" * 201}, "name_en"),
        (Technology, {"track_code": "nowhere"}, "track_code"),
    ],
)
def test_a_word_that_does_not_pass_is_refused(session, operator, now, kind, change, field):
    with pytest.raises(Invalid) as caught:
        operations.create_term(session, kind, "new", NAMES | change, actor=operator, now=now)
    assert list(caught.value.fields) == [field]


def test_the_second_of_two_editors_is_told(session, operator, now):
    with pytest.raises(Stale):
        operations.edit_term(session, Domain, "iov", NAMES, version=7, actor=operator, now=now)
    with pytest.raises(NotFound):
        operations.edit_term(session, Domain, "nowhere", NAMES, version=1, actor=operator, now=now)


def test_a_task_changes_its_name_and_departments(session, operator, now):
    task = session.get_one(Task, 1)
    codes = [row.code for row in session.scalars(select(Department).order_by(Department.code).limit(2))]
    operations.edit_task(session, 1, name_zh="新名称", departments=codes, version=1, actor=operator, now=now)
    session.commit()
    assert (task.name_zh, {row.code for row in task.departments}, task.version) == ("新名称", set(codes), 2)
    operations.edit_task(session, 1, name_zh="新名称", departments=codes[:1], version=2, actor=operator, now=now)
    session.commit()
    assert task.version == 3
    with pytest.raises(Stale):
        operations.edit_task(session, 1, name_zh="旧", departments=codes, version=2, actor=operator, now=now)
    with pytest.raises(Invalid):
        operations.edit_task(session, 1, name_zh="", departments=["nowhere"], version=3, actor=operator, now=now)


def test_an_indicator_changes_what_it_asks_for(session, operator, now):
    code = session.scalars(select(Indicator.code).limit(1)).one()
    values = {"name_zh": "揭榜项目数", "comparison": ">=", "target": 120.0, "unit_zh": "个"}
    operations.edit_indicator(session, code, values, version=1, actor=operator, now=now)
    assert session.get_one(Indicator, code).target == 120
    with pytest.raises(Invalid):
        operations.edit_indicator(session, code, values | {"target": 1e12}, version=None, actor=operator, now=now)


def test_a_declared_day_overrides_the_calendar_until_it_is_removed(session, operator, now):
    assert add_working_days(session, SEPTEMBER_30, 1) == date(2026, 10, 8)
    row = operations.declare_day(session, date(2026, 10, 2), working=True, note="", actor=operator, now=now)
    assert add_working_days(session, SEPTEMBER_30, 1) == date(2026, 10, 2)
    by = {"actor": operator, "now": now}
    operations.edit_day(session, date(2026, 10, 2), working=False, note="again free", version=row.version, **by)
    assert add_working_days(session, SEPTEMBER_30, 1) == date(2026, 10, 8)
    operations.edit_day(session, date(2026, 10, 2), working=True, note="", version=row.version, **by)
    operations.remove_calendar_day(session, date(2026, 10, 2), actor=operator, now=now)
    session.flush()
    assert add_working_days(session, SEPTEMBER_30, 1) == date(2026, 10, 8)
    assert actions(session) == ["taxonomy.declare_day"] + ["taxonomy.edit_day"] * 2 + ["taxonomy.remove_day"]
    with pytest.raises(NotFound):
        operations.remove_calendar_day(session, date(2026, 10, 2), actor=operator, now=now)
    with pytest.raises(Invalid):
        operations.declare_day(session, date(2026, 10, 2), working=True, note="x" * 201, actor=operator, now=now)


def test_deadlines_of_many_days_are_those_of_each(session):
    days = [date(2026, 9, 25), SEPTEMBER_30, date(2026, 12, 31)]
    assert deadlines(session, days, 3) == {day: add_working_days(session, day, 3) for day in days}
    assert deadlines(session, [], 3) == {}
    assert working_days_between(session, SEPTEMBER_30, date(2026, 10, 8)) == 1


def test_a_year_that_the_calendar_does_not_know_counts_monday_to_friday_and_is_told(session):
    assert add_working_days(session, date(2030, 10, 1), 5) == date(2030, 10, 8)
    assert unknown_year(date(2030, 1, 1)) == 2030
    assert unknown_year(date(2025, 1, 1)) is None
    assert unknown_year(date(2026, 11, 1)) in {2027, None}


def test_settings_hold_from_now_on_and_are_kept_in_the_audit_log(session, operator, now):
    version = settings_version(session)
    values = {"notice_working_days": 0, "confirm_working_days": 10, "review_working_days": 4}
    operations.change_settings(session, values, version=version, actor=operator, now=now)
    session.flush()
    assert [setting(session, row) for row in (NOTICE_WORKING_DAYS, CONFIRM_WORKING_DAYS, REVIEW_WORKING_DAYS)] == [0, 10, 4]
    assert session.get(Setting, "confirm_working_days") is None  # as the default
    assert actions(session) == ["taxonomy.change_settings"]
    entry = session.scalars(select(AuditDetail)).one()
    assert '"after":{"notice_working_days":0,"review_working_days":4}' in entry.personal
    with pytest.raises(Stale):
        operations.change_settings(session, values, version=version, actor=operator, now=now)
    unchanged = settings_version(session)
    operations.change_settings(session, values, version=unchanged, actor=operator, now=now)
    assert settings_version(session) == unchanged
    assert len(actions(session)) == 1


def test_a_setting_stays_within_its_bounds(session, operator, now):
    values = {"notice_working_days": 61, "confirm_working_days": 0}
    with pytest.raises(Invalid) as caught:
        operations.change_settings(session, values, version=None, actor=operator, now=now)
    assert set(caught.value.fields) == set(values)


@pytest.mark.parametrize("role", [*Role, None])
def test_only_the_operator_keeps_words_and_only_operator_and_administrator_set(session, now, role):
    actor = actor_of(UserFactory(**({f"is_{role}": True} if role else {})))

    def allowed(operation):
        try:
            operation()
        except Forbidden:
            return False
        return True

    code = session.scalars(select(Indicator.code).limit(1)).one()
    indicator = {"name_zh": "数", "comparison": ">=", "target": 1, "unit_zh": ""}
    by_all = {"actor": actor, "now": now}
    keeping = [
        lambda: operations.create_term(session, Domain, "new", NAMES, **by_all),
        lambda: operations.edit_term(session, Domain, "iov", NAMES, version=None, **by_all),
        lambda: operations.set_retired(session, Domain, "iov", retired=True, **by_all),
        lambda: operations.edit_task(session, 1, name_zh="数", departments=[], version=None, **by_all),
        lambda: operations.edit_indicator(session, code, indicator, version=None, **by_all),
        lambda: operations.declare_day(session, SEPTEMBER_30, working=True, note="", **by_all),
        lambda: operations.edit_day(session, SEPTEMBER_30, working=False, note="", version=1, **by_all),
        lambda: operations.remove_calendar_day(session, SEPTEMBER_30, **by_all),
    ]
    assert [allowed(operation) for operation in keeping] == [role is Role.OPERATOR] * len(keeping)
    sets = allowed(lambda: operations.change_settings(session, {}, version=None, **by_all))
    assert sets is (role in {Role.OPERATOR, Role.ADMIN})


# ---- pages


@pytest.fixture
def browser(session, sign_in):
    return sign_in(UserFactory(is_operator=True))


@pytest.mark.parametrize("name", ["domains", "tracks", "technologies", "areas", "departments"])
def test_each_vocabulary_has_its_list_and_form(session, browser, name):
    kind = {"domains": Domain, "tracks": Track, "technologies": Technology, "areas": Area, "departments": Department}[name]
    word = session.scalars(select(kind).order_by(kind.position)).first()
    assert word.name_zh in browser.get(f"/taxonomy/words/{name}").text
    assert browser.get(f"/taxonomy/words/{name}/new").status_code == 200
    assert word.name_en in browser.get(f"/taxonomy/words/{name}/{word.code}").text


def test_a_word_is_added_and_changed_in_the_browser(session, browser):
    answer = browser.post(
        "/taxonomy/words/areas/new",
        data={
            "code": "newtown",
            "name_zh": "新区",
            "name_en": "New Town",
            "position": "9",
            "role_zh": "",
            "named_firms": "甲\n\n乙",
        },
    )
    assert answer.location == "/taxonomy/words/areas"
    assert session.get_one(Area, "newtown").named_firms == ["甲", "乙"]
    data = {"version": "1", "name_zh": "新城", "name_en": "New Town", "position": "9", "role_zh": "", "named_firms": ""}
    assert browser.post("/taxonomy/words/areas/newtown", data=data).status_code == 302
    stale = browser.post("/taxonomy/words/areas/newtown", data=data | {"name_zh": "别名"})
    assert stale.status_code == 412
    assert "新城" in stale.text
    assert "别名" in stale.text
    wrong = browser.post("/taxonomy/words/areas/newtown", data=data | {"version": "2", "name_en": ""})
    assert wrong.status_code == 422
    browser.post("/taxonomy/words/areas/newtown/retire")
    assert "No longer offered" in browser.get("/taxonomy/words/areas").text
    browser.post("/taxonomy/words/areas/newtown/restore")
    assert "No longer offered" not in browser.get("/taxonomy/words/areas").text


def test_tasks_and_indicators_are_changed_in_the_browser(session, browser):
    department = session.scalars(select(Department.code).limit(1)).one()
    assert browser.get("/taxonomy/tasks").status_code == browser.get("/taxonomy/tasks/1").status_code == 200
    task = {"version": "1", "name_zh": "改名工程", "departments": [department]}
    assert browser.post("/taxonomy/tasks/1", data=task).status_code == 302
    assert browser.post("/taxonomy/tasks/1", data=task | {"name_zh": "再改"}).status_code == 412
    code = session.scalars(select(Indicator.code).limit(1)).one()
    assert browser.get(f"/taxonomy/indicators/{code}").status_code == 200
    values = {"version": "1", "name_zh": "改名指标", "comparison": ">=", "target": "50", "unit_zh": "个"}
    assert browser.post(f"/taxonomy/indicators/{code}", data=values).status_code == 302
    assert browser.post(f"/taxonomy/indicators/{code}", data=values | {"name_zh": "再改"}).status_code == 412
    assert "改名指标" in browser.get("/taxonomy/indicators").text


def test_the_calendar_is_kept_in_the_browser(session, browser):
    assert "No day of your own" in browser.get("/taxonomy/calendar").text
    browser.post("/taxonomy/calendar", data={"day": "2027-01-01", "working": "no", "note": "元旦"})
    assert session.get_one(CalendarDay, date(2027, 1, 1)).working is False
    assert "元旦" in browser.get("/taxonomy/calendar").text
    assert browser.post("/taxonomy/calendar", data={"day": "soon", "working": "no"}).status_code == 422
    assert browser.post("/taxonomy/calendar/2027-01-01/remove").status_code == 302
    assert browser.post("/taxonomy/calendar/never/remove").status_code == 404


def test_a_day_that_two_operators_change_shows_both_versions_to_the_second(session, browser):
    address = "/taxonomy/calendar/2027-01-01"
    browser.post("/taxonomy/calendar", data={"day": "2027-01-01", "working": "no", "note": "元旦"})
    assert address in browser.get("/taxonomy/calendar").text
    read = re.search(r'name="version"[^>]*value="(\d+)"', browser.get(address).text)[1]
    assert browser.post(address, data={"version": read, "working": "no", "note": "先到"}).status_code == 302
    second = browser.post(address, data={"version": read, "working": "yes", "note": "后到"})
    assert second.status_code == 412
    assert "先到" in second.text
    assert "后到" in second.text
    assert session.get_one(CalendarDay, date(2027, 1, 1)).note == "先到"


def test_a_day_that_is_declared_already_is_not_declared_over(session, browser):
    day = {"day": "2027-01-01", "working": "no", "note": "元旦"}
    browser.post("/taxonomy/calendar", data=day)
    assert browser.post("/taxonomy/calendar", data=day | {"working": "yes"}).status_code == 422
    assert session.get_one(CalendarDay, date(2027, 1, 1)).working is False


def test_the_first_page_is_the_first_vocabulary_and_unknown_ones_are_not_there(browser):
    assert browser.get("/taxonomy").location == "/taxonomy/words/domains"
    for path in (
        "/taxonomy/words/users",
        "/taxonomy/words/domains/nowhere",
        "/taxonomy/tasks/99",
        "/taxonomy/indicators/x",
        "/taxonomy/calendar/2027-01-01",
        "/taxonomy/calendar/never",
    ):
        assert browser.get(path).status_code == 404


def test_others_are_kept_out(client, sign_in):
    assert client.get("/taxonomy/words/domains").status_code == 302
    assert sign_in(UserFactory(is_admin=True)).get("/taxonomy/words/domains").status_code == 403
