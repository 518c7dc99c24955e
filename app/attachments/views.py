"""Downloading files. Who may see the record that owns a file, and what else holds for it, is asked of that record's capability."""

import logging
import uuid
from collections.abc import Callable

from flask import Blueprint, Response, send_file

from app.attachments import queries, storage
from app.attachments.models import Attachment
from app.errors import NotFound, require_visible
from app.organizations import policy as organizations_policy
from app.organizations import queries as organizations
from app.products import policy as products_policy
from app.products import queries as products
from app.projects import policy as projects_policy
from app.projects import queries as projects
from app.scenarios import policy as scenarios_policy
from app.scenarios import queries as scenarios
from app.solutions import policy as solutions_policy
from app.solutions import queries as solutions
from app.web import current_actor, database, now, record_or_404, upload_store

log = logging.getLogger(__name__)

blueprint = Blueprint("attachments", __name__, url_prefix="/attachments")


@blueprint.get("/<uuid:attachment_id>")
def download(attachment_id: uuid.UUID) -> Response:
    """One file, to be saved and never shown within the site."""
    return sent(visible(attachment_id))


def visible(attachment_id: uuid.UUID) -> Attachment:
    """The file, if this person may open it. Raises NotFound."""
    attachment = record_or_404(queries.get_attachment(database(), attachment_id))
    column, owner_id = attachment.owner
    require_visible(_SIGHTS[column](attachment, owner_id))
    return attachment


def sent(attachment: Attachment) -> Response:
    """The file's content as an answer. Raises NotFound where the store has lost it."""
    path = storage.place(upload_store().directory, attachment.sha256)
    if not path.is_file():
        log.error("the content of attachment %s is missing: %s", attachment.id, path)
        raise NotFound
    response = send_file(path, mimetype=attachment.media_type, as_attachment=True, download_name=attachment.name, conditional=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


def _sees_licence(_attachment: Attachment, organization_id: uuid.UUID) -> bool:
    organization = record_or_404(organizations.get_organization(database(), organization_id))
    return organizations_policy.can_see_licence(current_actor(), organization)


def _sees_document(_attachment: Attachment, product_id: uuid.UUID) -> bool:
    return products_policy.can_see(current_actor(), record_or_404(products.get_product(database(), product_id)))


def _sees_scenario_file(attachment: Attachment, scenario_id: uuid.UUID) -> bool:
    scenario = record_or_404(scenarios.get(database(), scenario_id))
    return scenarios_policy.can_read_attachment(database(), current_actor(), scenario, attachment)


def _sees_solution_file(attachment: Attachment, version_id: uuid.UUID) -> bool:
    solution = record_or_404(solutions.solution_of_version(database(), version_id))
    return solutions_policy.can_read_attachment(database(), current_actor(), solution, attachment, now=now())


def _sees_evidence(_attachment: Attachment, milestone_id: uuid.UUID) -> bool:
    project_id = projects.project_of_milestone(database(), milestone_id)
    return projects_policy.can_read(current_actor(), record_or_404(projects.get(database(), project_id)))


_SIGHTS: dict[str, Callable[[Attachment, uuid.UUID], bool]] = {
    "organization_id": _sees_licence,
    "product_id": _sees_document,
    "scenario_id": _sees_scenario_file,
    "solution_version_id": _sees_solution_file,
    "milestone_id": _sees_evidence,
}
