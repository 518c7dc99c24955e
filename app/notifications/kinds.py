"""What people can be told. Each capability declares its kinds in its `handlers.py`, beside the events that cause them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.clock import SHANGHAI
from app.errors import Text
from app.locales import is_chinese
from app.notifications.models import MailPreference


@dataclass(frozen=True)
class Kind:
    """One kind of notification: its stable code, where the preference page lists it, and its text with `%(name)s` places.

    A parameter whose name ends in `_at` is an ISO moment, shown in Shanghai time; one that ends in `_on` is an ISO date; a mapping
    with the keys `zh` and `en` is a name in both languages; anything else is shown as it is.
    """

    code: str
    group: Text
    label: Text
    title: Text
    body: Text
    mail: MailPreference = MailPreference.AT_ONCE


_kinds: dict[str, Kind] = {}


def declare(*kinds: Kind) -> None:
    """Make kinds known. Raises ValueError when a code is taken by another kind."""
    for kind in kinds:
        if _kinds.setdefault(kind.code, kind) != kind:
            raise ValueError(f"the kind {kind.code} is declared twice")


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises KeyError when nobody has declared it."""
    return _kinds[code]


def all_kinds() -> list[Kind]:
    """Every kind, in the order in which they were declared."""
    return list(_kinds.values())


def groups() -> dict[str, list[Kind]]:
    """The kinds under their headings, in the present language."""
    headed: dict[str, list[Kind]] = {}
    for kind in _kinds.values():
        headed.setdefault(str(kind.group), []).append(kind)
    return headed


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"  # a text that has gained a place since the notification was written


def fill(text: Text, params: Mapping[str, Any]) -> str:
    """A kind's text in the present language, with its places filled."""
    return str(text) % _Shown({name: _shown(name, value) for name, value in params.items()})


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        chinese, english = value.get("zh") or "", value.get("en") or ""
        return (chinese or english) if is_chinese() else (english or chinese)
    if name.endswith("_at") and value:
        return datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if name.endswith("_on") and value:
        return date.fromisoformat(value).isoformat()
    return value
