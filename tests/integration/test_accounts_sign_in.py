"""Getting in and out: sign-up, confirmation, sign-in with its lock-out, second factor, reset, sessions."""

import re
from datetime import timedelta
from functools import cache

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import func, select

from app.accounts import operations, passwords, tokens
from app.accounts.models import SignInFailure, User, UserSession
from app.accounts.operations import Outcome
from app.accounts.queries import session_of, user_by_email
from app.audit.models import AuditDetail
from app.notifications.models import Notification
from app.organizations.models import Membership
from app.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory

PASSWORD = "orchid-lamp-72"


@cache
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def person(**fields) -> User:
    return UserFactory(password_hash=password_hash(), **fields)


def link(text: str) -> str:
    return re.search(r"http://localhost(/\S+)", text).group(1)


def enter(client, user, password=PASSWORD, **query):
    return client.post("/sign-in", data={"email": user.email, "password": password}, query_string=query)


def signed_in(client) -> bool:
    return client.get("/account").status_code == 200


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditDetail.action).order_by(AuditDetail.seq)))


SIGN_UP = {"email": "Wei@Example.com", "name": "Wei", "password": PASSWORD, "consent": "y"}


def test_an_account_begins_with_a_confirmed_address(client, session, worker, mailbox):
    assert client.post("/sign-up", data=SIGN_UP).location == "/check-mail"
    assert "mail" in client.get("/check-mail?").text
    user = user_by_email(session, "wei@example.com")
    assert user.email_confirmed_at is None
    worker()
    address = link(mailbox.text("wei@example.com"))
    assert client.get(address).status_code == 200
    assert client.post(address, data={"password": "not-the-password"}).status_code == 422
    assert client.post(address, data={"password": PASSWORD}).status_code == 302
    assert signed_in(client)
    session.refresh(user)
    assert user.email_confirmed_at is not None
    assert actions(session) == ["accounts.sign_up", "accounts.confirm_email", "accounts.sign_in"]


def test_a_confirmation_link_works_once(client, session, worker, mailbox):
    client.post("/sign-up", data=SIGN_UP)
    worker()
    address = link(mailbox.text("wei@example.com"))
    client.post(address, data={"password": PASSWORD})
    client.post("/sign-out")
    client.post(address, data={"password": PASSWORD})
    assert user_by_email(session, "wei@example.com").email_confirmed_at is not None
    assert actions(session).count("accounts.confirm_email") == 1


def test_a_forged_or_foreign_link_does_not_exist(client, app):
    with app.app_context():
        foreign = tokens.make("reset", user_id="x", stamp="y")
    assert client.get("/confirm/forged").status_code == 404
    assert client.get(f"/confirm/{foreign}").status_code == 404


def test_signing_up_with_a_taken_address_looks_the_same(client, session, worker, mailbox):
    user = person(email="wei@example.com", name="The first")
    assert client.post("/sign-up", data=SIGN_UP).location == "/check-mail"
    worker()
    assert "already" in mailbox.to("wei@example.com")[-1]["Subject"]
    session.refresh(user)
    assert user.name == "The first"


@pytest.mark.parametrize(
    "wrong", [{"email": "no address"}, {"password": "short"}, {"password": "wei@example.com"}, {"consent": ""}, {"name": ""}]
)
def test_a_sign_up_with_a_wrong_field_comes_back(client, session, wrong):
    answer = client.post("/sign-up", data={key: value for key, value in {**SIGN_UP, **wrong}.items() if value})
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert user_by_email(session, "wei@example.com") is None


def test_all_that_is_wrong_with_a_sign_up_is_said_at_once(client):
    answer = client.post("/sign-up", data={"email": "no address", "name": "", "password": "short"})
    assert set(re.findall(r'id="(\w+)-error"', answer.text)) == {"email", "name", "password", "consent"}
    answer = client.post("/sign-up", data={"email": "", "name": "Wei", "password": "long-enough-lamp"})
    assert set(re.findall(r'id="(\w+)-error"', answer.text)) == {"email", "consent"}


def test_a_name_is_shown_as_text(client, sign_in):
    assert "<script>alert" not in sign_in(person(name="<script>alert(1)</script>")).get("/account").text


