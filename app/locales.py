"""Which language a person reads: their choice in this browser, then their account's, then what the browser asks for."""

from typing import Any

from flask import has_request_context, request, session
from flask_babel import get_locale
from flask_login import current_user

LOCALES = {"zh_CN": "中文", "en": "English"}


def select_locale() -> str | None:
    """The locale of the present request; outside a request None, which means the default."""
    if not has_request_context():
        return None
    if session.get("locale") in LOCALES:
        return str(session["locale"])
    if current_user.is_authenticated:
        return str(current_user.user.locale)
    return "en" if request.accept_languages.best_match(["zh", "en"]) == "en" else "zh_CN"


def is_chinese() -> bool:
    """Whether the present language is Chinese."""
    locale = get_locale()
    return locale is None or locale.language == "zh"


def localized(record: Any, attribute: str = "name") -> str:
    """A record's text in the present language: `name_zh` or `name_en`, the other one where it is missing."""
    if record is None:
        return ""
    chinese = getattr(record, f"{attribute}_zh", "") or ""
    english = getattr(record, f"{attribute}_en", "") or ""
    return (chinese or english) if is_chinese() else (english or chinese)
