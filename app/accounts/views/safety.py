"""The safety of one's account: password, sessions, second factor."""

import uuid

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations, totp
from app.accounts.forms import ChangePasswordForm, CodeForm, PasswordForm
from app.accounts.models import UserSession
from app.accounts.policy import STAFF
from app.accounts.queries import live_sessions
from app.accounts.views import blueprint, me, second_factor_required
from app.accounts.views.prompts import proved
from app.extensions import limiter
from app.forms import ConfirmForm
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


@blueprint.route("/account/password", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def change_password() -> ResponseReturnValue:
    """Set a new password."""
    form = ChangePasswordForm()
    if proved(form, attempt(form, lambda: _change_password(form)), "current"):
        flash(_("Your password was changed. Your other sessions and your API tokens have ended."), "success")
        return redirect(url_for("accounts.profile"))
    text = _("At least 10 characters, not easy to guess. Your other sessions and your API tokens end.")
    return page("accounts/account_form.html", form=form, title=_("Change the password"), text=text, button=_("Change it"))


def _change_password(form: ChangePasswordForm) -> operations.Attempt:
    mine, typed = me(), {"current": form.current.data, "password": form.password.data}
    return operations.change_password(database(), mine.user, **typed, keep=mine.session.id, actor=mine.actor, now=now())


@blueprint.get("/account/sessions")
@login_required
def sessions() -> ResponseReturnValue:
    """Where one is signed in."""
    return page("accounts/sessions.html", sessions=live_sessions(database(), me().user.id, now=now()), present=me().session)


@blueprint.post("/account/sessions/<uuid:session_id>/revoke")
@login_required
def revoke_session(session_id: uuid.UUID) -> ResponseReturnValue:
    """End one session."""
    user_session = record_or_404(database().get(UserSession, session_id))
    attempt(ConfirmForm(), lambda: operations.revoke_session(database(), user_session, actor=current_actor(), now=now()))
    flash(_("The session has ended."), "success")
    return redirect(url_for("accounts.sessions"))


@blueprint.post("/account/sessions/revoke-others")
@login_required
def revoke_others() -> ResponseReturnValue:
    """End every session but this one."""
    operations.revoke_other_sessions(database(), me().user, keep=me().session.id, actor=current_actor(), now=now())
    flash(_("All other sessions have ended."), "success")
    return redirect(url_for("accounts.sessions"))


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def second_factor() -> ResponseReturnValue:
    """Whether a second factor is set up; while it is being set up, the secret to scan and the first code to type."""
    form, mine = CodeForm(), me()
    operation = operations.confirm_enrolment
    user = attempt(
        form, lambda: operation(database(), mine.user, form.code.data, keep=mine.session.id, actor=mine.actor, now=now())
    )
    if user is not None:
        flash(_("The second factor is set up. From now on you are asked for a code at sign-in."), "success")
        return redirect(url_for("accounts.second_factor"))
    secret = None if mine.user.has_second_factor else mine.user.totp_secret
    picture = totp.picture_of(totp.address_of(secret, mine.user.email)) if secret else None
    required = second_factor_required() and bool(mine.user.roles & STAFF)
    return page("accounts/second_factor.html", form=form, user=mine.user, secret=secret, picture=picture, required=required)


@blueprint.route("/account/second-factor/start", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def start_second_factor() -> ResponseReturnValue:
    """Make a new secret."""
    form, mine, operation = PasswordForm(), me(), operations.start_enrolment
    asked = attempt(form, lambda: operation(database(), mine.user, password=form.password.data, actor=mine.actor, now=now()))
    if proved(form, asked):
        return redirect(url_for("accounts.second_factor"))
    return page("accounts/account_form.html", form=form, title=_("Second factor"), button=_("Start the setup"))


@blueprint.route("/account/second-factor/disable", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def disable_second_factor() -> ResponseReturnValue:
    """Give the second factor up."""
    form, mine, required = PasswordForm(), me(), second_factor_required()
    asked = attempt(
        form,
        lambda: operations.disable_second_factor(
            database(), mine.user, password=form.password.data, required=required, actor=mine.actor, now=now()
        ),
    )
    if proved(form, asked):
        flash(_("The second factor is switched off."), "success")
        return redirect(url_for("accounts.second_factor"))
    return page("accounts/account_form.html", form=form, title=_("Switch the second factor off"), button=_("Switch it off"))
