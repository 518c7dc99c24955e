"""The review desk: the queue, the chosen record with its history and what to check, the decision, then the next one."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import names_of
from app.accounts.trail import Trail, trail_of
from app.administration.labels import KIND
from app.administration.policy import can_read_queue, can_review_anything
from app.administration.queries import Kind, QueueItem, queue
from app.administration.views import earlier
from app.administration.views.base import blueprint
from app.attachments.queries import attachments_of
from app.clock import shanghai_day
from app.errors import NotFound, require_allowed
from app.matching import queries as matching
from app.matching.pages import match_context
from app.organizations.credit_code import is_valid
from app.organizations.queries import get_organization
from app.projects import queries as projects
from app.projects.pages import project_context
from app.scenarios import queries as scenarios
from app.scenarios.models import Amendment
from app.scenarios.operations.amendments import notice_end
from app.scenarios.steps import steps_of
from app.web import Page, current_actor, database, login_required, now, page, page_number, record_or_404

PER_PAGE = 30
PARTIALS = {
    Kind.ORGANIZATION: "administration/_review_organization.html",
    Kind.SCENARIO: "scenarios/_review.html",
    Kind.AMENDMENT: "scenarios/_amendment_review.html",
    Kind.MATCH: "matching/_review.html",
    Kind.OBJECTION: "matching/_review.html",
    Kind.APPROVAL: "matching/_review.html",
    Kind.PROJECT: "projects/_review.html",
}


@blueprint.get("/review")
@login_required
def review_desk() -> ResponseReturnValue:
    """The queue, with its most urgent item open."""
    require_allowed(can_read_queue(current_actor()))
    items = queue(database(), current_actor(), now())
    shown = _page_of(items, page_number())
    return _desk(items, shown, shown.items[0] if shown.items else None)


@blueprint.get("/review/<kind>/<uuid:record_id>")
@login_required
def review_item(kind: str, record_id: uuid.UUID) -> ResponseReturnValue:
    """The queue with one item open; decided in the meantime, the most urgent one instead."""
    require_allowed(can_read_queue(current_actor()))
    if kind not in list(Kind):
        raise NotFound
    items = queue(database(), current_actor(), now())
    place = next((place for place, item in enumerate(items) if (item.kind, item.id) == (kind, record_id)), None)
    if place is None:
        return redirect(url_for(".review_desk"))
    return _desk(items, _page_of(items, place // PER_PAGE + 1), items[place])


def _page_of(items: list[QueueItem], number: int) -> Page[QueueItem]:
    return Page(items[(number - 1) * PER_PAGE : number * PER_PAGE], len(items), number, PER_PAGE)


def _desk(items: list[QueueItem], shown: Page[QueueItem], chosen: QueueItem | None) -> ResponseReturnValue:
    context: dict[str, Any] = {}
    if chosen is not None:
        here = url_for(".review_item", kind=chosen.kind, record_id=chosen.id)
        partial, next_url = PARTIALS[chosen.kind], _next(items, chosen)
        context = CONTEXTS[chosen.kind](chosen.id) | {"partial": partial, "here": here, "next_url": next_url}
    today = shanghai_day(now())
    context["decides"] = can_review_anything(current_actor())
    return page("administration/review.html", queue=shown, chosen=chosen, queue_kinds=KIND, today=today, **context)


def _next(items: list[QueueItem], chosen: QueueItem) -> str:
    """Where a decision leads: the item after this one, else the beginning of the queue."""
    place = items.index(chosen) + 1
    return (
        url_for(".review_item", kind=items[place].kind, record_id=items[place].id)
        if place < len(items)
        else url_for(".review_desk")
    )


def _trail(table: str, record_id: uuid.UUID) -> Trail:
    return trail_of(database(), {table: [record_id]}, named=True)


def _organization(record_id: uuid.UUID) -> dict[str, Any]:
    organization = record_or_404(get_organization(database(), record_id))
    return {
        "organization": organization,
        "licences": attachments_of(database(), organization_id=record_id),
        "code_is_valid": is_valid(organization.credit_code),
        "trail_of": _trail("organizations", record_id),
        "earlier": earlier.of_organization(database(), organization),
    }


def _scenario(record_id: uuid.UUID) -> dict[str, Any]:
    scenario = record_or_404(scenarios.get(database(), record_id))
    return {
        "scenario": scenario,
        "steps": steps_of(scenario, now()),
        "files": attachments_of(database(), scenario_id=record_id),
        "trail_of": _trail("scenarios", record_id),
        "earlier": earlier.of_scenario(database(), scenario),
    }


def _amendment(record_id: uuid.UUID) -> dict[str, Any]:
    amendment = record_or_404(database().get(Amendment, record_id))
    context = _scenario(amendment.scenario_id)
    return context | {
        "amendment": amendment,
        "earlier": earlier.of_amendment(database(), context["scenario"], amendment),
        "names": names_of(database(), [amendment.proposed_by]),
        "notice_end": notice_end(database(), now()),
    }


def _match(record_id: uuid.UUID) -> dict[str, Any]:
    return match_context(database(), current_actor(), record_or_404(matching.get(database(), record_id)), now())


def _project(record_id: uuid.UUID) -> dict[str, Any]:
    return project_context(database(), current_actor(), record_or_404(projects.get(database(), record_id)))


CONTEXTS: dict[Kind, Callable[[uuid.UUID], dict[str, Any]]] = {
    Kind.ORGANIZATION: _organization,
    Kind.SCENARIO: _scenario,
    Kind.AMENDMENT: _amendment,
    Kind.MATCH: _match,
    Kind.OBJECTION: _match,
    Kind.APPROVAL: _match,
    Kind.PROJECT: _project,
}
