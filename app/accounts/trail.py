"""What happened to records as their pages tell it: from the audit log, with the names of those who acted where these are told."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.audit.labels import ACTION
from app.audit.models import AuditDetail
from app.audit.queries import history, personal_of

Trail = list[tuple[datetime, str]]


def trail_of(
    session: Session, subjects: Mapping[str, Iterable[uuid.UUID]], *, parts: Mapping[uuid.UUID, str] | None = None, named: bool
) -> Trail:
    """What happened to these records (ids by table), oldest first, with the reasons given.

    `parts` says what to call those that are a part of what the page shows; `named` whether the reader learns who acted.
    """
    entries = history(session, {kind: list(ids) for kind, ids in subjects.items()})
    names = names_of(session, [entry.actor_id for entry in entries]) if named else {}
    return [(entry.entry.at, _said(entry, parts or {}, names)) for entry in reversed(entries)]


def _said(entry: AuditDetail, parts: Mapping[uuid.UUID, str], names: Mapping[uuid.UUID, str]) -> str:
    what = str(ACTION.get(entry.action, entry.action))
    if reason := reason_of(entry):
        what = _("%(what)s: %(reason)s", what=what, reason=reason)
    who = names.get(entry.actor_id) if entry.actor_id else None
    return " · ".join(filter(None, (what, parts.get(entry.subject_id), who)))


def reason_of(entry: AuditDetail) -> str:
    """The reason that was given with an action; nothing where none was, or it is no longer kept."""
    personal = personal_of(entry)
    return next((str(after) for name, _before, after in personal.changes if name == "reason" and after), "") if personal else ""
