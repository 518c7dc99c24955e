"""One's account: profile, address, consent, personal data, deletion; and what the system administrator does to others'."""

import re
import uuid

import pytest
import time_machine
from sqlalchemy import select

from app import clock
from app.accounts import operations
from app.accounts.models import User, UserSession
from app.accounts.queries import user_by_email, user_ids_with_role, users
from app.actor import SYSTEM, VISITOR, Role
from app.audit.models import AuditDetail
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.notifications.models import Notification
from tests.factories.accounts import UserFactory, actor_of
from tests.integration.test_accounts_sign_in import PASSWORD, enter, link, person
from tests.integration.test_api import bearer


def test_a_profile_is_changed_and_speaks_the_language_at_once(sign_in, session):
    user = person(locale="en")
    client = sign_in(user)
    version = re.search(r'name="version"[^>]*value="(\d+)"', client.get("/account").text).group(1)
    assert client.post("/account", data={"version": version, "name": "Wei", "locale": "zh_CN"}).status_code == 302
    assert 'lang="zh-CN"' in client.get("/account").text
    session.refresh(user)
    assert (user.name, user.locale) == ("Wei", "zh_CN")


def test_a_stale_profile_shows_both_versions(sign_in, session):
    user = person(name="Before")
    client = sign_in(user)
    client.post("/account", data={"version": user.version, "name": "Saved", "locale": "en"})
    answer = client.post("/account", data={"version": 1, "name": "Typed", "locale": "en"})
    assert answer.status_code == 412
    assert "Saved" in answer.text
    assert "Typed" in answer.text


def test_a_name_of_100000_characters_comes_back(sign_in, session):
    answer = sign_in(person()).post("/account", data={"version": 1, "name": "x" * 100_000, "locale": "en"})
    assert answer.status_code == 422


def test_a_new_address_holds_once_its_letter_is_followed(sign_in, session, worker, mailbox):
    user = person(email="old@example.com")
    client = sign_in(user)
    assert client.get("/account/email").status_code == 200
    assert client.post("/account/email", data={"email": "new@example.com", "password": "not-the-password"}).status_code == 422
    assert client.post("/account/email", data={"email": "no address", "password": PASSWORD}).status_code == 422
    assert client.post("/account/email", data={"email": "New@example.com", "password": PASSWORD}).status_code == 302
    assert user_by_email(session, "old@example.com") is not None
    worker()
    address = link(mailbox.text("new@example.com"))
    assert "new@example.com" in client.get(address).text
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 422
    session.refresh(user)
    assert user.email == "new@example.com"
    worker()
    assert mailbox.to("old@example.com")


def test_a_mistyped_new_address_is_corrected_at_once_and_none_is_written_to_twice(sign_in, session, worker, mailbox):
    client = sign_in(person())
    with time_machine.travel(clock.utcnow(), tick=False):  # not before the cookie was signed
        for email in ("nwe@example.com", "new@example.com", "new@example.com"):
            assert client.post("/account/email", data={"email": email, "password": PASSWORD}).status_code == 302
    worker()
    assert [len(mailbox.to(email)) for email in ("nwe@example.com", "new@example.com")] == [1, 1]


def test_a_link_for_a_new_address_is_no_good_for_another_person(sign_in, session, worker, mailbox):
    client = sign_in(person())
    client.post("/account/email", data={"email": "new@example.com", "password": PASSWORD})
    worker()
    assert sign_in(person()).post(link(mailbox.text("new@example.com"))).status_code == 422


def test_a_taken_address_gets_no_letter_and_one_taken_meanwhile_is_refused(sign_in, session, worker, mailbox):
    client = sign_in(person())
    taken = person()
    client.post("/account/email", data={"email": taken.email, "password": PASSWORD})
    client.post("/account/email", data={"email": "new@example.com", "password": PASSWORD})
    worker()
    assert not mailbox.to(taken.email)
    person(email="new@example.com")
    assert client.post(link(mailbox.text("new@example.com"))).status_code == 422


def test_without_consent_only_consenting_exporting_and_deleting_are_possible(sign_in, session):
    user = person()
    client = sign_in(user)
    assert client.get("/account/consent").status_code == 200
    assert client.post("/account/consent/withdraw").location == "/account/consent"
    assert client.get("/account").location == "/account/consent"
    assert client.get("/privacy").status_code == 200
    assert client.post("/account/data/export").status_code == 200
    assert client.get("/account/delete").status_code == 200
    assert client.get("/account/consent").status_code == 200
    client.post("/account/consent")
    assert client.get("/account").status_code == 200


def test_an_older_consent_is_asked_for_anew(sign_in, session):
    assert sign_in(person(consent_version="2020-01")).get("/").location == "/account/consent"


def test_the_export_holds_what_is_kept_about_a_person_and_no_secret(client, session):
    user = person(name="Wei")
    enter(client, user)
    assert client.get("/account/data").status_code == 200
    answer = client.post("/account/data/export")
    assert "attachment" in answer.headers["Content-Disposition"]
    content = answer.get_json()
    assert content["account"]["email"] == user.email
    assert [session["address"] for session in content["sessions"]] == ["127.0.0.1"]
    assert [action["action"] for action in content["actions"]] == ["accounts.sign_in"]
    assert {"notifications", "mail_preferences"} <= content.keys()
    assert user.password_hash not in answer.text


