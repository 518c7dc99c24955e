"""Scenarios: what anchor firms open."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.accounts.models import Scope
from app.api.frame import Listing, Resource
from app.api.schemas.scenarios import Extension, Reason, ScenarioBody, ScenarioHit, ScenarioPatch, ScenarioSchema
from app.api.searching import Minimum, query_of, search
from app.discovery.shapes import SCENARIOS
from app.errors import NotFound
from app.matching import operations as matching
from app.scenarios import operations, policy, queries
from app.scenarios.content import CriterionRow, RequirementRow
from app.scenarios.models import Scenario
from app.web import current_actor, database, new_id, now

resource = Resource("scenarios", "Scenarios that anchor firms open")


def shown(scenario_id: uuid.UUID) -> Scenario | Minimum:
    """The scenario as far as this person sees it. Raises NotFound."""
    database().flush()
    scenario, sight = queries.visible(database(), current_actor(), scenario_id)
    return scenario if sight is policy.Sight.ALL else Minimum(scenario)


def whole(scenario_id: uuid.UUID) -> Scenario:
    """The scenario, where this person reads it in whole. Raises NotFound."""
    scenario, sight = queries.visible(database(), current_actor(), scenario_id)
    if sight is not policy.Sight.ALL:
        raise NotFound
    return scenario


@resource.lists("/scenarios", ScenarioHit, query=query_of(SCENARIOS))
def list_scenarios(query: dict[str, Any]) -> Listing:
    """Scenarios, each as far as one may see it: searched, filtered, with their counts. Drafts only when asked for by `status`."""
    return search(SCENARIOS, query, _by_id)


def _by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Scenario | Minimum]:
    found = queries.of_ids(database(), current_actor(), ids)
    return {scenario.id: scenario if whole else Minimum(scenario) for scenario, whole in found}


@resource.reads("/scenarios/<uuid:scenario_id>", ScenarioSchema)
def show_scenario(_query: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """A scenario, or its public minimum."""
    return shown(scenario_id)


@resource.creates("/scenarios", ScenarioSchema, takes=ScenarioBody)
def create_scenario(body: dict[str, Any]) -> Scenario | Minimum:
    """Begin a draft."""
    actor = current_actor()
    firm = body.pop("organization", None) or actor.organization_id
    title = body["title"]
    scenario = operations.create_draft(database(), new_id(), organization_id=firm, title=title, actor=actor, now=now())
    operations.save_draft(database(), scenario, _values(body), actor=actor, now=now())
    return shown(scenario.id)


@resource.replaces("/scenarios/<uuid:scenario_id>", ScenarioSchema, takes=ScenarioPatch, current=shown)
def save_scenario(body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Change a draft; what is left out stays as it is."""
    scenario = whole(scenario_id)
    version = scenario.version
    operations.save_draft(database(), scenario, _values(body), actor=current_actor(), now=now(), version=version)
    return shown(scenario_id)


@resource.removes("/scenarios/<uuid:scenario_id>", ScenarioSchema, current=shown)
def delete_scenario(scenario_id: uuid.UUID) -> None:
    """Delete a draft."""
    operations.delete_draft(database(), whole(scenario_id), actor=current_actor(), now=now())


def _values(body: dict[str, Any]) -> dict[str, Any]:
    rows = {"requirements": RequirementRow, "criteria": CriterionRow}
    return {**body, **{name: [row(**each) for each in body[name]] for name, row in rows.items() if name in body}}


@resource.acts("/scenarios/<uuid:scenario_id>/submit", ScenarioSchema)
def submit_scenario(_body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Hand a complete draft to the reviewers."""
    operations.submit(database(), whole(scenario_id), actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/take-back", ScenarioSchema)
def take_back_scenario(_body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Make a submitted scenario a draft again."""
    operations.take_back(database(), whole(scenario_id), actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/approve", ScenarioSchema, scopes=[Scope.REVIEW])
def approve_scenario(_body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Open a scenario that was reviewed."""
    operations.approve(database(), whole(scenario_id), actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/return", ScenarioSchema, takes=Reason, scopes=[Scope.REVIEW])
def return_scenario(body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Return a scenario to its firm, with a reason."""
    # as it was returned: from now on it is a draft, which its firm alone reads
    return operations.return_to_draft(database(), whole(scenario_id), reason=body["reason"], actor=current_actor(), now=now())


@resource.acts("/scenarios/<uuid:scenario_id>/cancel", ScenarioSchema, takes=Reason)
def cancel_scenario(body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Withdraw an open scenario."""
    operations.cancel(database(), whole(scenario_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/close-early", ScenarioSchema, takes=Reason)
def close_scenario_early(body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Close earlier, after the notice period."""
    operations.close_early(database(), whole(scenario_id), reason=body["reason"], actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/extend", ScenarioSchema, takes=Extension)
def extend_scenario(body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """Close later."""
    operations.extend(database(), whole(scenario_id), actor=current_actor(), now=now(), **body)
    return shown(scenario_id)


@resource.acts("/scenarios/<uuid:scenario_id>/end-selection", ScenarioSchema)
def end_selection(_body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """End the selection: matched with at least one approved match, else unfilled."""
    matching.end_selection(database(), whole(scenario_id), actor=current_actor(), now=now())
    return shown(scenario_id)


@resource.creates("/scenarios/<uuid:scenario_id>/new-round", ScenarioSchema)
def new_round(_body: dict[str, Any], scenario_id: uuid.UUID) -> Scenario | Minimum:
    """A draft of the next round."""
    following = operations.new_round(database(), whole(scenario_id), actor=current_actor(), now=now())
    return shown(following.id)
