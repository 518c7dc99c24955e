"""The system administrator's pages, the settings, and what tells whether the machine is well."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.queries import user_by_email
from app.actor import SYSTEM, Role
from app.administration import operations
from app.administration.queries import degraded
from app.audit.models import AuditDetail
from app.discovery.index import engine
from app.errors import Forbidden, NotFound, WrongState
from app.extensions import db
from app.outbox.models import OutboxEvent
from app.outbox.operations import emit
from app.taxonomy.queries import setting
from app.taxonomy.settings import NOTICE_WORKING_DAYS
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory

ACCOUNT = {"email": "New@Example.com", "name": "Newcomer", "locale": "en", "roles": ["reviewer"]}
SETTINGS = {"notice_working_days": "7", "confirm_working_days": "10", "review_working_days": "3", "approval_working_days": "5"}


@pytest.fixture
def admin(session):
    return UserFactory(is_admin=True)


@pytest.fixture
def browser(admin, sign_in):
    return sign_in(admin)


# ---- accounts


def test_accounts_are_found_by_words_and_duty_and_paged(session, browser):
    UserFactory.create_batch(21, is_reviewer=True)
    UserFactory(name="Zhang Wei", email="zhang@firm.example", is_operator=True)
    assert "Zhang Wei" in browser.get("/administration/users?q=zhang+FIRM").text
    assert "Zhang Wei" not in browser.get("/administration/users?role=reviewer").text
    assert "21 accounts" in browser.get("/administration/users?role=reviewer").text
    assert "Next page" in browser.get("/administration/users?role=reviewer").text
    assert "No account fits" in browser.get("/administration/users?q=nobody").text
    assert browser.get("/administration/users?role=king").status_code == 200


def test_an_account_is_made_once_however_often_the_form_is_sent(session, browser):
    form = ACCOUNT | {"record_id": "6f1c7a52-3a0e-4a3e-9d3c-0f7a2f6f5a11"}
    first, second = (browser.post("/administration/users/new", data=form) for _ in range(2))
    assert first.location == second.location
    user = user_by_email(session, "new@example.com")
    assert user.roles == {Role.REVIEWER}
    assert browser.get(first.location).status_code == 200


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"roles": ["auditor", "reviewer"]}, "holds no other duty"),
        ({"roles": ["approver", "admin"]}, "both approver and system administrator"),
        ({"name": ""}, "This field is required"),
        ({"roles": ["king"]}, "valid choice"),
    ],
)
def test_an_account_that_cannot_be_is_refused(session, browser, change, reason):
    answer = browser.post("/administration/users/new", data=ACCOUNT | change)
    assert answer.status_code == 422
    assert reason in answer.text
    assert user_by_email(session, "new@example.com") is None


def test_duties_are_granted_and_the_second_administrator_is_told(session, browser):
    person = UserFactory()
    path, person_id = f"/administration/users/{person.id}", person.id
    assert browser.post(path, data={"version": "1", "roles": ["evaluator", "operator"]}).location == path
    assert session.get(User, person_id).roles == {Role.EVALUATOR, Role.OPERATOR}
    assert browser.post(path, data={"version": "1", "roles": []}).status_code == 412
    assert browser.post(path, data={"version": "2", "roles": ["auditor", "admin"]}).status_code == 422
    assert session.get(User, person_id).roles == {Role.EVALUATOR, Role.OPERATOR}


def test_nobody_changes_their_own_account_here(browser, admin):
    path = f"/administration/users/{admin.id}"
    assert "Nobody changes their own" in browser.get(path).text
    assert browser.post(path, data={"version": "1", "roles": ["operator"]}).status_code == 403


def test_an_account_is_closed_with_its_sessions_and_opened_again(session, browser, sign_in):
    person = UserFactory()
    theirs, path, person_id = sign_in(person), f"/administration/users/{person.id}", person.id
    assert theirs.get("/desk").status_code == 200
    assert "Signed in at" in browser.get(path).text
    assert browser.post(f"{path}/disable", data={}).status_code == 422
    assert browser.post(f"{path}/disable", data={"reason": "Left the firm."}).location == path
    assert theirs.get("/desk").status_code == 302
    assert "Account closed" in browser.get(path).text
    browser.post(f"{path}/enable")
    assert session.get(User, person_id).may_sign_in


def test_a_lost_second_factor_is_taken_away_with_a_reason(session, browser, now):
    person = UserFactory(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=now)
    path, person_id = f"/administration/users/{person.id}", person.id
    assert "Reset the second factor" in browser.get(path).text
    browser.post(f"{path}/second-factor", data={"reason": "Lost the phone; came in person."})
    assert not session.get(User, person_id).has_second_factor


# ---- settings


def test_settings_are_changed_and_the_slower_editor_is_told(session, browser):
    page = browser.get("/administration/settings").text
    assert "Notice period" in page
    version = {"version": page.split('name="version"')[1].split('value="')[1].split('"')[0]}
    assert browser.post("/administration/settings", data=SETTINGS | version).location == "/administration/settings"
    assert setting(session, NOTICE_WORKING_DAYS) == 7
    stale = browser.post("/administration/settings", data=SETTINGS | version | {"notice_working_days": "9"})
    assert stale.status_code == 412
    assert browser.post("/administration/settings", data=SETTINGS | {"notice_working_days": "61"}).status_code == 422
    session.rollback()
    assert setting(session, NOTICE_WORKING_DAYS) == 7


# ---- outbox


@pytest.fixture
def failed(session, now):
    """A failing event of this kind."""

    def make(kind):
        emit(session, kind, "1", now=now - timedelta(hours=1))
        event = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == kind)).one()
        event.attempts, event.error, event.available_at = 3, "ConnectionError: host secret.example", now + timedelta(hours=1)
        session.flush()
        return event

    return make


def test_a_failing_event_is_seen_without_its_content_and_tried_again(session, browser, failed, now):
    event_id = failed("mail.notification").id
    page = browser.get("/administration/outbox").text
    assert "ConnectionError" in page
    assert "secret.example" not in page
    assert browser.post(f"/administration/outbox/{event_id}/retry").location == "/administration/outbox"
    session.expire_all()
    assert session.get(OutboxEvent, event_id).available_at <= now + timedelta(minutes=1)
    assert session.scalars(select(AuditDetail.action)).all() == ["outbox.retry"]


def test_events_about_solutions_are_not_shown_to_the_administrator(session, browser, admin, failed, now):
    event = failed("solution.submitted")
    assert "solution" not in browser.get("/administration/outbox").text.split("<main")[1].lower()
    with pytest.raises(NotFound):
        operations.retry_event(session, event.id, actor=actor_of(admin), now=now)


def test_only_the_administrator_retries_and_only_what_failed(session, admin, failed, now):
    event = failed("mail.digest")
    with pytest.raises(Forbidden):
        operations.retry_event(session, event.id, actor=actor_of(UserFactory(is_operator=True)), now=now)
    event.done_at = now
    session.flush()
    with pytest.raises(WrongState):
        operations.retry_event(session, event.id, actor=SYSTEM, now=now)
    with pytest.raises(NotFound):
        operations.retry_event(session, 10**6, actor=SYSTEM, now=now)


def test_an_outbox_that_does_not_keep_up_is_told(session, browser, client, now, indexed):
    indexed()
    assert degraded(session, now, index=engine()) == []
    assert "Nothing fails" in browser.get("/administration/outbox").text
    emit(session, "organization.changed", "x", now=now - timedelta(minutes=6))
    assert degraded(session, now, index=engine()) == ["outbox"]
    assert client.get("/readyz").json == {"status": "ready", "degraded": ["outbox"]}
    assert "does not keep up" in browser.get("/administration/outbox").text
    assert "does not keep up" in browser.get("/desk").text


def test_failing_events_degrade_the_service(session, failed, now, indexed):
    indexed()
    failed("mail.notification")
    assert degraded(session, now, index=engine()) == ["outbox"]


# ---- health


def test_a_process_that_lives_says_so_and_what_it_has_to_do_without(client, indexed):
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json == {"status": "ready", "degraded": ["index"]}
    indexed()
    assert client.get("/readyz").json == {"status": "ready", "degraded": []}


def test_figures_are_for_who_asks_from_this_machine_or_shows_the_token(app, client, session, indexed):
    OrganizationFactory()
    indexed()
    shown = client.get("/metrics")
    assert shown.content_type.startswith("text/plain")
    assert 'kaijing_records{kind="organization",status="verified"} 1.0' in shown.text
    assert "kaijing_index_documents" in shown.text
    assert "process_resident_memory_bytes" in shown.text
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    elsewhere, token = {"REMOTE_ADDR": "10.0.0.1"}, {"Authorization": "Bearer a-long-secret"}
    assert client.get("/metrics", environ_base=elsewhere, headers=token).status_code == 404
    app.config["METRICS_TOKEN"] = "a-long-secret"
    assert client.get("/metrics", environ_base=elsewhere, headers=token).status_code == 200
    assert client.get("/metrics", environ_base=elsewhere, headers={"Authorization": "Bearer other"}).status_code == 404


def test_figures_are_told_without_an_index(client, session):
    shown = client.get("/metrics").text
    assert 'kaijing_degraded{part="index"} 1.0' in shown
    assert "kaijing_index_documents" not in shown


@pytest.mark.databases("sqlite")
def test_without_its_database_the_process_lives_but_is_not_ready(app, client, monkeypatch):
    def away(*_args, **_options):
        raise db.engine.dialect.loaded_dbapi.OperationalError("away")

    monkeypatch.setattr(db.engine.dialect, "do_execute", away)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable", "degraded": ["database"]})


PAGES = {
    "/administration/users": {"admin", "auditor"},
    "/administration/users/new": {"admin"},
    "/administration/settings": {"admin", "auditor", "operator"},
    "/administration/outbox": {"admin", "auditor"},
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_for_its_duties(session, client, sign_in, path):
    assert client.get(path).status_code == 302
    opened = {role.value for role in Role if sign_in(UserFactory(**{f"is_{role}": True})).get(path).status_code == 200}
    assert opened == PAGES[path]
    assert sign_in(UserFactory()).get(path).status_code == 403