def test_a_deleted_account_leaves_no_name_anywhere(client, session, now):
    user = person(name="Wei Unmistakable", is_evaluator=True)
    email = user.email
    enter(client, user)
    assert client.post("/account/delete", data={"password": "not-the-password"}).status_code == 422
    assert client.post("/account/delete", data={"password": PASSWORD}).location == "/"
    session.refresh(user)
    assert user.erased_at is not None
    assert user.roles == frozenset()
    assert user_by_email(session, email) is None
    assert session.scalars(select(UserSession).where(UserSession.user_id == user.id)).all() == []
    assert all("Unmistakable" not in (detail.personal or "") for detail in session.scalars(select(AuditDetail)))
    assert enter(client, user).status_code == 422


def test_the_only_administrator_cannot_go(session, now):
    only = person(is_admin=True)
    with pytest.raises(Conflict):
        operations.erase_account(session, only, password=PASSWORD, actor=actor_of(only), now=now)
    person(is_admin=True)
    operations.erase_account(session, only, password=PASSWORD, actor=actor_of(only), now=now)


def test_nobody_touches_another_persons_account(session, now):
    user, stranger = person(), actor_of(person(is_admin=True))
    common = {"actor": stranger, "now": now}
    for attempt in (
        lambda: operations.update_profile(session, user, name="x", locale="en", expected=None, **common),
        lambda: operations.change_password(session, user, current=PASSWORD, password="another-lamp-73", keep=None, **common),
        lambda: operations.start_email_change(session, user, email="x@example.com", password=PASSWORD, **common),
        lambda: operations.change_email(session, user, "token", **common),
        lambda: operations.give_consent(session, user, **common),
        lambda: operations.withdraw_consent(session, user, **common),
        lambda: operations.export_personal(session, user, **common),
        lambda: operations.erase_account(session, user, password=PASSWORD, **common),
        lambda: operations.start_enrolment(session, user, password=PASSWORD, **common),
        lambda: operations.confirm_enrolment(session, user, "123456", keep=None, **common),
        lambda: operations.disable_second_factor(session, user, password=PASSWORD, required=False, **common),
        lambda: operations.revoke_other_sessions(session, user, keep=None, **common),
    ):
        with pytest.raises(NotFound):
            attempt()


ADMINISTRATION = {
    "set_roles": lambda session, user, **common: operations.set_roles(session, user, {Role.OPERATOR}, **common),
    "disable_user": lambda session, user, **common: operations.disable_user(session, user, reason="left", **common),
    "enable_user": lambda session, user, **common: operations.enable_user(session, user, **common),
    "reset_second_factor": lambda session, user, **common: operations.reset_second_factor(session, user, reason="lost", **common),
}


@pytest.mark.parametrize("action", ADMINISTRATION)
@pytest.mark.parametrize("role", [None, *Role])
def test_only_the_administrator_administers_and_never_oneself(session, now, action, role):
    actor_user = UserFactory(**({f"is_{role}": True} if role else {}))
    other, run = UserFactory(), ADMINISTRATION[action]
    for subject in (other, actor_user):
        allowed = role is Role.ADMIN and subject is other
        # the auditor reads accounts, and so learns that they are there
        refusal = Forbidden if subject is actor_user or role is Role.AUDITOR else NotFound
        if allowed:
            run(session, subject, actor=actor_of(actor_user), now=now)
        else:
            with pytest.raises(refusal):
                run(session, subject, actor=actor_of(actor_user), now=now)


def test_duties_are_granted_audited_and_told(session, now):
    admin, user = UserFactory(is_admin=True), UserFactory()
    operations.set_roles(session, user, {Role.REVIEWER, Role.APPROVER}, actor=actor_of(admin), now=now, expected=user.version)
    operations.set_roles(session, user, {Role.REVIEWER, Role.APPROVER}, actor=actor_of(admin), now=now)
    session.commit()
    assert user.roles == {Role.REVIEWER, Role.APPROVER}
    assert session.scalars(select(AuditDetail.action)).all() == ["accounts.set_roles"]
    assert session.scalars(select(Notification.kind)).all() == ["accounts.roles_changed"]
    assert user_ids_with_role(session, Role.APPROVER) == [user.id]
    with pytest.raises(Invalid) as refusal:
        operations.set_roles(session, user, {Role.APPROVER, Role.ADMIN}, actor=actor_of(admin), now=now)
    assert "roles" in refusal.value.fields
    with pytest.raises(Stale):
        operations.set_roles(session, user, set(), actor=actor_of(admin), now=now, expected=0)


