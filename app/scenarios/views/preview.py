"""A draft as its readers will see it."""

import uuid

from flask.typing import ResponseReturnValue

from app.actor import VISITOR
from app.attachments.models import Visibility
from app.attachments.queries import attachments_of
from app.errors import NotFound
from app.scenarios import policy
from app.scenarios.preview import as_opened
from app.scenarios.steps import steps_of
from app.scenarios.views.base import blueprint, own_draft
from app.web import database, login_required, now, page

VERIFIED_FIRM, ANYBODY = "firm", "visitor"


@blueprint.get("/scenarios/<uuid:scenario_id>/preview/<reader>")
@login_required
def preview(scenario_id: uuid.UUID, reader: str) -> ResponseReturnValue:
    """The page of a draft as it will stand once it is open, for a verified (or invited) firm or for a visitor."""
    opened = as_opened(own_draft(scenario_id), now())
    sight = policy.Sight.ALL if reader == VERIFIED_FIRM else policy.sight(VISITOR, opened, invited=False)
    if reader not in {VERIFIED_FIRM, ANYBODY} or sight is policy.Sight.NOTHING:
        raise NotFound
    shown = {"scenario": opened, "steps": steps_of(opened, now()), "preview": True, "questions": [], "amendments": []}
    if sight is policy.Sight.MINIMUM:
        return page("scenarios/minimum.html", **shown)
    files = attachments_of(database(), scenario_id=scenario_id)
    readable = [file for file in files if reader == VERIFIED_FIRM or file.visibility is Visibility.PUBLIC]
    return page("scenarios/show.html", **shown, files=readable, hidden_files=len(readable) < len(files), may={})
