"""What a page says when a password or a code was not right."""

from datetime import timedelta

from flask_babel import gettext as _

from app.accounts import operations
from app.accounts.operations import Attempt, Outcome
from app.clock import SHANGHAI
from app.forms import Form
from app.web import database, now


def explain(form: Form, attempt: Attempt) -> None:
    """Say at the top of the form why somebody could not sign in."""
    if attempt.outcome is Outcome.LOCKED and attempt.retry_at is not None:
        time = (attempt.retry_at + timedelta(seconds=59)).astimezone(SHANGHAI).strftime("%H:%M")
        form.form_errors.append(_("Too many failed attempts. Try again after %(time)s, or reset your password.", time=time))
    elif attempt.outcome is Outcome.UNCONFIRMED and attempt.user is not None:
        operations.send_confirmation(database(), attempt.user, now=now())
        form.form_errors.append(_("Confirm your e-mail address first. We have sent you the link again."))
    else:
        form.form_errors.append(_("The e-mail address, the password or the code is not right."))


def proved(form: Form, attempt: Attempt | None, field: str = "password") -> bool:
    """Whether a form that asks for one's own password was sent with it; where it was wrong, the form says so."""
    if attempt is not None and attempt.outcome is Outcome.WRONG:
        form[field].errors = [*form[field].errors, _("The password is not right.")]
    elif attempt is not None and attempt.outcome is not Outcome.DONE:
        explain(form, attempt)
    return attempt is not None and attempt.outcome is Outcome.DONE
