"""Pages about the people of an organisation."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts import tokens
from app.errors import NotFound, require_allowed, require_visible
from app.organizations import operations, policy, queries
from app.organizations.forms import ColleagueForm
from app.organizations.handlers import JOINING
from app.organizations.models import Organization
from app.organizations.operations.members import INVITATION_LASTS
from app.organizations.views.records import blueprint
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


@blueprint.route("/<uuid:organization_id>/members", methods=["GET", "POST"])
@login_required
def members(organization_id: uuid.UUID) -> ResponseReturnValue:
    """Who belongs to a firm; its owners invite colleagues here."""
    organization, form = _staffed(organization_id), ColleagueForm()
    if attempt(form, lambda: _invite(organization_id, form)) is not None:
        flash(_("The invitation is on its way."))
        return redirect(url_for(".members", organization_id=organization_id))
    return page(
        "organizations/members.html",
        form=form,
        organization=organization,
        members=queries.members(database(), organization_id),
        invitations=queries.open_invitations(database(), organization_id, now()),
        can_edit=policy.can_edit(current_actor(), organization),
        can_invite=policy.can_invite(current_actor(), organization),
    )


def _staffed(organization_id: uuid.UUID) -> Organization:
    """The firm of an address, for somebody who sees its people. Raises NotFound, Forbidden."""
    organization = record_or_404(queries.get_organization(database(), organization_id))
    require_visible(policy.can_see(current_actor(), organization))
    require_allowed(policy.can_see_members(current_actor(), organization))
    return organization


@blueprint.post("/<uuid:organization_id>/members/<uuid:user_id>/owner")
@login_required
def set_owner(organization_id: uuid.UUID, user_id: uuid.UUID) -> ResponseReturnValue:
    """Make somebody an owner, or a member again."""
    owner = request.form.get("owner") == "1"
    operations.set_owner(database(), organization_id, user_id, owner=owner, actor=current_actor(), now=now())
    flash(_("Saved."))
    return redirect(url_for(".members", organization_id=organization_id))


@blueprint.post("/<uuid:organization_id>/members/<uuid:user_id>/remove")
@login_required
def remove_member(organization_id: uuid.UUID, user_id: uuid.UUID) -> ResponseReturnValue:
    """End somebody's membership, or one's own."""
    operations.remove_member(database(), organization_id, user_id, actor=current_actor(), now=now())
    flash(_("The membership has ended."))
    if user_id == current_actor().user_id:
        return redirect(url_for("discovery.desk"))
    return redirect(url_for(".members", organization_id=organization_id))


@blueprint.post("/invitations/<uuid:invitation_id>/revoke")
@login_required
def revoke_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    organization_id = operations.revoke_invitation(database(), invitation_id, actor=current_actor(), now=now())
    flash(_("The invitation is taken back."))
    return redirect(url_for(".members", organization_id=organization_id))


@blueprint.route("/join/<token>", methods=["GET", "POST"])
@login_required
def accept_invitation(token: str) -> ResponseReturnValue:
    """Join a firm by the link of an invitation."""
    data = tokens.read(JOINING, token, max_age=INVITATION_LASTS)
    if data is None:
        raise NotFound(_("This invitation has expired. Ask for a new one."))
    invitation_id = uuid.UUID(data["invitation_id"])
    if request.method == "POST":
        user = current_user.user
        membership = operations.accept_invitation(database(), invitation_id, user=user, actor=current_actor(), now=now())
        flash(_("Welcome. You can act for the firm now."))
        return redirect(url_for(".show", organization_id=membership.organization_id))
    return page("organizations/join.html", organization=_inviting(invitation_id), token=token)


def _inviting(invitation_id: uuid.UUID) -> object:
    organization = queries.inviting_organization(database(), invitation_id, email=current_user.user.email)
    if organization is None:
        raise NotFound(_("This invitation was taken back, or sent to another address than that of your account."))
    return organization


def _invite(organization_id: uuid.UUID, form: ColleagueForm) -> object:
    return operations.invite_colleague(
        database(), organization_id, email=form.email.data, owner=form.owner.data, actor=current_actor(), now=now()
    )
