"""Which language a person reads: their choice in this browser, then their account's, then what the browser asks for.

Flask-Babel finds the language; pages ask for it a hundred times each, so what they need of it is looked up once a request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flask_babel
from babel import Locale
from babel.support import Translations
from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.clock import shanghai_text
from app.extensions import babel

LOCALES = {"zh_CN": "中文", "en": "English"}
_PARSED = {code: Locale.parse(code) for code in LOCALES}


@dataclass(frozen=True)
class Language:
    """What pages need of a language: whether it is Chinese, and its catalogue."""

    chinese: bool
    catalogue: Translations


class _Catalogues(flask_babel.Domain):
    """The catalogues as Flask-Babel finds them, looked up once a request and not at each text."""

    def get_translations(self) -> Translations:
        """The catalogue of the present language."""
        return language().catalogue

    def of_present_locale(self) -> Translations:
        """The catalogue as Flask-Babel finds it."""
        catalogue: Translations = super().get_translations()
        return catalogue


_catalogues = _Catalogues()


def init_app(app: Flask) -> None:
    """Let texts be translated, and moments be written, without asking Flask-Babel about the request at each of them."""
    babel.domain_instance = _catalogues
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
        locale = flask_babel.get_locale()
        found = g.language = Language(locale is None or locale.language == "zh", _catalogues.of_present_locale())
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
    return _filled(context, language().catalogue.ugettext(message), values)


@pass_eval_context
def _ngettext(context: EvalContext, singular: str, plural: str, num: int, /, **values: Any) -> str:
    return _filled(context, language().catalogue.ungettext(singular, plural, num), {"num": num, **values})


def _filled(context: EvalContext, text: str, values: dict[str, Any]) -> str:
    """A translation with its values, which are escaped where the template escapes. `%%` is always a per cent sign."""
    if context.autoescape:
        text = Markup(text)  # noqa: S704  (the catalogues are ours)
    return text % values if "%" in text else text
