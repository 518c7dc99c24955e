"""Telling people: once, in the app, and by mail as each one prefers, in their language."""

import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.queries import user_by_email
from app.database import Base
from app.extensions import db
from app.locales import speaking
from app.notifications import mail, operations
from app.notifications.kinds import Kind, all_kinds, declare, fill, kind_of
from app.notifications.models import MailPreference, Notification
from app.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory

NIGHT = datetime(2025, 11, 23, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
EIGHT = datetime(2025, 11, 24, 0, 0, tzinfo=UTC)  # 08:00 there

declare(Kind("test.daily", "Tests", "Daily", "Daily %(title)s", "Body of %(title)s", mail=MailPreference.DAILY))
declare(Kind("test.news", "Tests", "News", "News about %(title)s", "By %(firm)s until %(closes_at)s, %(due_on)s, %(new)s"))
PARAMS = {
    "title": "77 GHz",
    "firm": {"zh": "芯屿", "en": "Xinyu"},
    "closes_at": "2026-11-25T10:00:00+00:00",
    "due_on": "2026-12-01",
}


def tell(session, *users, key="event", kind="test.news", now=NIGHT, params=PARAMS):
    operations.notify(session, [user.id for user in users], kind=kind, event_key=key, params=params, path="/products", now=now)


def events(session, kind) -> int:
    return session.scalar(select(func.count()).select_from(OutboxEvent).where(OutboxEvent.kind == kind))


def test_each_person_is_told_once_about_an_event(session):
    one, two = UserFactory(), UserFactory()
    tell(session, one)
    tell(session, one, two, two)
    assert session.scalar(select(func.count()).select_from(Notification)) == 2
    assert events(session, "mail.notification") == 2
    tell(session)


def test_closed_accounts_are_not_told(session, now):
    tell(session, UserFactory(disabled_at=now), UserFactory(erased_at=now))
    assert session.scalar(select(func.count()).select_from(Notification)) == 0


def test_an_undeclared_kind_is_a_mistake(session):
    with pytest.raises(KeyError):
        tell(session, UserFactory(), kind="test.nothing")
    with pytest.raises(ValueError, match="twice"):
        declare(Kind("test.news", "Tests", "Other", "Other", "Other"))


def test_mail_is_in_the_receivers_language_with_plain_and_html_text(session, worker, mailbox):
    english, chinese = UserFactory(locale="en"), UserFactory(locale="zh_CN")
    tell(session, english, chinese)
    worker()
    message = mailbox.to(english.email)[0]
    assert message["Subject"] == "News about 77 GHz"
    assert "By Xinyu until 2026-11-25 18:00, 2026-12-01, —" in mailbox.text(english.email)
    assert "http://localhost/products" in mailbox.text(english.email)
    assert "http://localhost/products" in message.get_body(("html",)).get_content()
    assert message["List-Unsubscribe"] == "<http://localhost/notifications/preferences>"
    assert message["Content-Language"] == "en"
    assert "芯屿" in mailbox.text(chinese.email)
    assert 'lang="zh-CN"' in mailbox.to(chinese.email)[0].get_body(("html",)).get_content()


def test_demo_addresses_are_never_mailed(session, worker, mailbox):
    tell(session, UserFactory(demo=True), UserFactory(email="anchor@demo.example"))
    worker()
    assert mailbox.messages == []


def test_a_refused_mail_is_tried_again_with_the_same_id(session, worker, mailbox):
    user = UserFactory()
    tell(session, user)
    mailbox.refusing = True
    worker(NIGHT)
    mailbox.refusing = False
    worker(NIGHT + timedelta(minutes=1))
    session.execute(OutboxEvent.__table__.update().values(done_at=None))
    worker(NIGHT + timedelta(minutes=2))
    first, again = mailbox.to(user.email)
    assert first["Message-ID"] == again["Message-ID"]


def test_nothing_typed_can_start_another_header_or_script(session, worker, mailbox):
    user = UserFactory()
    tell(session, user, params={**PARAMS, "title": "a\r\nBcc: all@example.com\n\n<script>alert(1)</script> 50%"})
    worker()
    (message,) = mailbox.messages
    assert message["Bcc"] is None
    assert message["Subject"].startswith("News about a Bcc: all@example.com")
    assert "<script>" not in message.get_body(("html",)).get_content()


def test_a_person_chooses_per_kind(session, sign_in, worker, mailbox):
    user = UserFactory(locale="en")
    client = sign_in(user)
    assert "News" in client.get("/notifications/preferences").text
    form = {kind.code.replace(".", "_"): "at_once" for kind in all_kinds()}
    assert client.post("/notifications/preferences", data={**form, "test_news": "nonsense"}).status_code == 422
    assert client.post("/notifications/preferences", data={**form, "test_news": "never"}).status_code == 302
    assert client.post("/notifications/preferences", data={**form, "test_news": "never"}).status_code == 302
    tell(session, user)
    tell(session, user, key="second", kind="test.daily")
    worker()
    assert [message["Subject"] for message in mailbox.to(user.email)] == ["Daily 77 GHz"]


def test_the_daily_mail_gathers_what_is_unread_at_eight(session, worker, mailbox):
    user, reader = UserFactory(locale="en"), UserFactory()
    for number in range(3):
        tell(session, user, key=f"n{number}", kind="test.daily", now=NIGHT + timedelta(minutes=number))
    tell(session, reader, kind="test.daily")
    operations.mark_all_read(session, reader.id, now=NIGHT)
    assert operations.queue_digests(session, now=EIGHT - timedelta(seconds=1)) == 0
    assert operations.queue_digests(session, now=EIGHT) == 2
    assert operations.queue_digests(session, now=EIGHT) == 0
    worker()
    (message,) = mailbox.messages
    assert message["To"] == user.email
    assert message["Subject"] == "Kaijing: 3 pieces of news"
    assert mailbox.text(user.email).count("Body of 77 GHz") == 3


def test_news_stored_after_the_daily_mail_was_made_come_in_another_one(session, worker, mailbox):
    user = UserFactory(locale="en")
    tell(session, user, key="first", kind="test.daily")
    assert operations.queue_digests(session, now=EIGHT) == 1
    tell(session, user, key="late", kind="test.daily", now=EIGHT - timedelta(seconds=1))
    assert operations.queue_digests(session, now=EIGHT + timedelta(seconds=5)) == 1
    worker()
    assert len(mailbox.to(user.email)) == 2


def test_the_list_counts_and_opens_what_is_unread(session, sign_in, statements):
    user = UserFactory(locale="en")
    client = sign_in(user)
    assert "No notifications" in client.get("/notifications").text
    for number in range(25):
        tell(session, user, key=f"n{number}", now=NIGHT + timedelta(minutes=number))
    page = client.get("/notifications").text
    assert page.count("News about 77 GHz") == 20
    assert "25 unread" in page
    assert client.get("/notifications?page=2").text.count("News about 77 GHz") == 5
    newest = session.scalar(select(Notification).order_by(Notification.created_at.desc()))
    assert client.post(f"/notifications/{newest.id}/open").location == "/products"
    assert client.post(f"/notifications/{newest.id}/open").location == "/products"
    assert "24 unread" in client.get("/notifications?unread=1").text
    with statements() as few:
        client.get("/notifications")
    client.post("/notifications/read")
    assert "unread" not in client.get("/notifications").text.split("<main")[0]
    with statements() as many:
        client.get("/notifications")
    assert len(few) == len(many) <= 6


def test_another_persons_notification_does_not_exist(session, sign_in):
    user = UserFactory()
    tell(session, user)
    theirs = session.scalar(select(Notification.id))
    assert sign_in(UserFactory()).post(f"/notifications/{theirs}/open").status_code == 404


def test_every_kind_reads_well_in_both_languages(app, session):
    for kind in all_kinds():
        for locale in ("zh_CN", "en"):
            with app.test_request_context(), speaking(locale):
                assert fill(kind.title, {})
                assert fill(kind.body, {})
                assert str(kind.label)
    assert kind_of("accounts.locked").mail is MailPreference.AT_ONCE


LETTER = {"key": "k", "to": "a@example.com", "locale": "en", "subject": "S", "text": "t", "html": "h", "sent_at": NIGHT}


def test_mail_may_be_written_to_files(app, session, tmp_path):
    app.config["MAIL_URL"] = f"file:{tmp_path}/out?from=press@park.example"
    with app.app_context():
        mail.send(mail.Letter(**LETTER))
        mail.send(mail.Letter(**LETTER))
    (file,) = (tmp_path / "out").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "a@example.com"
    assert "press@park.example" in message["From"]


class Handler:
    """What a mail server says to each receiver; `code` None takes the mail."""

    def __init__(self, code: str | None = None) -> None:
        self.code, self.users, self.taken = code, [], 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  (the name is aiosmtpd's)
        if self.code:
            return self.code
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server, _session, _envelope):  # noqa: N802
        self.taken += 1
        return "250 taken"


@pytest.fixture
def server():
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    started = []

    def start(handler, **options):
        def authenticate(_server, _session, _envelope, _mechanism, data):
            handler.users.append((data.login.decode(), data.password.decode()))
            return AuthResult(success=True)

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = {"hostname": "127.0.0.1", **options}
        controller = Controller(handler, port=port, authenticator=authenticate, **options)
        controller.start()
        started.append(controller)
        return port

    yield start
    for controller in started:
        controller.stop()


def test_a_receiver_refused_for_good_is_given_up_and_one_refused_for_now_is_not(app, session, server):
    with app.app_context():
        app.config["MAIL_URL"] = f"smtp://127.0.0.1:{server(Handler('550 unknown'))}"
        mail.send(mail.Letter(**LETTER))
        app.config["MAIL_URL"] = f"smtp://127.0.0.1:{server(Handler('450 busy'))}"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            mail.send(mail.Letter(**LETTER))


def test_the_mail_server_is_told_user_and_password(app, session, server):
    handler = Handler()
    port = server(handler, auth_require_tls=False)
    with app.app_context():
        app.config["MAIL_URL"] = f"smtp://us%40er:pass%2Fword@127.0.0.1:{port}"
        mail.send(mail.Letter(**LETTER))
    assert handler.users == [("us@er", "pass/word")]
    assert handler.taken == 1


# a key that protects nothing: it lets a server on the loopback speak TLS
CERTIFICATE = Path(__file__).parents[1] / "support" / "localhost.pem"


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_mail_is_encrypted_when_the_server_offers_it_and_its_name_is_checked(app, session, server, tls, monkeypatch):
    handler = Handler()
    port = server(handler, tls_context=tls, require_starttls=True)
    app.config["MAIL_URL"] = f"smtp://user:secret@localhost:{port}"
    with app.app_context():
        with pytest.raises(ssl.SSLCertVerificationError):
            mail.send(mail.Letter(**LETTER))
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        mail.send(mail.Letter(**LETTER))
    assert handler.users == [("user", "secret")]
    assert handler.taken == 1


def test_mail_is_encrypted_from_the_start_where_the_address_says_so(app, session, server, tls, monkeypatch):
    handler = Handler()
    port = server(handler, ssl_context=tls)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    app.config["MAIL_URL"] = f"smtps://localhost:{port}"
    with app.app_context():
        mail.send(mail.Letter(**LETTER))
    assert handler.taken == 1


def test_a_password_is_never_sent_in_the_clear_over_the_network(app, session, server):
    handler = Handler()
    port = server(handler, hostname="127.0.0.2", auth_require_tls=False)
    app.config["MAIL_URL"] = f"smtp://user:secret@127.0.0.2:{port}"
    with app.app_context(), pytest.raises(smtplib.SMTPException, match="encryption"):
        mail.send(mail.Letter(**LETTER))
    assert handler.users == []


def test_erasing_a_person_erases_what_they_were_told(session):
    user = UserFactory()
    tell(session, user)
    operations.set_preferences(session, user.id, {"test.news": MailPreference.NEVER})
    operations.erase_for(session, user.id)
    for name in ("notifications", "notification_preferences"):
        assert db.session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) == 0
    assert user_by_email(session, user.email) is user
