"""Pages of invitations: those to one scenario, and those that reach the person."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.errors import Text, require_allowed
from app.forms import ConfirmForm, Form, choices
from app.locales import localized
from app.organizations.models import Organization
from app.products.models import Product
from app.scenarios import operations, policy, queries
from app.scenarios.forms import InviteEvaluatorForm, InviteFirmForm
from app.scenarios.models import Invitation, Scenario
from app.scenarios.views.base import blueprint, press, seen
from app.web import current_actor, database, login_required, now, page, paginate, record_or_404, run


def _inviting(scenario_id: uuid.UUID) -> Scenario:
    scenario = seen(scenario_id)
    require_allowed(policy.can_invite(current_actor(), scenario))
    return scenario


def _firm_form(scenario: Scenario, **options: Any) -> InviteFirmForm:
    """The form with the firms whose name holds the words of the address."""
    form = InviteFirmForm(**options)
    firms = queries.firms_to_invite(database(), scenario, request.args.get("firm", "")[:100])
    form.organization_id.choices = choices((firm.id, localized(firm)) for firm in firms)
    return form


@blueprint.get("/scenarios/<uuid:scenario_id>/invitations")
@login_required
def invitations(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Who was invited, and the forms that invite more."""
    scenario = seen(scenario_id)
    require_allowed(policy.can_see_invitations(current_actor(), scenario, now()))
    return page(
        "scenarios/invitations.html",
        firm_form=_firm_form(scenario, formdata=None),
        person_form=InviteEvaluatorForm(formdata=None),
        scenario=scenario,
        may_invite=policy.can_invite(current_actor(), scenario),
        invitations=paginate(queries.invitations_of(scenario.id)),
    )


@blueprint.post("/scenarios/<uuid:scenario_id>/invitations/firms")
@login_required
def invite_firm(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Invite a firm."""
    scenario = _inviting(scenario_id)
    form = _firm_form(scenario)
    return _invite(scenario_id, form, lambda: _invite_firm(scenario, form))


def _invite_firm(scenario: Scenario, form: InviteFirmForm) -> Invitation:
    firm = record_or_404(database().get(Organization, uuid.UUID(form.organization_id.data)))
    return operations.invite_firm(database(), scenario, firm, actor=current_actor(), now=now(), message=form.message.data or "")


@blueprint.post("/scenarios/<uuid:scenario_id>/invitations/evaluators")
@login_required
def invite_evaluator(scenario_id: uuid.UUID) -> ResponseReturnValue:
    """Invite a person to evaluate."""
    scenario, form = _inviting(scenario_id), InviteEvaluatorForm()
    return _invite(scenario_id, form, lambda: _invite_evaluator(scenario, form))


def _invite_evaluator(scenario: Scenario, form: InviteEvaluatorForm) -> Invitation:
    email, message = form.email.data or "", form.message.data or ""
    return operations.invite_evaluator(database(), scenario, email=email, actor=current_actor(), now=now(), message=message)


def _invite(scenario_id: uuid.UUID, form: Form, operation: Callable[[], Invitation]) -> ResponseReturnValue:
    done, to = _l("The invitation has been sent."), url_for("scenarios.invitations", scenario_id=scenario_id)
    return run(form, operation, done=done, to=to)


@blueprint.post("/scenarios/<uuid:scenario_id>/invitations/products/<uuid:product_id>")
@login_required
def invite_product(scenario_id: uuid.UUID, product_id: uuid.UUID) -> ResponseReturnValue:
    """Invite the firm behind a product, in one step from wherever the product is listed."""
    scenario, product = _inviting(scenario_id), record_or_404(database().get(Product, product_id))
    return press(
        lambda: operations.invite_product(database(), scenario, product, actor=current_actor(), now=now()),
        scenario_id,
        done=_l("The invitation has been sent."),
    )


@blueprint.get("/invitations")
@login_required
def my_invitations() -> ResponseReturnValue:
    """The invitations that reach this person."""
    return page("scenarios/my_invitations.html", invitations=paginate(queries.invitations_for(current_actor())))


@blueprint.post("/invitations/<uuid:invitation_id>/accept")
@login_required
def accept_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Say yes."""
    return _answer(invitation_id, operations.accept_invitation, _l("You have accepted the invitation."))


@blueprint.post("/invitations/<uuid:invitation_id>/decline")
@login_required
def decline_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Say no."""
    return _answer(invitation_id, operations.decline_invitation, _l("You have declined the invitation."))


def _answer(invitation_id: uuid.UUID, operation: Any, done: Text) -> ResponseReturnValue:
    invitation = record_or_404(database().get(Invitation, invitation_id))
    return run(
        ConfirmForm(),
        lambda: operation(database(), invitation, actor=current_actor(), now=now()),
        done=done,
        to=url_for("scenarios.my_invitations"),
    )
