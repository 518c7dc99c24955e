"""The scenarios of one's own firms."""

from flask import request
from flask.typing import ResponseReturnValue

from app.scenarios import policy, queries
from app.scenarios.models import ScenarioStatus
from app.scenarios.views.base import blueprint
from app.web import current_actor, database, login_required, page, paginate


@blueprint.get("/scenarios/mine")
@login_required
def mine() -> ResponseReturnValue:
    """The scenarios of the firms that this person belongs to, by state."""
    actor = current_actor()
    asked = request.args.get("status", "")
    status = ScenarioStatus(asked) if asked in set(ScenarioStatus) else None
    firms = list(actor.affiliations)
    return page(
        "scenarios/mine.html",
        found=paginate(queries.of_firms(firms, status)),
        counts=queries.counts_by_status(database(), firms),
        status=status,
        can_create=any(policy.can_create(actor, firm) for firm in firms),
    )
