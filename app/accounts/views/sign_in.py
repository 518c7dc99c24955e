"""Getting in: sign-in with its second step, sign-up, confirmation, reset; and getting out."""

import uuid
from datetime import timedelta

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import login_user, logout_user

from app import identity
from app.accounts import operations, tokens
from app.accounts.forms import CodeForm, EmailForm, NewPasswordForm, PasswordForm, SignInForm, SignUpForm
from app.accounts.models import User
from app.accounts.operations import Outcome
from app.accounts.operations.account import CONFIRM_LIFE
from app.accounts.operations.passwords import stamp
from app.accounts.views import blueprint, me
from app.accounts.views.prompts import explain
from app.extensions import limiter
from app.forms import ConfirmForm
from app.web import attempt, current_actor, database, local_target, login_required, now, page, record_or_404

PENDING_LIFE = timedelta(minutes=5)


def _address() -> str:
    return request.remote_addr or ""


def _begin(user: User) -> ResponseReturnValue:
    """Open a session under a new cookie; of the old one nothing stays but the language."""
    target = local_target(request.args.get("next"), url_for("discovery.desk"))
    kept = {key: session[key] for key in ("locale",) if key in session}
    session.clear()
    session.update(kept)
    agent = request.user_agent.string
    login_user(identity.load(operations.open_session(database(), user, address=_address(), agent=agent, now=now())))
    return redirect(target)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Address and password; then the second factor, if there is one."""
    if current_actor().signed_in:
        return redirect(local_target(request.args.get("next"), url_for("discovery.desk")))
    form = SignInForm()
    if form.validate_on_submit():
        outcome = operations.check_password(database(), form.email.data, form.password.data, address=_address(), now=now())
        if outcome.outcome is Outcome.DONE and outcome.user is not None:
            return _begin(outcome.user)
        if outcome.outcome is Outcome.CODE_NEEDED and outcome.user is not None:
            session["pending"] = [str(outcome.user.id), stamp(outcome.user), int(now().timestamp())]
            return redirect(url_for("accounts.second_step", next=request.args.get("next")))
        explain(form, outcome)
    return page("accounts/sign_in.html", form=form)


def _pending() -> User | None:
    """Who has given the right password in this browser a moment ago."""
    user_id, stamped, at = session.get("pending") or (None, None, 0)
    user = database().get(User, uuid.UUID(user_id)) if user_id else None
    fresh = now().timestamp() - at <= PENDING_LIFE.total_seconds()
    return user if user is not None and fresh and stamp(user) == stamped else None


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("60 per minute", methods=["POST"])
def second_step() -> ResponseReturnValue:
    """The code of the second factor."""
    user, form = _pending(), CodeForm()
    if user is None:
        return redirect(url_for("accounts.sign_in", next=request.args.get("next")))
    if form.validate_on_submit():
        outcome = operations.check_code(database(), user.id, form.code.data, address=_address(), now=now())
        if outcome.outcome is Outcome.DONE:
            return _begin(user)
        explain(form, outcome)
    text = _("Type the code that your authenticator app shows. Lost it? Ask the system administrator.")
    return page("accounts/form.html", form=form, title=_("Second factor"), text=text, button=_("Sign in"))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    if current_actor().signed_in:
        operations.revoke_session(database(), me().session, actor=current_actor(), now=now())
        logout_user()
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    return redirect(url_for("discovery.home"))


@blueprint.route("/sign-up", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def sign_up() -> ResponseReturnValue:
    """A new account, which its letter confirms."""
    form = SignUpForm()
    if attempt(form, lambda: _sign_up(form), check=lambda: operations.check_sign_up(**form.claims())) is not None:
        return redirect(url_for("accounts.check_mail"))
    return page("accounts/sign_up.html", form=form)


def _sign_up(form: SignUpForm) -> str:
    name, locale = form.name.data, str(get_locale())
    return operations.sign_up(database(), **form.claims(), name=name, locale=locale, address=_address(), now=now())


@blueprint.get("/check-mail")
def check_mail() -> ResponseReturnValue:
    """What to do next: follow the link in the mail. The same page whether the account exists or not."""
    return page("accounts/check_mail.html")


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Confirm an address with the password chosen at sign-up, and be signed in."""
    record_or_404(tokens.read("confirm", token, max_age=CONFIRM_LIFE))
    form = PasswordForm()
    outcome = attempt(form, lambda: operations.confirm_email(database(), token, form.password.data, address=_address(), now=now()))
    if outcome is not None and outcome.outcome is Outcome.DONE and outcome.user is not None:
        response = _begin(outcome.user)
        flash(_("Your e-mail address is confirmed."), "success")  # after the new session has begun: nothing of the old one stays
        return response
    if outcome is not None:
        explain(form, outcome)
    text = _("Type the password that you chose when you signed up.")
    return page("accounts/form.html", form=form, title=_("Confirm your e-mail address"), text=text, button=_("Confirm and sign in"))


@blueprint.route("/reset", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def reset_request() -> ResponseReturnValue:
    """Ask for a link to set a new password."""
    form = EmailForm()
    if form.validate_on_submit():
        operations.start_reset(database(), form.email.data, now=now())
        return redirect(url_for("accounts.check_mail"))
    text = _("We send you a link with which you set a new password.")
    return page("accounts/form.html", form=form, title=_("Reset your password"), text=text, button=_("Send the link"))


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def reset(token: str) -> ResponseReturnValue:
    """Set a new password with the link."""
    form = NewPasswordForm()
    user = attempt(form, lambda: operations.reset_password(database(), token, form.password.data, address=_address(), now=now()))
    if user is not None:
        flash(_("Your new password holds. Please sign in with it."), "success")
        return redirect(url_for("accounts.sign_in"))
    text = _("At least 10 characters, not easy to guess. All your sessions end.")
    return page("accounts/form.html", form=form, title=_("Set a new password"), text=text, button=_("Set the password"))


@blueprint.post("/acting-for")
@login_required
def choose_organization() -> ResponseReturnValue:
    """Act for another one of one's organisations."""
    if ConfirmForm().validate_on_submit():
        chosen = request.form.get("organization_id", "")
        record_or_404(chosen if chosen in {str(id_) for id_ in current_actor().affiliations} else None)
        session["organization_id"] = chosen
    return redirect(url_for("discovery.desk"))
