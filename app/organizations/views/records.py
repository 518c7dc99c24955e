"""Pages of organisations: the public list and page, registration, editing, verification."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.attachments.queries import attachments_of
from app.errors import require_allowed, require_visible
from app.forms import ConfirmForm, Form, ReasonForm, UploadForm
from app.organizations import operations, policy, queries
from app.organizations.forms import OrganizationForm, RegistrationForm
from app.organizations.labels import CULTIVATION, ORGANIZATION_STATUS, STATUS_COLOUR
from app.organizations.models import Organization
from app.products.labels import MATURITY
from app.products.queries import of_firm
from app.web import (
    attempt,
    current_actor,
    database,
    login_required,
    now,
    page,
    paginate,
    record_or_404,
    run,
    upload_store,
)

blueprint = Blueprint("organizations", __name__, url_prefix="/organizations")


@blueprint.get("/<uuid:organization_id>")
def show(organization_id: uuid.UUID) -> ResponseReturnValue:
    """One firm with its products."""
    organization, actor = _visible(organization_id), current_actor()
    sees_licence = policy.can_see_licence(actor, organization)
    return page(
        "organizations/show.html",
        upload_form=UploadForm(formdata=None),
        organization=organization,
        products=paginate(of_firm(actor, organization.id)),
        licences=attachments_of(database(), organization_id=organization.id) if sees_licence else (),
        can_edit=policy.can_edit(actor, organization),
        can_verify=policy.can_verify(actor, organization),
        sees_members=policy.can_see_members(actor, organization),
        labels={"status": ORGANIZATION_STATUS, "colour": STATUS_COLOUR, "cultivation": CULTIVATION, "maturity": MATURITY},
    )


@blueprint.route("/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Register a firm."""
    require_allowed(policy.can_register(current_actor()))
    form = RegistrationForm()
    form.offer(database())
    organization = attempt(form, lambda: _register(form), check=lambda: _check(form))
    if organization is not None:
        flash(_("Your firm is registered. A reviewer verifies it now; you will be told."))
        return redirect(url_for(".show", organization_id=organization.id))
    return page("organizations/edit.html", form=form, organization=None)


@blueprint.route("/<uuid:organization_id>/edit", methods=["GET", "POST"])
@login_required
def edit(organization_id: uuid.UUID) -> ResponseReturnValue:
    """Change a firm's record."""
    organization = _visible(organization_id)
    require_allowed(policy.can_edit(current_actor(), organization))
    form = OrganizationForm()
    form.offer(database(), organization)
    if request.method == "GET":
        form.fill(organization)
    if attempt(form, lambda: _save(organization_id, form), current=lambda: _saved(organization_id)) is not None:
        flash(_("Saved."))
        return redirect(url_for(".show", organization_id=organization_id))
    return page("organizations/edit.html", form=form, organization=organization)


@blueprint.post("/<uuid:organization_id>/licence")
@login_required
def attach_licence(organization_id: uuid.UUID) -> ResponseReturnValue:
    """Upload a licence later, or a new one."""
    require_allowed(policy.can_edit(current_actor(), _visible(organization_id)))
    form, into, done = UploadForm(), upload_store(), _("The file is stored.")
    attach = operations.attach_licence
    return _act(organization_id, form, lambda firm, **by: attach(database(), firm, form.file.data, into=into, **by), done)


@blueprint.post("/<uuid:organization_id>/apply-again")
@login_required
def apply_again(organization_id: uuid.UUID) -> ResponseReturnValue:
    """Put a refused firm before the reviewers again."""
    done = _("Your firm waits for verification again.")
    return _act(organization_id, ConfirmForm(), lambda firm, **by: operations.apply_again(database(), firm, **by), done)


@blueprint.post("/<uuid:organization_id>/verify")
@login_required
def verify(organization_id: uuid.UUID) -> ResponseReturnValue:
    """A reviewer verifies a firm."""
    done = _("The firm is verified.")
    return _act(organization_id, ConfirmForm(), lambda firm, **by: operations.verify_organization(database(), firm, **by), done)


@blueprint.post("/<uuid:organization_id>/refuse")
@login_required
def refuse(organization_id: uuid.UUID) -> ResponseReturnValue:
    """A reviewer refuses a firm, with a reason."""
    form, done = ReasonForm(), _("The firm is refused, and its owners are told why.")
    refuse = operations.refuse_organization
    return _act(organization_id, form, lambda firm, **by: refuse(database(), firm, reason=form.reason.data, **by), done)


def _act(organization_id: uuid.UUID, form: Form, operation: Callable[..., Any], message: str) -> ResponseReturnValue:
    """Run an operation on a firm that this person sees, from a form that leads back to its page."""
    _visible(organization_id)
    to = url_for(".show", organization_id=organization_id)
    return run(form, lambda: operation(organization_id, actor=current_actor(), now=now()), done=message, to=to)


def _visible(organization_id: uuid.UUID) -> Organization:
    organization = record_or_404(queries.get_organization(database(), organization_id))
    require_visible(policy.can_see(current_actor(), organization))
    return organization


def _check(form: RegistrationForm) -> None:
    operations.check_registration(database(), form.content(), licence=form.licence.data, into=upload_store())


def _register(form: RegistrationForm) -> Organization:
    return operations.register_organization(
        database(),
        form.content(),
        organization_id=form.new_id,
        licence=form.licence.data,
        into=upload_store(),
        actor=current_actor(),
        now=now(),
    )


def _save(organization_id: uuid.UUID, form: OrganizationForm) -> Organization:
    return operations.edit_organization(
        database(), organization_id, form.content(), version=form.version.data, actor=current_actor(), now=now()
    )


def _saved(organization_id: uuid.UUID) -> OrganizationForm:
    form = OrganizationForm(formdata=None)
    organization = _visible(organization_id)
    form.offer(database(), organization)
    form.fill(organization)
    return form
