"""One's account: profile, address, consent, personal data, and its end."""

import json

from flask import Response, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from app.accounts import operations, tokens
from app.accounts.forms import ChangeEmailForm, PasswordForm, ProfileForm
from app.accounts.labels import ROLE
from app.accounts.models import User
from app.accounts.operations.account import CONFIRM_LIFE
from app.accounts.policy import needs_consent
from app.accounts.views import blueprint, me
from app.accounts.views.prompts import proved
from app.extensions import limiter
from app.forms import ConfirmForm
from app.web import attempt, current_actor, database, login_required, now, page, record_or_404


@blueprint.route("/account", methods=["GET", "POST"])
@login_required
def profile() -> ResponseReturnValue:
    """Name and language, and the way to everything else about the account."""
    user, form = me().user, ProfileForm(obj=me().user)
    saved = attempt(form, lambda: _save(user, form), current=lambda: ProfileForm(formdata=None, obj=user))
    if saved is not None:
        session["locale"] = saved.locale
        flash(_("Saved."), "success")
        return redirect(url_for("accounts.profile"))
    return page("accounts/profile.html", form=form, user=user, roles=[ROLE[role] for role in sorted(user.roles)])


def _save(user: User, form: ProfileForm) -> User:
    name, locale, read = form.name.data, form.locale.data, form.version.data
    return operations.update_profile(database(), user, name=name, locale=locale, expected=read, actor=current_actor(), now=now())


@blueprint.route("/account/email", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def start_email_change() -> ResponseReturnValue:
    """Ask for another address; a letter to it confirms it."""
    form = ChangeEmailForm()
    operation = operations.start_email_change
    asked = attempt(
        form,
        lambda: operation(
            database(), me().user, email=form.email.data, password=form.password.data, actor=current_actor(), now=now()
        ),
    )
    if proved(form, asked):
        flash(_("We have sent a link to the new address. Until you follow it, the old one holds."), "success")
        return redirect(url_for("accounts.profile"))
    return page("accounts/account_form.html", form=form, title=_("Change the e-mail address"), button=_("Send the link"))


@blueprint.route("/account/email/<token>", methods=["GET", "POST"])
@login_required
def change_email(token: str) -> ResponseReturnValue:
    """Take on the address to which this link was sent."""
    data = record_or_404(tokens.read("change_email", token, max_age=CONFIRM_LIFE))
    form = ConfirmForm()
    user = attempt(form, lambda: operations.change_email(database(), me().user, token, actor=current_actor(), now=now()))
    if user is not None:
        flash(_("Your e-mail address was changed"), "success")
        return redirect(url_for("accounts.profile"))
    text = _("From now on you sign in as %(email)s.", email=data["email"])
    return page("accounts/account_form.html", form=form, title=_("Change the e-mail address"), text=text, button=_("Change it"))


@blueprint.route("/account/consent", methods=["GET", "POST"])
@login_required
def consent() -> ResponseReturnValue:
    """Agree to the privacy notice; without it only taking one's data along and deleting the account are possible."""
    form = ConfirmForm()
    if attempt(form, lambda: operations.give_consent(database(), me().user, actor=current_actor(), now=now())) is not None:
        return redirect(url_for("discovery.desk"))
    return page("accounts/consent.html", form=form, missing=needs_consent(me().user))


@blueprint.post("/account/consent/withdraw")
@login_required
def withdraw_consent() -> ResponseReturnValue:
    """Take the agreement back."""
    attempt(ConfirmForm(), lambda: operations.withdraw_consent(database(), me().user, actor=current_actor(), now=now()))
    return redirect(url_for("accounts.consent"))


@blueprint.get("/account/data")
@login_required
def data() -> ResponseReturnValue:
    """One's rights over one's personal data: a copy, the consent, deletion."""
    return page("accounts/data.html", user=me().user)


@blueprint.post("/account/data/export")
@login_required
@limiter.limit("10 per minute")
def export() -> ResponseReturnValue:
    """One's personal data as a file."""
    content = operations.export_personal(database(), me().user, actor=current_actor(), now=now())
    response = Response(json.dumps(content, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="kaijing-personal-data.json"'
    return response


@blueprint.route("/account/delete", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def delete() -> ResponseReturnValue:
    """Delete the account for good."""
    form, operation = PasswordForm(), operations.erase_account
    asked = attempt(form, lambda: operation(database(), me().user, password=form.password.data, actor=current_actor(), now=now()))
    if proved(form, asked):
        logout_user()
        session.clear()
        flash(_("Your account is deleted."), "success")
        return redirect(url_for("discovery.home"))
    text = _("All that identifies you is erased at once. What you did for a firm stays, without your name.")
    return page("accounts/account_form.html", form=form, title=_("Delete the account"), text=text, button=_("Delete for good"))
