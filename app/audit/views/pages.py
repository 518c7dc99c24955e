"""Pages: the audit log as the auditor reads and exports it."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.accounts.queries import users
from app.audit import export as formats
from app.audit import labels, policy, queries
from app.audit.models import AuditDetail
from app.audit.views import values
from app.audit.views.naming import named
from app.clock import end_of_day, shanghai_day, start_of_day
from app.errors import NotFound, require_allowed
from app.taxonomy.queries import words_by_code
from app.web import current_actor, database, login_required, now, page, paginate
from app.words import words

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
MOST_PEOPLE = 200
NOBODY = uuid.UUID(int=0)
FORMATS = {"csv": (formats.csv_lines, "text/csv"), "jsonl": (formats.json_lines, "application/x-ndjson")}


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """Who did what to which record, with filters; entries that are still sealed are not there."""
    require_allowed(policy.can_read(current_actor()))
    entries = paginate(queries.listed(_wanted()))
    details = [(entry, queries.personal_of(entry)) for entry in entries.items]
    return page(
        "audit/index.html",
        entries=entries,
        details=details,
        records=named(database(), set(_mentioned(details))),
        actions=queries.actions(database()),
        subject_types=queries.subject_types(database()),
        labels=labels,
        values=values,
        words=words_by_code(database()),
    )


def _mentioned(details: Iterable[tuple[AuditDetail, queries.Personal | None]]) -> Iterator[uuid.UUID]:
    """The ids of all records and people that the entries speak of."""
    for entry, personal in details:
        yield entry.subject_id
        if entry.actor_id is not None:
            yield entry.actor_id
        if personal is not None:
            yield from values.ids_in(personal.organization)
            for _field, before, after in personal.changes:
                yield from values.ids_in(before)
                yield from values.ids_in(after)


@blueprint.get("/export.<form>")
@login_required
def export(form: str) -> ResponseReturnValue:
    """The same entries as a file, oldest first."""
    require_allowed(policy.can_read(current_actor()))
    if form not in FORMATS:
        raise NotFound
    lines, media_type = FORMATS[form]
    response = Response(stream_with_context(_exported(lines, _wanted())), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=kaijing-audit-{shanghai_day(now())}.{form}"
    return response


def _exported(lines: Callable[[Iterator[Sequence[AuditDetail]]], Iterator[str]], wanted: queries.Filter) -> Iterator[str]:
    """The lines of the file. The request's session is over by then: this one is closed when the last line has left."""
    yield from lines(queries.exported(database(), wanted))


def _wanted() -> queries.Filter:
    """What the address asks for; a day that cannot be read is left out."""
    args = request.args
    who = args.get("actor", "").strip()[:200]
    since, until = _day("since"), _day("until")
    return queries.Filter(
        since=start_of_day(since) if since else None,
        until=end_of_day(until) if until else None,
        actors=[user.id for user in database().scalars(users(words=who).limit(MOST_PEOPLE))] if who else None,
        action=args.get("action", "")[:80],
        subject_type=args.get("type", "")[:40],
        subject_id=_uuid(args.get("subject", "")),
        words=tuple(words(args.get("q"))),
    )


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, "")[:10])
    except ValueError:
        return None
    # beyond these years a moment has no place in UTC, and the log no entries
    return day if date(1970, 1, 1) <= day < date(9999, 1, 1) else None


def _uuid(text: str) -> uuid.UUID | None:
    """The id that was asked for; one that no record has where the text is none, so that nothing is found rather than all."""
    try:
        return uuid.UUID(text.strip()) if text.strip() else None
    except ValueError:
        return NOBODY
