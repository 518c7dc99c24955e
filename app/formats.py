"""Amounts and times as people read them, in the present language."""

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _

from app.locales import is_chinese

YUAN_PER_WAN = 10_000
HOUR, MINUTE = 3600, 60
DAYS_WITHOUT_HOURS = 3


def money(yuan: Decimal) -> str:
    """One amount of yuan: 万元 in Chinese, yuan in English."""
    return f"{_amount(yuan)} 万元" if is_chinese() else f"CNY {_amount(yuan)}"


def _amount(yuan: Decimal) -> str:
    amount = yuan / YUAN_PER_WAN if is_chinese() else yuan
    return f"{amount.normalize():,f}"


def budget(low: Decimal | None, high: Decimal | None) -> str:
    """A range of yuan, open at either end; no end at all is negotiable."""
    if low is not None and high is not None:
        if low == high:
            return money(low)
        return f"{_amount(low)}～{money(high)}" if is_chinese() else f"{money(low)}–{_amount(high)}"
    if high is not None:
        return str(_("up to %(amount)s", amount=money(high)))
    return str(_("Negotiable") if low is None else _("from %(amount)s", amount=money(low)))


def time_left(until: datetime, now: datetime) -> str:
    """How long until a moment, in words."""
    rest = until - now
    if rest.total_seconds() <= 0:
        return str(_("Time is up"))
    hours = rest.seconds // HOUR
    if rest.days >= DAYS_WITHOUT_HOURS:
        return str(_("%(days)s d left", days=rest.days))
    if rest.days:
        return str(_("%(days)s d %(hours)s h left", days=rest.days, hours=hours))
    if hours:
        return str(_("%(hours)s h left", hours=hours))
    return str(_("%(minutes)s min left", minutes=rest.seconds // MINUTE + 1))
