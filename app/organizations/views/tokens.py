"""The keys of a firm's programs, kept by its owners."""

import uuid
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations
from app.accounts.forms import TokenForm
from app.accounts.labels import SCOPE
from app.accounts.queries import firm_tokens, get_token, names_of
from app.errors import require_allowed, require_visible
from app.extensions import limiter
from app.organizations import policy, queries
from app.organizations.models import Organization
from app.organizations.views.records import blueprint
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404


def _owned(organization_id: uuid.UUID) -> Organization:
    organization = record_or_404(queries.get_organization(database(), organization_id))
    require_visible(policy.can_see(current_actor(), organization))
    require_allowed(policy.can_edit(current_actor(), organization))
    return organization


@blueprint.route("/<uuid:organization_id>/tokens", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def api_tokens(organization_id: uuid.UUID) -> ResponseReturnValue:
    """The firm's tokens, and a new one, whose secret this page shows once."""
    organization, form, actor = _owned(organization_id), TokenForm(), current_actor()
    form.offer(actor, shared=True)
    firm: dict[str, Any] = {"organization_id": organization_id, "shared": True}
    made = attempt(form, lambda: operations.issue_token(database(), **{**form.wish(), **firm}, actor=actor, now=now()))
    if made:
        form = form.another(actor, shared=True)
    tokens = paginate(firm_tokens(organization_id, now=now()))
    makers = names_of(database(), [token.user_id for token in tokens.items])
    shown: dict[str, Any] = {"tokens": tokens, "makers": makers, "scopes": SCOPE}
    return page("organizations/tokens.html", form=form, secret=made[1] if made else None, organization=organization, **shown)


@blueprint.post("/<uuid:organization_id>/tokens/<uuid:token_id>/revoke")
@login_required
def revoke_api_token(organization_id: uuid.UUID, token_id: uuid.UUID) -> ResponseReturnValue:
    """End a token of the firm at once."""
    token = record_or_404(get_token(database(), token_id))
    require_visible(token.organization_id == organization_id)
    operations.revoke_token(database(), token, actor=current_actor(), now=now())
    flash(_("The token has ended."), "success")
    return redirect(url_for(".api_tokens", organization_id=organization_id))
