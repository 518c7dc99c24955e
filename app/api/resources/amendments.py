"""Changes of open scenarios."""

import uuid
from typing import Any

from flask_babel import gettext as _

from app.accounts.models import Scope
from app.api.frame import Listing, Resource, page_of_rows
from app.api.resources.scenarios import whole
from app.api.schemas.scenarios import AmendmentBody, AmendmentSchema, Reason
from app.errors import Invalid, require_visible
from app.scenarios import operations, policy, queries
from app.scenarios.content import TEXTS, RequirementRow
from app.scenarios.models import Amendment
from app.web import current_actor, database, now, record_or_404

resource = Resource("amendments", "Changes of open scenarios")


def _visible(amendment_id: uuid.UUID) -> Amendment:
    amendment = record_or_404(database().get(Amendment, amendment_id))
    scenario = whole(amendment.scenario_id)
    require_visible(policy.can_see_amendment(database(), current_actor(), scenario, amendment))
    return amendment


@resource.lists("/scenarios/<uuid:scenario_id>/amendments", AmendmentSchema)
def list_amendments(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """What was changed, the newest first; what waits or was returned only for the firm, reviewers and auditors."""
    scenario = whole(scenario_id)
    unapplied = policy.sees_all_amendments(current_actor(), scenario)
    return page_of_rows(queries.amendments_of(database(), scenario, unapplied=unapplied), query)


@resource.reads("/amendments/<uuid:amendment_id>", AmendmentSchema)
def show_amendment(_query: dict[str, Any], amendment_id: uuid.UUID) -> Amendment:
    """A change of a scenario."""
    return _visible(amendment_id)


@resource.creates("/scenarios/<uuid:scenario_id>/amendments", AmendmentSchema, takes=AmendmentBody)
def amend(body: dict[str, Any], scenario_id: uuid.UUID) -> Amendment:
    """Make the wording clearer, which holds at once, or ask a reviewer for changed requirement lines."""
    scenario, reason = whole(scenario_id), body["reason"]
    texts = {name: body[name] for name in TEXTS if name in body}
    if bool(texts) == ("requirements" in body):
        raise Invalid({"": [_("Send texts, or requirements: one of the two.")]})
    if texts:
        return operations.clarify(database(), scenario, texts=texts, reason=reason, actor=current_actor(), now=now())
    rows = [RequirementRow(**row) for row in body["requirements"]]
    return operations.propose_requirements(database(), scenario, rows=rows, reason=reason, actor=current_actor(), now=now())


@resource.acts("/amendments/<uuid:amendment_id>/approve", AmendmentSchema, scopes=[Scope.REVIEW])
def approve_amendment(_body: dict[str, Any], amendment_id: uuid.UUID) -> Amendment:
    """Put changed requirements in force."""
    return operations.approve_amendment(database(), _visible(amendment_id), actor=current_actor(), now=now())


@resource.acts("/amendments/<uuid:amendment_id>/return", AmendmentSchema, takes=Reason, scopes=[Scope.REVIEW])
def return_amendment(body: dict[str, Any], amendment_id: uuid.UUID) -> Amendment:
    """Refuse changed requirements, with a reason."""
    amendment, reason = _visible(amendment_id), body["reason"]
    return operations.return_amendment(database(), amendment, reason=reason, actor=current_actor(), now=now())
