"""Pages of the product catalogue."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.attachments.queries import attachments_of
from app.errors import require_allowed, require_visible
from app.forms import UploadForm
from app.products import operations, policy, queries
from app.products.forms import ProductForm
from app.products.labels import MATURITY
from app.products.models import Product
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404, run, upload_store

blueprint = Blueprint("products", __name__, url_prefix="/products")


@blueprint.get("/mine")
@login_required
def mine() -> ResponseReturnValue:
    """The catalogue of the firm that one acts for."""
    actor = current_actor()
    require_visible(actor.organization_id is not None)
    products = paginate(queries.of_firm(actor, actor.organization_id)) if actor.organization_id else None
    return page("products/mine.html", products=products, maturity=MATURITY, can_create=policy.can_create(actor))


@blueprint.get("/<uuid:product_id>")
def show(product_id: uuid.UUID) -> ResponseReturnValue:
    """One product with its data sheet."""
    product = _visible(product_id)
    shown = {"product": product, "documents": attachments_of(database(), product_id=product.id), "maturity": MATURITY}
    can_edit = policy.can_edit(current_actor(), product)
    return page("products/show.html", upload_form=UploadForm(formdata=None), can_edit=can_edit, **shown)


@blueprint.route("/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Add a product."""
    require_allowed(policy.can_create(current_actor()))
    form = ProductForm()
    form.offer(database())
    product = attempt(
        form,
        lambda: operations.create_product(database(), form.content(), product_id=form.new_id, actor=current_actor(), now=now()),
    )
    if product is not None:
        flash(_("The product is in the catalogue."))
        return redirect(url_for(".show", product_id=product.id))
    return page("products/edit.html", form=form, product=None)


@blueprint.route("/<uuid:product_id>/edit", methods=["GET", "POST"])
@login_required
def edit(product_id: uuid.UUID) -> ResponseReturnValue:
    """Change a product."""
    product = _visible(product_id)
    require_allowed(policy.can_edit(current_actor(), product))
    form = ProductForm()
    form.offer(database(), product)
    if request.method == "GET":
        form.fill(product)
    if attempt(form, lambda: _save(product_id, form), current=lambda: _saved(product_id)) is not None:
        flash(_("Saved."))
        return redirect(url_for(".show", product_id=product_id))
    return page("products/edit.html", form=form, product=product)


@blueprint.post("/<uuid:product_id>/retire")
@login_required
def retire(product_id: uuid.UUID) -> ResponseReturnValue:
    """Offer a product no longer."""
    operations.retire_product(database(), product_id, actor=current_actor(), now=now())
    flash(_("The product is offered no longer."))
    return redirect(url_for(".show", product_id=product_id))


@blueprint.post("/<uuid:product_id>/reactivate")
@login_required
def reactivate(product_id: uuid.UUID) -> ResponseReturnValue:
    """Offer a retired product again."""
    operations.reactivate_product(database(), product_id, actor=current_actor(), now=now())
    flash(_("The product is offered again."))
    return redirect(url_for(".show", product_id=product_id))


@blueprint.post("/<uuid:product_id>/documents")
@login_required
def attach(product_id: uuid.UUID) -> ResponseReturnValue:
    """Add a document."""
    require_allowed(policy.can_edit(current_actor(), _visible(product_id)))
    form, into = UploadForm(), upload_store()
    return run(
        form,
        lambda: operations.attach_document(database(), product_id, form.file.data, into=into, actor=current_actor(), now=now()),
        done=_("The file is stored."),
        to=url_for(".show", product_id=product_id),
    )


@blueprint.post("/<uuid:product_id>/documents/<uuid:attachment_id>/remove")
@login_required
def remove_document(product_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """Take a document away."""
    operations.remove_document(database(), product_id, attachment_id, actor=current_actor(), now=now())
    flash(_("The file is removed."))
    return redirect(url_for(".show", product_id=product_id))


def _visible(product_id: uuid.UUID) -> Product:
    product = record_or_404(queries.get_product(database(), product_id))
    require_visible(policy.can_see(current_actor(), product))
    return product


def _save(product_id: uuid.UUID, form: ProductForm) -> Product:
    return operations.edit_product(
        database(), product_id, form.content(), version=form.version.data, actor=current_actor(), now=now()
    )


def _saved(product_id: uuid.UUID) -> ProductForm:
    form = ProductForm(formdata=None)
    product = _visible(product_id)
    form.offer(database(), product)
    form.fill(product)
    return form
