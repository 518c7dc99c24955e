"""Which language a person reads: their choice in this browser, then their account's, then what the browser asks for.

Flask-Babel finds the language; templates ask for it a hundred times a page, so what they need of it is looked up once a request.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flask_babel
from babel import Locale
from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.clock import shanghai_text

LOCALES = {"zh_CN": "中文", "en": "English"}
_PARSED = {code: Locale.parse(code) for code in LOCALES}


@dataclass(frozen=True)
class Language:
    """What templates need of a language: whether it is Chinese, and its catalogue."""

    chinese: bool
    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]


def init_app(app: Flask) -> None:
    """Let templates translate, and write moments, without asking Flask-Babel about the request at each of them."""
    app.jinja_env.filters["shanghai"] = shanghai_text
    app.jinja_env.globals.update({"_": _gettext, "gettext": _gettext, "ngettext": _ngettext})


def select_locale() -> Locale | None:
    """The locale of the present request; outside a request None, which means the default."""
    if not has_request_context():
        return None
    if session.get("locale") in LOCALES:
        return _PARSED[session["locale"]]
    if current_user.is_authenticated:
        return _PARSED[current_user.user.locale]
    return _PARSED["en" if request.accept_languages.best_match(["zh", "en"]) == "en" else "zh_CN"]


def language() -> Language:
    """The present language: the request's, or the one spoken inside `speaking`; outside both the default one."""
    found: Language | None = g.get("language")
    if found is None:
        locale, catalogue = flask_babel.get_locale(), flask_babel.get_translations()
        found = g.language = Language(locale is None or locale.language == "zh", catalogue.ugettext, catalogue.ungettext)
    return found


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Everything inside is in this language, whatever the request's is: letters to others."""
    before = g.pop("language", None)
    try:
        with flask_babel.force_locale(locale):  # noqa: TID251
            yield
    finally:
        g.language = before


def is_chinese() -> bool:
    """Whether the present language is Chinese."""
    return language().chinese if has_app_context() else True


def localized(record: Any, attribute: str = "name") -> str:
    """A record's text in the present language: `name_zh` or `name_en`, the other one where it is missing."""
    if record is None:
        return ""
    chinese = getattr(record, f"{attribute}_zh", "") or ""
    english = getattr(record, f"{attribute}_en", "") or ""
    return (chinese or english) if is_chinese() else (english or chinese)


@pass_eval_context
def _gettext(context: EvalContext, message: str, /, **values: Any) -> str:
    return _filled(context, language().gettext(message), values)


@pass_eval_context
def _ngettext(context: EvalContext, singular: str, plural: str, num: int, /, **values: Any) -> str:
    return _filled(context, language().ngettext(singular, plural, num), {"num": num, **values})


def _filled(context: EvalContext, text: str, values: dict[str, Any]) -> str:
    """A translation with its values, which are escaped where the template escapes. `%%` is always a per cent sign."""
    if context.autoescape:
        text = Markup(text)  # noqa: S704  (the catalogues are ours)
    return text % values if "%" in text else text
