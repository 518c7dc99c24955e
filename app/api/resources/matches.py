"""Matches: the two confirmations, the first look, the public notice with its objections, and the decision."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.accounts.models import Scope
from app.accounts.queries import names_of
from app.api.frame import Listing, Resource, page_of
from app.api.schemas.matches import (
    Confirmation,
    Decision,
    MatchBody,
    MatchQuery,
    MatchSchema,
    ObjectionBody,
    ObjectionSchema,
    Review,
)
from app.api.schemas.scenarios import Reason
from app.api.showing import Shown, each, only
from app.matching import operations, policy, queries
from app.matching.fits.showing import found_by
from app.matching.labels import reason_text
from app.matching.models import Match, Objection
from app.products import queries as products
from app.scenarios import queries as scenarios
from app.scenarios.policy import Sight
from app.web import current_actor, database, new_id, now, record_or_404

resource = Resource("matches", "Matches of scenarios and firms")
MINIMUM = ("id", "status", "number", "scenario", "firm_id", "place", "notice_starts_on", "notice_ends_at")


def seen(match_id: uuid.UUID) -> Match:
    """The match, if it exists for this person. Raises NotFound."""
    return queries.visible(database(), current_actor(), match_id)[0]


def shown_match(match_id: uuid.UUID) -> Shown:
    """The match as this person sees it. Raises NotFound."""
    database().flush()
    return _each([seen(match_id)])[0]


def _each(matches: Sequence[Match]) -> list[Shown]:
    objections = {match.id: list(match.objections) for match in matches}
    names = names_of(database(), (objection.user_id for rows in objections.values() for objection in rows))
    sights = policy.sights_of(database(), current_actor(), matches)
    whole = [match for match in matches if sights[match.id] is Sight.ALL]
    scored = queries.scored_for(database(), current_actor(), whole, now=now())
    return [_one(match, objections[match.id], names, whole=match in whole, scored=match.id in scored) for match in matches]


def _one(match: Match, objections: Sequence[Objection], names: dict[uuid.UUID, str], *, whole: bool, scored: bool) -> Shown:
    rows = [_objection(match, row, names) for row in objections if whole or row.user_id == current_actor().user_id]
    if not whole:
        return Shown(only(match, MINIMUM), title=match.scenario.shown_title, objections=rows)
    score = {"reasons": _reasons(match)} if scored else {"score": None, "reasons": None}
    return Shown(match, title=match.scenario.title, objections=rows, reason=str(reason_text(match.reason)), **score)


def _reasons(match: Match) -> list[dict[str, Any]]:
    """As they were frozen: the parts of a direct match's score, or how many evaluations made a selected one's."""
    if not match.is_direct:
        return match.reasons
    return [part | {"detail": found_by(part["part"], part["detail"])} for part in match.reasons]


def _objection(match: Match, objection: Objection, names: dict[uuid.UUID, str]) -> Shown:
    return Shown(objection, status=match.state_of(objection).value, name=names.get(objection.user_id, ""))


@resource.lists("/matches", MatchSchema, query=MatchQuery)
def list_matches(query: dict[str, Any]) -> Listing:
    """Matches, each as far as one may see it, the latest first."""
    statement = queries.listed(current_actor(), status=query.get("status"), mine=query["mine"])
    return each(page_of(statement, query), _each)


@resource.reads("/matches/<uuid:match_id>", MatchSchema)
def show_match(_query: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """A match, or its public minimum."""
    return shown_match(match_id)


@resource.creates("/matches", MatchSchema, takes=MatchBody, scopes=[Scope.REVIEW])
def propose_match(body: dict[str, Any]) -> Shown:
    """Bring a product to a scenario; both firms are asked to confirm."""
    scenario, _sight = scenarios.visible(database(), current_actor(), body["scenario_id"])
    product = record_or_404(products.get_product(database(), body["product_id"]))
    match = operations.propose_direct(database(), scenario, product, actor=current_actor(), now=now(), match_id=new_id())
    return shown_match(match.id)


@resource.acts("/matches/<uuid:match_id>/confirm", MatchSchema, takes=Confirmation)
def confirm_match(body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Say yes for one's firm; with the second yes the match goes to the reviewers."""
    operations.confirm(database(), seen(match_id), actor=current_actor(), now=now(), **body)
    return shown_match(match_id)


@resource.acts("/matches/<uuid:match_id>/decline", MatchSchema, takes=Reason)
def decline_match(body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Say no for one's firm, or take its yes back while the other has not answered."""
    operations.decline(database(), seen(match_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown_match(match_id)


@resource.acts("/matches/<uuid:match_id>/review", MatchSchema, takes=Review, scopes=[Scope.REVIEW])
def review_match(body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Pass a confirmed match to the public notice."""
    operations.review(database(), seen(match_id), actor=current_actor(), now=now(), **body)
    return shown_match(match_id)


@resource.acts("/matches/<uuid:match_id>/approve", MatchSchema, scopes=[Scope.APPROVE])
def approve_match(_body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Approve a match after its notice; its project is established."""
    operations.approve(database(), seen(match_id), actor=current_actor(), now=now())
    return shown_match(match_id)


@resource.acts("/matches/<uuid:match_id>/reject", MatchSchema, takes=Reason, scopes=[Scope.REVIEW, Scope.APPROVE])
def reject_match(body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Reject a match: a reviewer at the first look, an approver under notice."""
    operations.reject(database(), seen(match_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown_match(match_id)


@resource.creates("/matches/<uuid:match_id>/objections", ObjectionSchema, takes=ObjectionBody)
def object_to_match(body: dict[str, Any], match_id: uuid.UUID) -> Shown:
    """Object to a match under notice, by name; the notice stands still until an approver has decided."""
    match = seen(match_id)
    objection = operations.raise_objection(database(), match, new_id(), text=body["text"], actor=current_actor(), now=now())
    return _objection(match, objection, names_of(database(), [objection.user_id]))


@resource.acts("/objections/<uuid:objection_id>/decide", ObjectionSchema, takes=Decision, scopes=[Scope.APPROVE])
def decide_objection(body: dict[str, Any], objection_id: uuid.UUID) -> Shown:
    """Decide an objection: upheld, it ends the match; dismissed, it lets the notice go on."""
    objection = record_or_404(database().get(Objection, objection_id))
    match = seen(objection.match_id)
    decided = operations.decide_objection(database(), objection, actor=current_actor(), now=now(), **body)
    return _objection(match, decided, names_of(database(), [decided.user_id]))