def test_a_closed_account_is_signed_out_and_can_be_opened_again(session, now, sign_in):
    admin, user = UserFactory(is_admin=True), UserFactory()
    client = sign_in(user)
    operations.disable_user(session, user, reason="left the firm", actor=actor_of(admin), now=now)
    assert client.get("/account").status_code == 302
    operations.enable_user(session, user, actor=actor_of(admin), now=now)
    assert sign_in(user).get("/account").status_code == 200


def test_a_lost_second_factor_is_reset(session, now, sign_in):
    admin, user = UserFactory(is_admin=True), UserFactory(totp_secret="A" * 32, totp_confirmed_at=now)
    operations.reset_second_factor(session, user, reason="phone lost", actor=actor_of(admin), now=now)
    assert not user.has_second_factor


@pytest.mark.parametrize("action", ["disable_user", "reset_second_factor"])
@pytest.mark.parametrize("reason", [" \n", "x" * 2001])
def test_nobody_is_shut_out_without_a_reason(session, now, action, reason):
    admin, user = UserFactory(is_admin=True), UserFactory(totp_secret="A" * 32, totp_confirmed_at=now)
    with pytest.raises(Invalid) as refusal:
        getattr(operations, action)(session, user, reason=reason, actor=actor_of(admin), now=now)
    assert set(refusal.value.fields) == {"reason"}
    assert user.disabled_at is None
    assert user.has_second_factor


@pytest.mark.parametrize("action", ["disable_user", "reset_second_factor"])
def test_with_the_sessions_ones_own_tokens_end_for_good(session, now, client, action):
    admin, user = UserFactory(is_admin=True), UserFactory()
    headers = bearer(user, now)
    assert client.get("/api/v1/account", headers=headers).status_code == 200
    ADMINISTRATION[action](session, user, actor=actor_of(admin), now=now)
    operations.enable_user(session, user, actor=actor_of(admin), now=now)
    assert client.get("/api/v1/account", headers=headers).status_code == 401


def test_an_account_made_by_the_administrator_chooses_its_password_by_mail(session, now, client, worker, mailbox):
    admin, record_id = UserFactory(is_admin=True), uuid.uuid4()
    made = {
        "email": "New@example.com",
        "name": "New",
        "roles": {Role.REVIEWER},
        "locale": "en",
        "actor": actor_of(admin),
        "now": now,
    }
    user = operations.create_user(session, user_id=record_id, **made)
    assert operations.create_user(session, user_id=record_id, **made) is user
    with pytest.raises(Invalid):
        operations.create_user(session, **made)
    worker()
    assert client.post(link(mailbox.text("new@example.com")), data={"password": PASSWORD}).location == "/sign-in"
    assert enter(client, user).status_code == 302
    assert client.get("/").location == "/account/consent"


def test_only_the_administrator_makes_accounts(session, now):
    for actor in (VISITOR, actor_of(UserFactory(is_operator=True))):
        with pytest.raises(Forbidden):
            operations.create_user(session, email="new@example.com", name="", roles=(), actor=actor, now=now)


def test_accounts_are_found_by_words_and_duty(session, now):
    wei = UserFactory(name="Wei 100%", email="wei@example.com", is_reviewer=True)
    UserFactory(name="Min")
    operations.create_user(session, email="c@example.com", name="", roles=(), password=PASSWORD, actor=SYSTEM, now=now)
    assert session.scalars(users(words="wei EXAMPLE")).all() == [wei]
    assert session.scalars(users(words="100%")).all() == [wei]
    assert session.scalars(users(words="%")).all() == [wei]
    assert session.scalars(users(role=Role.REVIEWER)).all() == [wei]


def test_the_first_administrator_is_made_at_the_command_line(app, session, monkeypatch):
    monkeypatch.setenv("KAIJING_PASSWORD", PASSWORD)
    runner = app.test_cli_runner()
    made = runner.invoke(args=["user", "create", "--email", "Root@example.com", "--role", "admin"])
    assert made.exit_code == 0, made.output
    session.rollback()
    user = user_by_email(session, "root@example.com")
    assert user.roles == {Role.ADMIN}
    assert operations.check_password(session, user.email, PASSWORD, address="", now=user.created_at).outcome == "done"
    session.commit()
    for refused in (["--email", "root@example.com"], ["--email", "x@example.com", "--role", "admin", "--role", "approver"]):
        assert runner.invoke(args=["user", "create", *refused]).exit_code == 1
    monkeypatch.delenv("KAIJING_PASSWORD")
    asked = runner.invoke(args=["user", "create", "--email", "plain@example.com"], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0, asked.output
    session.rollback()
    assert session.scalar(select(User.name).where(User.email == "plain@example.com")) == "plain"


@pytest.mark.parametrize("path", ["/privacy", "/help", "/sign-in", "/sign-up", "/check-mail"])
@pytest.mark.parametrize(("locale", "lang"), [("zh_CN", "zh-CN"), ("en", "en")])
def test_every_open_page_speaks_both_languages(client, session, path, locale, lang):
    client.get(f"/language/{locale}")
    page = client.get(path)
    assert page.status_code == 200
    assert f'<html lang="{lang}"' in page.text
    assert "style=" not in page.text
