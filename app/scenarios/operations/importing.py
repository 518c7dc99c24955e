"""Taking challenges over from Challenge.gov's feed as drafts of a firm."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.errors import Invalid, Problems, collecting
from app.scenarios import queries
from app.scenarios.models import Scenario
from app.scenarios.operations.drafts import create_draft, save_draft

# the feed's times are those of the United States' capital
EASTERN = ZoneInfo("America/New_York")
NAMESPACE = uuid.UUID("6d6d7f0e-8d0b-4b57-9a3e-6f0f4f0c8c52")
MOMENT = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:\s+(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\.?)?(?:\s+ET)?", re.IGNORECASE)
AMOUNT = re.compile(r"\$\s?(\d{1,3}(?:,?\d{3})*)(?:\.\d{1,2})?")
ENDS_OF_BLOCKS = re.compile(r"<br\s*/?>|</(?:p|li|h[1-6]|tr|div|ul|ol|table|blockquote)>", re.IGNORECASE)
ITEMS = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
NOON = 12
TEXTS = ("challenge-id", "challenge-title", "tagline", "agency", "fiscal-year", "description", "prizes", "submission-start",
         "submission-end", "total-prize-offered-cash")  # fmt: skip


def import_challenges(
    session: Session, records: Sequence[Any], *, organization_id: uuid.UUID, actor: Actor, now: datetime
) -> list[Scenario]:
    """Each record of the feed as a draft of the firm; one that was imported before stays as it is. All or none.

    Title, description and prizes become title, need and benefit; what the feed says besides (tagline, agency, years, period, sum)
    the background; the end of submission the closing time. The rules of the agency's own contest are left out, and dollars are no
    budget.
    Raises Forbidden, and Invalid with the problems at «number of the record, field».
    """
    drafts = []
    with collecting() as problems:
        for number, record in enumerate(records, 1):
            found = Problems()
            values = _values(record, found)
            if not found.fields:
                drafts += _draft(session, record, values, found, organization_id=organization_id, actor=actor, now=now)
            for field, reasons in found.fields.items():
                problems.fields[f"{number} {field}"] = reasons
    return drafts


def _draft(
    session: Session,
    record: Mapping[str, Any],
    values: Mapping[str, Any],
    problems: Problems,
    *,
    organization_id: uuid.UUID,
    actor: Actor,
    now: datetime,
) -> list[Scenario]:
    scenario_id = uuid.uuid5(NAMESPACE, f"{organization_id}/{record['challenge-id']}")
    present = queries.get(session, scenario_id)
    if present is not None:
        return [present]
    try:
        scenario = create_draft(session, scenario_id, organization_id=organization_id, title=values["title"], actor=actor, now=now)
        return [save_draft(session, scenario, values, actor=actor, now=now)]
    except Invalid as invalid:
        problems.fields.update(invalid.fields)
        return []


def _values(record: Any, problems: Problems) -> dict[str, Any]:
    """What a draft says, by the names of `content`; what cannot be read is added to the problems."""
    if not isinstance(record, dict):
        problems.add("", _l("A record must be an object."))
        return {}
    texts = {}
    for name in TEXTS:
        texts[name] = record.get(name) or ""
        if not isinstance(texts[name], str):
            problems.add(name, _l("This must be a text."))
            texts[name] = ""
    if not texts["challenge-id"].strip():
        problems.add("challenge-id", _l("This field is required."))
    start, end = (_moment(texts, name, problems) for name in ("submission-start", "submission-end"))
    background = [plain_text(texts["tagline"]), plain_text(texts["agency"]), *_facts(texts, start, end, problems)]
    title = " ".join(plain_text(texts["challenge-title"]).split())
    return {
        "title": title,
        "public_title": title,
        "background": "\n".join(line for line in background if line),
        "need": plain_text(texts["description"]) or plain_text(texts["tagline"]),
        "benefit": plain_text(texts["prizes"]),
        "closes_at": end,
    }


def _facts(texts: Mapping[str, str], start: datetime | None, end: datetime | None, problems: Problems) -> list[str]:
    facts = [f"Fiscal year: {texts['fiscal-year']}"] if texts["fiscal-year"].strip() else []
    if start is not None and end is not None:
        period = " to ".join(f"{moment.astimezone(EASTERN):%Y-%m-%d %H:%M}" for moment in (start, end))
        facts.append(f"Submissions: {period} (US Eastern)")
    amount = texts["total-prize-offered-cash"].strip()
    if amount:
        match = AMOUNT.fullmatch(amount)
        if match is None:
            problems.add("total-prize-offered-cash", _l("This is not an amount in dollars."))
        else:
            facts.append(f"Total prize: USD {int(match[1].replace(',', '')):,}")
    return facts


def _moment(texts: Mapping[str, str], name: str, problems: Problems) -> datetime | None:
    """A moment such as `2021/10/14 11:00 AM ET`, `2020/03/19 12 p.m.` or `2021/08/31`, in UTC."""
    text = texts[name].strip()
    if not text:
        return None
    match = MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, hour, minute = (int(part or 0) for part in match.groups()[:5])
        if match[6] is not None:
            if not 1 <= hour <= NOON:
                raise ValueError(text)
            hour = hour % NOON + (NOON if match[6].lower() == "p" else 0)
        return datetime(year, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)
    except ValueError:
        problems.add(name, _l("This is not a date."))
        return None


def plain_text(html: str) -> str:
    """The text of a piece of HTML: paragraphs and items on lines of their own, no markup, scripts or styles."""
    lined = ENDS_OF_BLOCKS.sub("\n", ITEMS.sub("• ", html))
    text = unescape(nh3.clean(lined, tags=set())).replace("\xa0", " ").replace("\0", "")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line and line != "•")
