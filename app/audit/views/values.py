"""How the values of an entry are said: states, kinds and codes by their names, moments in local time, records by a link."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy import Row

from app.accounts.labels import ROLE
from app.audit.labels import FIELD
from app.errors import Text
from app.formats import money
from app.locales import localized
from app.matching.labels import DISMISSAL_REASON, MATCH_STATUS, PARTS
from app.matching.labels import reason_text as match_reason
from app.organizations.labels import ORGANIZATION_STATUS
from app.products.labels import MATURITY
from app.projects.labels import COUNTS_FROM, MILESTONE_STATUS, PROJECT_STATUS
from app.scenarios import labels as scenarios
from app.solutions.labels import COMPLIANCE_STATUS, SOLUTION_STATUS
from app.solutions.labels import reason_text as solution_reason
from app.taxonomy.labels import SETTING

# what the values of a field are called; a state means something else for each kind of record
STATES: dict[str, Mapping[Any, Text]] = {
    "amendments": scenarios.AMENDMENT_STATUS,
    "invitations": scenarios.INVITATION_STATUS,
    "matches": MATCH_STATUS,
    "milestones": MILESTONE_STATUS,
    "organizations": ORGANIZATION_STATUS,
    "projects": PROJECT_STATUS,
    "scenarios": scenarios.SCENARIO_STATUS,
    "solutions": SOLUTION_STATUS,
}
NAMES: dict[str, Mapping[Any, Text]] = {
    "award_kind": scenarios.AWARD_KIND,
    "because": scenarios.SCENARIO_STATUS,
    "confidentiality": scenarios.CONFIDENTIALITY,
    "counts_from": COUNTS_FROM,
    "maturity": MATURITY,
    "operator": scenarios.OPERATOR,
    "role": ROLE,
    "roles": ROLE,
    "visibility": scenarios.VISIBILITY,
    "compliance": COMPLIANCE_STATUS,
}
_DISMISSAL: Mapping[Any, Text] = DISMISSAL_REASON
REASONS: dict[str, Callable[[str], Text]] = {
    "dismissals": lambda reason: _DISMISSAL.get(reason, reason),
    "matches": match_reason,
    "solutions": solution_reason,
}
CODES = {"domain_code", "area_code", "track", "tracks", "technologies"}  # words of the operator's vocabularies
Words = Mapping[str, Row[str, str, str]]  # as `taxonomy.queries.words_by_code` reads them
ROW = ("name", "operator", "value", "unit", "must", "weight")  # how a requirement line is read
MONEY = {"budget_min", "budget_max", "price"}
LONGEST = 400


def field_name(field: str) -> Text:
    """What a field is called; an unknown one by its code."""
    return FIELD.get(field) or SETTING.get(field) or scenarios.FIELD.get(field) or field


def ids_in(value: Any) -> Iterator[uuid.UUID]:
    """The ids of records that a value is or lists."""
    for item in value if isinstance(value, list) else [value]:
        if (identity := record_id(item)) is not None:
            yield identity


def record_id(value: Any) -> uuid.UUID | None:
    """The id that a value is, if it names a record."""
    try:
        return uuid.UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def said(kind: str, field: str, value: Any, words: Words) -> str:
    """A value as text, at most four hundred characters. `kind` is the record's table, `words` the vocabularies by code."""
    text = _said(kind, field, value, words)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _said(kind: str, field: str, value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if field == "reasons" and isinstance(value, list):
        return " · ".join(_reason(kind, part, words) for part in value if part.get("hundredths") != 0)
    if isinstance(value, list):
        return " · ".join(_said(kind, field, item, words) for item in value)
    if isinstance(value, dict):
        parts = sorted((name for name in value if value[name] not in ("", None) and record_id(value[name]) is None), key=_place)
        return " ".join(_part(kind, name, value[name], words) for name in parts)
    return "" if value is None else str(_word(kind, field, str(value), words))


def _place(name: str) -> int:
    return ROW.index(name) if name in ROW else len(ROW)


def _part(kind: str, name: str, value: Any, words: Words) -> str:
    """A cell of a row: a text speaks for itself, a number or a yes needs its name."""
    text = _said(kind, name, value, words)
    return text if isinstance(value, str) else f"{field_name(name)} {text}"


def _reason(kind: str, part: Mapping[str, Any], words: Words) -> str:
    """A part of a direct match's score in points; of a selected one's how many evaluations it comes from."""
    return f"{PARTS[part['part']]} {part['hundredths'] / 100:+g}" if "part" in part else _said(kind, "", part, words)


def _word(kind: str, field: str, value: str, words: Words) -> Text:
    if field == "status":
        return STATES.get(kind, {}).get(value, value)
    if field in CODES:
        return localized(words[value]) if value in words else value
    if field in MONEY:
        return money(Decimal(value))
    if field == "reason" and kind in REASONS:
        return REASONS[kind](value)
    return NAMES.get(field, {}).get(value) or _moment(value) or value


def _moment(value: str) -> str | None:
    """A stored moment in local time; None for any other text."""
    try:
        moment = datetime.fromisoformat(value) if len(value) > 18 and value[10] == "T" else None
    except ValueError:
        return None
    return None if moment is None else str(format_datetime(moment, "yyyy-MM-dd HH:mm"))
