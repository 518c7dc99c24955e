"""Files of records: listed and added under the record that owns them, read and taken away by their own address."""

import uuid
from typing import Any

from flask import Response

from app.api.frame import Listing, Resource, dumper, etag_of, page_of, page_of_rows
from app.api.resources.projects import shown_milestone
from app.api.resources.scenarios import whole
from app.api.resources.solutions import seen
from app.api.resources.solutions import shown as shown_solution
from app.api.schemas.attachments import AttachmentSchema, Upload, VisibleUpload
from app.attachments import queries
from app.attachments.models import Attachment
from app.attachments.views import sent, visible
from app.errors import Forbidden, require_allowed, require_visible
from app.organizations import operations as organizations
from app.organizations import policy as organizations_policy
from app.organizations import queries as organizations_queries
from app.products import operations as products
from app.products import policy as products_policy
from app.products import queries as products_queries
from app.projects import operations as projects
from app.projects.models import Milestone
from app.scenarios import operations as scenarios
from app.scenarios import policy as scenarios_policy
from app.solutions import operations as solutions
from app.solutions import queries as solutions_queries
from app.web import current_actor, database, now, record_or_404, upload_store

resource = Resource("attachments", "Files of records")


@resource.reads("/attachments/<uuid:attachment_id>", None)
def download_attachment(_query: dict[str, Any], attachment_id: uuid.UUID) -> Response:
    """A file's content."""
    attachment = visible(attachment_id)
    response = sent(attachment)
    response.set_etag(etag_of(dumper(AttachmentSchema).dump(attachment)))
    return response


@resource.removes("/attachments/<uuid:attachment_id>", AttachmentSchema, current=visible)
def remove_attachment(attachment_id: uuid.UUID) -> None:
    """Take a file away from a product, a scenario's draft or a solution's working version; others stay."""
    attachment = visible(attachment_id)
    who: dict[str, Any] = {"actor": current_actor(), "now": now()}
    if attachment.product_id is not None:
        products.remove_document(database(), attachment.product_id, attachment_id, **who)
    elif attachment.scenario_id is not None:
        scenarios.detach(database(), whole(attachment.scenario_id), attachment, **who)
    elif attachment.solution_version_id is not None:
        solution = record_or_404(solutions_queries.solution_of_version(database(), attachment.solution_version_id))
        solutions.remove_file(database(), solution, attachment_id, **who)
    else:
        raise Forbidden


@resource.lists("/organizations/<uuid:organization_id>/attachments", AttachmentSchema, public=False)
def list_licences(query: dict[str, Any], organization_id: uuid.UUID) -> Listing:
    """A firm's licences, for its people and those who verify and audit."""
    firm = record_or_404(organizations_queries.get_organization(database(), organization_id))
    require_visible(organizations_policy.can_see(current_actor(), firm))
    require_allowed(organizations_policy.can_see_licence(current_actor(), firm))
    return page_of(queries.files_of(organization_id=organization_id), query)


@resource.creates("/organizations/<uuid:organization_id>/attachments", AttachmentSchema, takes=Upload, uploads=True)
def attach_licence(body: dict[str, Any], organization_id: uuid.UUID) -> Attachment:
    """Upload the licence by which a reviewer verifies the firm."""
    into, actor = upload_store(), current_actor()
    return organizations.attach_licence(database(), organization_id, body["file"], into=into, actor=actor, now=now())


@resource.lists("/products/<uuid:product_id>/attachments", AttachmentSchema)
def list_documents(query: dict[str, Any], product_id: uuid.UUID) -> Listing:
    """A product's documents."""
    product = record_or_404(products_queries.get_product(database(), product_id))
    require_visible(products_policy.can_see(current_actor(), product))
    return page_of(queries.files_of(product_id=product_id), query)


@resource.creates("/products/<uuid:product_id>/attachments", AttachmentSchema, takes=Upload, uploads=True)
def attach_document(body: dict[str, Any], product_id: uuid.UUID) -> Attachment:
    """Add a document to a product; it is as public as the product."""
    into, actor = upload_store(), current_actor()
    return products.attach_document(database(), product_id, body["file"], into=into, actor=actor, now=now())


@resource.lists("/scenarios/<uuid:scenario_id>/attachments", AttachmentSchema)
def list_scenario_files(query: dict[str, Any], scenario_id: uuid.UUID) -> Listing:
    """A scenario's files that one may open."""
    scenario, actor = whole(scenario_id), current_actor()
    insider = scenarios_policy.reads_restricted(database(), actor, scenario)
    return page_of(queries.files_of(public=not insider, scenario_id=scenario_id), query)


@resource.creates("/scenarios/<uuid:scenario_id>/attachments", AttachmentSchema, takes=VisibleUpload, uploads=True)
def attach_to_scenario(body: dict[str, Any], scenario_id: uuid.UUID) -> Attachment:
    """Add a file to a draft."""
    scenario, into, actor = whole(scenario_id), upload_store(), current_actor()
    visibility = body["visibility"]
    return scenarios.attach(database(), scenario, body["file"], visibility=visibility, into=into, actor=actor, now=now())


@resource.lists("/solutions/<uuid:solution_id>/attachments", AttachmentSchema, public=False)
def list_solution_files(query: dict[str, Any], solution_id: uuid.UUID) -> Listing:
    """The files of the version that one reads: the one being written for the firm, the one that counts for others."""
    return page_of_rows(shown_solution(solution_id).attachments, query)


@resource.creates("/solutions/<uuid:solution_id>/attachments", AttachmentSchema, takes=Upload, uploads=True)
def attach_to_solution(body: dict[str, Any], solution_id: uuid.UUID) -> Attachment:
    """Add a file to the version that is being written."""
    solution, into, actor = seen(solution_id)[0], upload_store(), current_actor()
    return solutions.attach_file(database(), solution, body["file"], into=into, actor=actor, now=now())


@resource.lists("/milestones/<uuid:milestone_id>/attachments", AttachmentSchema, public=False)
def list_evidence(query: dict[str, Any], milestone_id: uuid.UUID) -> Listing:
    """The files that show that a milestone was reached."""
    return page_of_rows(shown_milestone(milestone_id).attachments, query)


@resource.creates("/milestones/<uuid:milestone_id>/attachments", AttachmentSchema, takes=Upload, uploads=True)
def attach_evidence(body: dict[str, Any], milestone_id: uuid.UUID) -> Attachment:
    """Add a file to a milestone that is about to be submitted."""
    milestone = record_or_404(database().get(Milestone, milestone_id))
    return projects.attach_evidence(database(), milestone, body["file"], into=upload_store(), actor=current_actor(), now=now())
