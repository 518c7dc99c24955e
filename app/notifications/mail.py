"""Mail: one message at a time, multipart, over whatever KAIJING_MAIL_URL names.

`file:PATH` writes .eml files; `smtp://[user:password@]host[:port]` uses STARTTLS when the server offers it, `smtps://` TLS from the
start; `?from=ADDRESS` sets the sender (default: kaijing@ the host of the base address).
"""

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from flask import current_app
from flask_babel import get_locale

from app.config import PROJECT
from app.locales import speaking

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
SMTP_PORT, SMTPS_PORT = 25, 465
PERMANENT = 500
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Letter:
    """A message in the receiver's language. `key` is the event: the same key and receiver give the same Message-ID."""

    key: str
    to: str
    locale: str
    subject: str
    text: str
    html: str
    sent_at: datetime
    unsubscribe: str = ""


def compose(template: str, *, key: str, to: str, locale: str, sent_at: datetime, unsubscribe: str = "", **context: Any) -> Letter:
    """Render `mail/<template>.txt`, whose first line is the subject, and `mail/<template>.html`, in the receiver's language.

    Context values that can be called are called in that language.
    """
    with speaking(locale):
        values: dict[str, Any] = {name: value() if callable(value) else value for name, value in context.items()}
        values |= {"locale": get_locale(), "base_url": current_app.config["BASE_URL"], "unsubscribe": unsubscribe}
        subject, _newline, text = _render(f"mail/{template}.txt", values).partition("\n")
        html = _render(f"mail/{template}.html", values)
    return Letter(key, to, locale, subject, text.strip() + "\n", html, sent_at, unsubscribe)


def _render(template: str, values: Mapping[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(values)


def send(letter: Letter) -> None:
    """Send a letter. Raises OSError (of which smtplib's errors are) when it could not be handed over for now.

    A receiver whom the server refuses for good is logged and given up: trying again would not help.
    """
    url = urlsplit(current_app.config["MAIL_URL"])
    message = build(letter, url)
    if url.scheme == "file":
        _write(message, Path(unquote(url.path)))
        return
    try:
        with _server(url) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refusal:
        if any(code < PERMANENT for code, _reason in refusal.recipients.values()):
            raise
        log.warning("the mail server refuses a receiver for good: %s", letter.key)


def build(letter: Letter, url: SplitResult) -> EmailMessage:
    """The message with its headers. White space in a header becomes one blank, so that nothing typed can start another header."""
    domain = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    sender = parse_qs(url.query).get("from", [f"kaijing@{domain}"])[0]
    message = EmailMessage()
    message["From"] = Address("Kaijing 开景", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(letter.sent_at)
    digest = hashlib.sha256(f"{letter.key}\n{letter.to}".encode()).hexdigest()[:40]
    message["Message-ID"] = f"<{digest}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    message["Content-Language"] = letter.locale.replace("_", "-")
    return message


def _write(message: EmailMessage, directory: Path) -> None:
    directory = PROJECT / directory
    directory.mkdir(parents=True, exist_ok=True)
    name = message["Message-ID"].strip("<>").partition("@")[0]
    unfinished = directory / f"{name}.tmp"
    unfinished.write_bytes(bytes(message))
    unfinished.replace(directory / f"{name}.eml")


@contextmanager
def _server(url: SplitResult) -> Iterator[smtplib.SMTP]:
    host, context = url.hostname or "localhost", ssl.create_default_context()
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, url.port or SMTPS_PORT, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, url.port or SMTP_PORT, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        secure = url.scheme == "smtps"
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            secure = True
        if url.username:
            if not secure and host not in LOOPBACK:
                raise smtplib.SMTPException("the mail server offers no encryption: the password is not sent")
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
