"""Records by what people call them: an id tells an auditor nothing."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.labels import PAGE
from app.audit.queries import names
from app.locales import is_chinese
from app.solutions.queries import answered_among


@dataclass(frozen=True)
class Named:
    """What a record is called, and the address of its page, if it has one."""

    name: str
    address: str | None


def named(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Named]:
    """The records with these ids that are still there: two statements. A solution has no name, and a page once it is submitted."""
    found = {row.id: Named(row.name, _address(row.kind, row.id)) for row in names(session, ids, "zh" if is_chinese() else "en")}
    answers = answered_among(session, ids)
    return found | {identity: Named(_("Solution"), _address("solutions", identity)) for identity in answers}


def _address(kind: str, identity: uuid.UUID) -> str | None:
    if kind not in PAGE:
        return None
    endpoint, argument = PAGE[kind]
    values: dict[str, Any] = {argument: identity}
    return url_for(endpoint, **values)