def test_signing_in_opens_a_session_under_a_new_cookie(client, session):
    user = person()
    with client.session_transaction() as cookie:
        cookie["locale"], cookie["planted"] = "en", "by somebody else"
    assert enter(client, user, next="/products").location == "/products"
    with client.session_transaction() as cookie:
        assert cookie["locale"] == "en"
        assert "planted" not in cookie
        assert session_of(session, cookie["_user_id"], now=user.created_at)[1].id == user.id
    assert enter(client, user).status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(client, session, target):
    assert "evil" not in enter(client, person(), next=target).location


def test_a_page_for_people_asks_to_sign_in_and_then_comes_back(client, session):
    answer = client.get("/account")
    assert answer.status_code == 302
    assert "next=%2Faccount" in answer.location
    assert client.post(answer.location, data={"email": person().email, "password": PASSWORD}).location == "/account"


def test_an_unknown_account_answers_as_a_wrong_password_does(client, session):
    user = person()
    wrong = enter(client, user, "not-the-password")
    unknown = client.post("/sign-in", data={"email": "nobody@example.com", "password": "not-the-password"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(user.email, "") == unknown.text.replace("nobody@example.com", "")
    assert session.scalar(select(func.count()).select_from(SignInFailure)) == 2


@pytest.mark.parametrize("field", ["disabled_at", "erased_at"])
def test_a_closed_account_does_not_open(client, session, now, field):
    user = person(**{field: now})
    assert enter(client, user).status_code == 422


def test_an_unconfirmed_address_gets_its_letter_again(client, session, worker, mailbox):
    user = person(email_confirmed_at=None)
    assert enter(client, user).status_code == 422
    worker()
    assert client.post(link(mailbox.text(user.email)), data={"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("ask", ["sign-in", "reset", "sign-up", "sign-up anew"])
def test_whoever_asks_again_and_again_fills_nobodys_mailbox(client, session, now, worker, mailbox, ask):
    user = person(email="wei@example.com", email_confirmed_at=None if ask in {"sign-in", "sign-up anew"} else now)
    begin = now.replace(minute=0, second=0, microsecond=0)
    for minutes in (0, 1, 9):
        with time_machine.travel(begin + timedelta(minutes=minutes)):
            if ask == "sign-in":
                answer = enter(client, user)
            elif ask == "reset":
                answer = client.post("/reset", data={"email": user.email})
            else:
                answer = client.post("/sign-up", data={**SIGN_UP, "password": f"orchid-lamp-{minutes}7"})
        assert answer.status_code == (422 if ask == "sign-in" else 302)
    worker()
    assert len(mailbox.to(user.email)) == 1


def test_after_ten_minutes_a_letter_is_sent_again(client, session, now, worker, mailbox):
    user = person()
    for minutes in (0, 10):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            client.post("/reset", data={"email": user.email})
    worker(now + timedelta(minutes=11))
    assert len(mailbox.to(user.email)) == 2


def test_a_link_confirms_after_another_sign_up_with_the_latest_password_only(client, session, worker, mailbox):
    client.post("/sign-up", data={**SIGN_UP, "password": "attackers-choice-1"})
    worker()
    client.post("/sign-up", data=SIGN_UP)
    address = link(mailbox.text("wei@example.com"))
    assert client.post(address, data={"password": "attackers-choice-1"}).status_code == 422
    assert client.post(address, data={"password": PASSWORD}).status_code == 302


def test_five_failures_lock_the_account_and_longer_each_time(session, now):
    user = person()

    def attempt(password, after):
        return operations.check_password(session, user.email, password, address="192.0.2.1", now=now + after)

    outcomes = [attempt("not-the-password", timedelta()).outcome for _ in range(5)]
    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.LOCKED]
    assert attempt(PASSWORD, timedelta(seconds=59)).outcome is Outcome.LOCKED
    assert attempt("not-the-password", timedelta(seconds=61)).retry_at == now + timedelta(seconds=61, minutes=2)
    done = attempt(PASSWORD, timedelta(minutes=4))
    assert done.outcome is Outcome.DONE
    operations.open_session(session, user, address="192.0.2.1", agent="test", now=now)
    assert attempt("not-the-password", timedelta(minutes=4)).outcome is Outcome.WRONG
    session.commit()
    assert actions(session) == ["accounts.lock", "accounts.lock", "accounts.sign_in"]
    assert [row.kind for row in session.scalars(select(Notification))] == ["accounts.locked"]


def test_a_lock_is_kept_although_the_answer_is_an_error(client, session):
    user = person()
    for _ in range(5):
        answer = enter(client, user, "not-the-password")
    assert "Too many" in answer.text or "次" in answer.text
    assert enter(client, user).status_code == 422
    assert not signed_in(client)


def test_twenty_failures_lock_the_address_for_every_account(session, now):
    for number in range(20):
        operations.check_password(session, f"nobody{number}@example.com", "not-the-password", address="192.0.2.1", now=now)
    user = person()
    elsewhere = operations.check_password(session, user.email, PASSWORD, address="192.0.2.2", now=now)
    here = operations.check_password(session, user.email, PASSWORD, address="192.0.2.1", now=now)
    assert (elsewhere.outcome, here.outcome) == (Outcome.DONE, Outcome.LOCKED)


def test_a_hash_with_old_parameters_is_renewed_at_sign_in(session, now):
    user = person()
    user.password_hash = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    operations.check_password(session, user.email, PASSWORD, address="", now=now)
    assert not passwords.outdated(user.password_hash)


def test_thirty_correct_sign_ins_a_minute_pass(client, session, app, rate_limits):
    user = person()
    assert {enter(app.test_client(), user).status_code for _ in range(30)} == {302}


def test_asking_for_resets_is_limited(client, session, rate_limits):
    answers = [client.post("/reset", data={"email": "nobody@example.com"}).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]


def with_second_factor(now, **fields) -> User:
    return person(totp_secret=pyotp.random_base32(), totp_confirmed_at=now, **fields)


def test_the_second_factor_is_asked_for_and_its_code_is_good_once(client, app, session, now):
    user = with_second_factor(now)
    code = pyotp.TOTP(user.totp_secret).at(now)
    assert enter(client, user, next="/products").location == "/sign-in/code?next=/products"
    assert not signed_in(client)
    assert client.get("/sign-in/code").status_code == 200
    assert client.post("/sign-in/code", data={"code": "000000" if code != "000000" else "111111"}).status_code == 422
    assert client.post("/sign-in/code?next=/products", data={"code": code}).location == "/products"
    other = app.test_client()
    enter(other, user)
    assert other.post("/sign-in/code", data={"code": code}).status_code == 422


def test_the_code_alone_leads_nowhere(client, session, now):
    user = with_second_factor(now)
    code = pyotp.TOTP(user.totp_secret).at(now)
    assert client.post("/sign-in/code", data={"code": code}).location.startswith("/sign-in")
    assert not signed_in(client)


def test_password_and_code_in_one_step(session, now):
    user = with_second_factor(now)
    code = pyotp.TOTP(user.totp_secret).at(now)
    outcomes = [
        operations.authenticate(session, user.email, PASSWORD, typed, address="192.0.2.1", now=now).outcome
        for typed in (None, "12", code)
    ]
    assert outcomes == [Outcome.CODE_NEEDED, Outcome.WRONG, Outcome.DONE]


PROMPTS = {
    "/account/delete": {"password": PASSWORD},
    "/account/email": {"email": "new@example.com", "password": PASSWORD},
    "/account/password": {"current": PASSWORD, "password": "another-lamp-73"},
    "/account/second-factor/start": {"password": PASSWORD},
    "/account/second-factor/disable": {"password": PASSWORD},
}


@pytest.mark.parametrize("path", PROMPTS)
def test_a_wrong_password_counts_wherever_it_is_asked_for(app, sign_in, session, path):
    user = person()
    client, form = sign_in(user), PROMPTS[path]
    asked = "current" if "current" in form else "password"
    answers = [client.post(path, data={**form, asked: "not-the-password"}) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    assert "The password is not right." in answers[0].text
    assert "Too many" in answers[-1].text
    locked = client.post(path, data=form)
    assert (locked.status_code, "Too many" in locked.text) == (422, True)
    assert "Too many" in enter(app.test_client(), user).text
    assert actions(session) == ["accounts.lock"]


def test_ones_right_password_begins_the_count_anew(sign_in, session):
    client = sign_in(person())
    for _ in range(2):
        for password in ["not-the-password"] * 4 + [PASSWORD]:
            answer = client.post("/account/email", data={"email": "new@example.com", "password": password})
        assert answer.status_code == 302


def test_guessing_codes_locks_the_account(session, now):
    user = with_second_factor(now)
    code = pyotp.TOTP(user.totp_secret).at(now)
    outcomes = [operations.check_code(session, user.id, "12", address="192.0.2.1", now=now).outcome for _ in range(5)]
    assert outcomes[-1] is Outcome.LOCKED
    assert operations.check_code(session, user.id, code, address="192.0.2.1", now=now).outcome is Outcome.LOCKED
    assert operations.check_code(session, person().id, code, address="192.0.2.1", now=now).outcome is Outcome.WRONG


def test_the_second_factor_is_set_up_with_its_first_code_and_switched_off_with_the_password(sign_in, session, now):
    user = person()
    client = sign_in(user)
    assert client.get("/account/second-factor").status_code == 200
    assert client.get("/account/second-factor/start").status_code == 200
    assert client.post("/account/second-factor/start", data={"password": "not-the-password"}).status_code == 422
    client.post("/account/second-factor/start", data={"password": PASSWORD})
    session.refresh(user)
    page = client.get("/account/second-factor").text
    assert user.totp_secret in page
    assert "data:image/svg+xml" in page
    assert client.post("/account/second-factor", data={"code": "12"}).status_code == 422
    client.post("/account/second-factor", data={"code": pyotp.TOTP(user.totp_secret).now()})
    session.refresh(user)
    assert user.has_second_factor
    assert user.totp_secret not in client.get("/account/second-factor").text
    assert client.post("/account/second-factor/start", data={"password": PASSWORD}).status_code == 409
    assert client.post("/account/second-factor", data={"code": "12"}).status_code == 409
    assert client.get("/account/second-factor/disable").status_code == 200
    assert client.post("/account/second-factor/disable", data={"password": "not-the-password"}).status_code == 422
    assert client.post("/account/second-factor/disable", data={"password": PASSWORD}).status_code == 302
    session.refresh(user)
    assert not user.has_second_factor


def test_production_sends_those_who_decide_to_the_second_factor_first(app, sign_in, session):
    app.config["PRODUCTION"] = True
    client = sign_in(person(is_reviewer=True))
    assert client.get("/account").location == "/account/second-factor"
    assert client.get("/account/second-factor").status_code == 200
    assert client.get("/privacy").status_code == 200
    assert sign_in(person()).get("/account").status_code == 200


def test_production_keeps_the_second_factor_of_those_who_decide(app, sign_in, session, now):
    app.config["PRODUCTION"] = True
    client = sign_in(with_second_factor(now, is_admin=True))
    assert client.post("/account/second-factor/disable", data={"password": PASSWORD}).status_code == 409


def test_a_reset_sets_a_new_password_once_and_ends_every_session(client, sign_in, session, worker, mailbox):
    user = person()
    before = sign_in(user)
    assert client.get("/reset").status_code == 200
    assert client.post("/reset", data={"email": user.email.upper()}).location == "/check-mail"
    worker()
    address = link(mailbox.text(user.email))
    assert client.get(address).status_code == 200
    assert client.post(address, data={"password": "short"}).status_code == 422
    assert client.post(address, data={"password": "another-lamp-73"}).location == "/sign-in"
    assert client.post(address, data={"password": "a-third-lamp-74"}).status_code == 422
    assert not signed_in(before)
    assert enter(client, user).status_code == 422
    assert enter(client, user, "another-lamp-73").status_code == 302


def test_a_reset_for_nobody_looks_the_same_and_sends_nothing(client, session, worker, mailbox):
    assert client.post("/reset", data={"email": "nobody@example.com"}).location == "/check-mail"
    worker()
    assert not mailbox.messages


def test_a_reset_link_expires_after_an_hour(client, session, worker, mailbox):
    user = person()
    client.post("/reset", data={"email": user.email})
    worker()
    address = link(mailbox.text(user.email))
    with time_machine.travel(user.created_at + timedelta(hours=1, minutes=1)):
        assert client.post(address, data={"password": "another-lamp-73"}).status_code == 422


def test_no_link_lies_in_the_database(client, session, worker, mailbox):
    user = person()
    client.post("/reset", data={"email": user.email})
    worker()
    token = link(mailbox.text(user.email)).rpartition("/")[2]
    assert all(token not in str(event.payload) for event in session.scalars(select(OutboxEvent)))


def test_changing_the_password_ends_the_other_sessions(sign_in, session):
    user = person()
    here, there = sign_in(user), sign_in(user)
    form = {"current": PASSWORD, "password": "another-lamp-73"}
    assert here.get("/account/password").status_code == 200
    assert here.post("/account/password", data={**form, "current": "not-the-password"}).status_code == 422
    assert here.post("/account/password", data={**form, "password": "short"}).status_code == 422
    assert here.post("/account/password", data=form).status_code == 302
    assert signed_in(here)
    assert not signed_in(there)
    assert "accounts.change_password" in actions(session)


def test_sessions_are_listed_and_revoked_one_by_one_or_all_others(app, client, session):
    user = person()
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        enter(browser, user)
    page = browsers[0].get("/account/sessions").text
    revocable = re.findall(r"/account/sessions/[0-9a-f-]+/revoke", page)
    assert len(revocable) == 2
    browsers[0].post(revocable[0])
    assert [signed_in(browser) for browser in browsers].count(True) == 2
    browsers[0].post("/account/sessions/revoke-others")
    assert [signed_in(browser) for browser in browsers] == [True, False, False]


def test_another_persons_session_does_not_exist(app, client, sign_in, session):
    victim = person()
    browser = app.test_client()
    enter(browser, victim)
    theirs = session.scalar(select(UserSession.id).where(UserSession.user_id == victim.id))
    assert sign_in(person()).post(f"/account/sessions/{theirs}/revoke").status_code == 404
    assert signed_in(browser)


def test_signing_out_ends_the_session_and_keeps_the_language(app, client, session):
    user = person()
    enter(client, user)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
        cookie["locale"] = "en"
    assert client.post("/sign-out").location == "/"
    assert session_of(session, token, now=user.created_at) is None
    with client.session_transaction() as cookie:
        assert dict(cookie) == {"locale": "en"}
    assert client.post("/sign-out").status_code == 302


def test_a_session_ends_after_twelve_idle_hours_and_seven_days(client, session):
    user = person()
    enter(client, user)
    for hours in (11, 22, 33):
        with time_machine.travel(user.created_at + timedelta(hours=hours)):
            assert signed_in(client)
    with time_machine.travel(user.created_at + timedelta(hours=46)):
        assert not signed_in(client)
        enter(client, user)
    for hours in range(47, 46 + 7 * 24, 11):
        with time_machine.travel(user.created_at + timedelta(hours=hours)):
            assert signed_in(client)
    with time_machine.travel(user.created_at + timedelta(hours=46 + 7 * 24, minutes=1)):
        assert not signed_in(client)


def test_what_no_longer_counts_is_cleared_away(session, now):
    user = person()
    operations.check_password(session, user.email, "not-the-password", address="", now=now - timedelta(days=2))
    operations.open_session(session, user, address="", agent="test", now=now - timedelta(days=15))
    operations.check_password(session, user.email, "not-the-password", address="", now=now)
    operations.open_session(session, user, address="", agent="test", now=now)
    operations.check_password(session, "nobody@example.com", "not-the-password", address="", now=now - timedelta(days=2))
    assert operations.clean_up_due(session, now=now) == 2
    assert operations.clean_up_due(session, now=now) == 0


def test_one_acts_for_an_organisation_of_ones_own_only(sign_in, session, now):
    user, mine, strange = person(), OrganizationFactory(), OrganizationFactory()
    session.add(Membership(organization_id=mine.id, user_id=user.id, joined_at=now))
    client = sign_in(user)
    assert client.post("/acting-for", data={"organization_id": str(mine.id)}).status_code == 302
    with client.session_transaction() as cookie:
        assert cookie["organization_id"] == str(mine.id)
    assert client.post("/acting-for", data={"organization_id": str(strange.id)}).status_code == 404
    assert client.post("/acting-for", data={"organization_id": "nonsense"}).status_code == 404


def test_a_session_notes_when_it_last_changed_something(client, session):
    user = person()
    enter(client, user)
    with time_machine.travel(user.created_at + timedelta(hours=1)):
        client.post("/notifications/read")
    row = session.scalar(select(UserSession))
    assert row.seen_at - row.created_at > timedelta(minutes=50)
