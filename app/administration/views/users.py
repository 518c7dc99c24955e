"""Pages of the accounts, for the system administrator."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations, policy, queries
from app.accounts.labels import ROLE
from app.accounts.models import User
from app.actor import Role
from app.administration.forms import RolesForm, UserForm
from app.administration.views.base import blueprint
from app.errors import require_allowed
from app.forms import ConfirmForm, Form, ReasonForm
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404, run


@blueprint.get("/administration/users")
@login_required
def users() -> ResponseReturnValue:
    """All accounts, found by words and duty."""
    require_allowed(policy.can_see_all(current_actor()))
    wanted = request.args.get("role", "")
    role = Role(wanted) if wanted in list(Role) else None
    words = request.args.get("q", "")[:200]
    found = paginate(queries.users(words=words, role=role))
    return page("administration/users.html", users=found, roles=ROLE, role=role, q=words, may_administer=_may())


@blueprint.route("/administration/users/new", methods=["GET", "POST"])
@login_required
def new_user() -> ResponseReturnValue:
    """Make an account."""
    require_allowed(policy.can_administer(current_actor()))
    form = UserForm()
    user = attempt(form, lambda: _create(form))
    if user is not None:
        flash(_("The account is made. The person gets a letter to choose a password."), "success")
        return redirect(url_for(".user", user_id=user.id))
    return page("administration/user_new.html", form=form)


@blueprint.route("/administration/users/<uuid:user_id>", methods=["GET", "POST"])
@login_required
def user(user_id: uuid.UUID) -> ResponseReturnValue:
    """One account: its duties, its sessions, and what can be done with it."""
    require_allowed(_may() if request.method == "POST" else policy.can_see_all(current_actor()))
    person = _person(user_id)
    form = _roles_form(person)
    if attempt(form, lambda: _grant(user_id, form), current=lambda: _roles_form(_person(user_id), fresh=True)) is not None:
        flash(_("Saved."), "success")
        return redirect(url_for(".user", user_id=user_id))
    sessions = queries.live_sessions(database(), user_id, now=now())
    shown = {"person": _person(user_id), "roles": ROLE, "sessions": sessions, "may_administer": _may()}
    return page("administration/user.html", form=form, **shown)


@blueprint.post("/administration/users/<uuid:user_id>/disable")
@login_required
def disable_user(user_id: uuid.UUID) -> ResponseReturnValue:
    """Close an account."""
    form, done = ReasonForm(), _("The account is closed, and its sessions and API tokens are ended.")
    return _act(
        user_id, form, lambda person, **by: operations.disable_user(database(), person, reason=form.reason.data, **by), done
    )


@blueprint.post("/administration/users/<uuid:user_id>/enable")
@login_required
def enable_user(user_id: uuid.UUID) -> ResponseReturnValue:
    """Open a closed account again."""
    done = _("The account is open again.")
    return _act(user_id, ConfirmForm(), lambda person, **by: operations.enable_user(database(), person, **by), done)


@blueprint.post("/administration/users/<uuid:user_id>/second-factor")
@login_required
def reset_second_factor(user_id: uuid.UUID) -> ResponseReturnValue:
    """Take away a lost second factor."""
    form, done = ReasonForm(), _("The second factor is taken away, and the sessions and API tokens are ended.")
    reset = operations.reset_second_factor
    return _act(user_id, form, lambda person, **by: reset(database(), person, reason=form.reason.data, **by), done)


def _may() -> bool:
    return policy.can_administer(current_actor())


def _person(user_id: uuid.UUID) -> User:
    return record_or_404(database().get(User, user_id))


def _act(user_id: uuid.UUID, form: Form, operation: Callable[..., User], message: str) -> ResponseReturnValue:
    person, to = _person(user_id), url_for(".user", user_id=user_id)
    return run(form, lambda: operation(person, actor=current_actor(), now=now()), done=message, to=to)


def _roles_form(person: User, *, fresh: bool = False) -> RolesForm:
    data = {"version": person.version, "roles": [role.value for role in person.roles]}
    return RolesForm(formdata=None, data=data) if fresh else RolesForm(data=data)


def _create(form: UserForm) -> User:
    return operations.create_user(
        database(),
        email=form.email.data,
        name=form.name.data,
        roles=form.duties,
        locale=form.locale.data,
        user_id=form.new_id,
        actor=current_actor(),
        now=now(),
    )


def _grant(user_id: uuid.UUID, form: RolesForm) -> User:
    person, version = _person(user_id), form.version.data
    return operations.set_roles(database(), person, form.duties, actor=current_actor(), now=now(), expected=version)
