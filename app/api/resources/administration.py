"""What the system administrator, the staff and the auditor do: accounts, the outbox, the review queue, the audit log."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, stream_with_context

from app.accounts import operations as accounts
from app.accounts import policy as accounts_policy
from app.accounts import queries as accounts_queries
from app.accounts.models import User
from app.administration import operations, policy, queries
from app.api.frame import Listing, Resource, page_of, page_of_rows
from app.api.schemas.accounts import RolesPatch, SessionSchema, UserBody, UserQuery, UserSchema
from app.api.schemas.administration import AuditQuery, AuditSchema, EventSchema, ExportQuery, QueueSchema
from app.api.schemas.scenarios import Reason
from app.api.showing import Shown, each
from app.audit import export
from app.audit import policy as audit_policy
from app.audit import queries as audit
from app.audit.models import AuditDetail
from app.errors import require_allowed, require_visible
from app.outbox.models import OutboxEvent
from app.web import current_actor, database, new_id, now, record_or_404
from app.words import words

resource = Resource("administration", "Accounts, outbox, review queue and audit log")


def _user(user_id: uuid.UUID) -> User:
    """The account, where this person sees it. Raises NotFound."""
    database().flush()
    user = record_or_404(database().get(User, user_id))
    require_visible(accounts_policy.can_see(current_actor(), user) and user.erased_at is None)
    return user


def shown(user_id: uuid.UUID) -> Shown:
    """The account as the system administrator reads it. Raises NotFound."""
    return _users([_user(user_id)])[0]


def _users(users: Sequence[User]) -> list[Shown]:
    status = {True: "active", False: "disabled"}
    return [Shown(user, status=status[user.may_sign_in], roles=sorted(user.roles)) for user in users]


@resource.lists("/users", UserSchema, query=UserQuery, public=False)
def list_users(query: dict[str, Any]) -> Listing:
    """All accounts, by name."""
    require_allowed(accounts_policy.can_see_all(current_actor()))
    return each(page_of(accounts_queries.users(words=query["q"], role=query.get("role")), query), _users)


@resource.reads("/users/<uuid:user_id>", UserSchema, public=False)
def show_user(_query: dict[str, Any], user_id: uuid.UUID) -> Shown:
    """An account."""
    return shown(user_id)


@resource.creates("/users", UserSchema, takes=UserBody)
def create_user(body: dict[str, Any]) -> Shown:
    """Make an account; the person gets a letter to choose a password."""
    user = accounts.create_user(database(), user_id=new_id(), actor=current_actor(), now=now(), **body)
    return shown(user.id)


@resource.replaces("/users/<uuid:user_id>", UserSchema, takes=RolesPatch, current=shown)
def set_roles(body: dict[str, Any], user_id: uuid.UUID) -> Shown:
    """Grant exactly these duties."""
    user = _user(user_id)
    accounts.set_roles(database(), user, body["roles"], actor=current_actor(), now=now(), expected=user.version)
    return shown(user_id)


@resource.acts("/users/<uuid:user_id>/disable", UserSchema, takes=Reason)
def disable_user(body: dict[str, Any], user_id: uuid.UUID) -> Shown:
    """Close an account, and end its sessions and its own tokens."""
    accounts.disable_user(database(), _user(user_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(user_id)


@resource.acts("/users/<uuid:user_id>/enable", UserSchema)
def enable_user(_body: dict[str, Any], user_id: uuid.UUID) -> Shown:
    """Open a closed account again."""
    accounts.enable_user(database(), _user(user_id), actor=current_actor(), now=now())
    return shown(user_id)


@resource.acts("/users/<uuid:user_id>/reset-second-factor", UserSchema, takes=Reason)
def reset_second_factor(body: dict[str, Any], user_id: uuid.UUID) -> Shown:
    """Take away the second factor of somebody who has lost it; the person's sessions and own tokens end."""
    accounts.reset_second_factor(database(), _user(user_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(user_id)


@resource.lists("/users/<uuid:user_id>/sessions", SessionSchema, public=False)
def list_user_sessions(query: dict[str, Any], user_id: uuid.UUID) -> Listing:
    """Where a person is signed in with a browser."""
    sessions = accounts_queries.live_sessions(database(), _user(user_id).id, now=now())
    return page_of_rows([Shown(session, status="active") for session in sessions], query)


@resource.lists("/outbox", EventSchema, public=False)
def list_failing_events(query: dict[str, Any]) -> Listing:
    """Promised effects that failed and wait for another try, the oldest first."""
    require_allowed(policy.can_read_outbox(current_actor()))
    return each(page_of(queries.failing_events(), query), lambda events: [_event(event) for event in events])


def _event(event: OutboxEvent) -> Shown:
    return Shown(event, status="failing")


@resource.acts("/outbox/<int(max=9223372036854775807):event_id>/retry", EventSchema)
def retry_event(_body: dict[str, Any], event_id: int) -> Shown:
    """Let the worker try a failed effect again at once."""
    return _event(operations.retry_event(database(), event_id, actor=current_actor(), now=now()))


@resource.lists("/review-queue", QueueSchema, public=False)
def list_review_queue(query: dict[str, Any]) -> Listing:
    """What waits for this person as reviewer and approver, the most urgent first; for the auditor what waits for anybody."""
    require_allowed(policy.can_read_queue(current_actor()))
    items = queries.queue(database(), current_actor(), now())
    return page_of_rows([Shown(item, status="waiting") for item in items], query)


@resource.lists("/audit", AuditSchema, query=AuditQuery, public=False)
def list_audit(query: dict[str, Any]) -> Listing:
    """Who did what to which record, the latest first; what is still sealed is not there."""
    require_allowed(audit_policy.can_read(current_actor()))
    return each(page_of(audit.listed(_wanted(query)), query), lambda entries: [_entry(entry) for entry in entries])


def _wanted(query: dict[str, Any]) -> audit.Filter:
    actor_id = query.get("actor_id")
    return audit.Filter(
        since=query.get("since"),
        until=query.get("until"),
        actors=None if actor_id is None else [actor_id],
        action=query.get("action", ""),
        subject_type=query.get("subject_type", ""),
        subject_id=query.get("subject_id"),
        words=tuple(words(query.get("q"))),
    )


def _entry(detail: AuditDetail) -> Shown:
    personal = audit.personal_of(detail)
    facts: dict[str, Any] = {"actor": None, "organization_id": None, "address": None, "changes": {}}
    if personal is not None:
        changes = {name: {"before": before, "after": after} for name, before, after in personal.changes}
        facts = {"actor": personal.actor, "organization_id": personal.organization, "address": personal.address, "changes": changes}
    return Shown(detail, at=detail.entry.at, erased=personal is None, **facts)


@resource.reads("/audit/export.csv", None, query=ExportQuery, public=False)
def export_audit_csv(query: dict[str, Any]) -> Response:
    """The entries as CSV, a line for each changed field, the oldest first."""
    return _exported(query, "csv", "text/csv")


@resource.reads("/audit/export.jsonl", None, query=ExportQuery, public=False)
def export_audit_lines(query: dict[str, Any]) -> Response:
    """The entries as JSON, one a line, the oldest first."""
    return _exported(query, "jsonl", "application/x-ndjson")


def _exported(query: dict[str, Any], form: str, media_type: str) -> Response:
    require_allowed(audit_policy.can_read(current_actor()))
    lines = {"csv": export.csv_lines, "jsonl": export.json_lines}[form]
    body = stream_with_context(lines(audit.exported(database(), _wanted(query))))
    headers = {"Content-Disposition": f"attachment; filename=kaijing-audit.{form}"}
    return Response(body, content_type=f"{media_type}; charset=utf-8", headers=headers)
