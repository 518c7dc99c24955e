"""Pages of sign-in and of one's account."""

from typing import cast

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.policy import needs_consent, needs_second_factor
from app.identity import SignedIn

blueprint = Blueprint("accounts", __name__)

ALWAYS_OPEN = frozenset(
    {
        "static", "bootstrap.static", "discovery.choose_language", "accounts.sign_out", "accounts.privacy", "accounts.help_page",
    }
)  # fmt: skip
SECOND_FACTOR = frozenset({"accounts.second_factor", "accounts.start_second_factor"})
CONSENT = frozenset({"accounts.consent", "accounts.export", "accounts.delete"})


def me() -> SignedIn:
    """The person who is signed in, on a page that asks for one."""
    return cast(SignedIn, current_user)


def second_factor_required() -> bool:
    """Whether those who decide must have a second factor here: in production."""
    return bool(current_app.config["PRODUCTION"])


@blueprint.before_app_request
def first_things_first() -> ResponseReturnValue | None:
    """Whoever still has to set up the second factor, or to agree to the privacy notice, does that before anything else."""
    if request.endpoint is None or request.endpoint in ALWAYS_OPEN or not current_user.is_authenticated:
        return None
    if needs_second_factor(me().user, required=second_factor_required()):
        return None if request.endpoint in SECOND_FACTOR else redirect(url_for("accounts.second_factor"))
    if needs_consent(me().user) and request.endpoint not in CONSENT | SECOND_FACTOR:
        return redirect(url_for("accounts.consent"))
    return None


from app.accounts.views import account, safety, sign_in, texts, tokens  # noqa: E402, F401  (they register their pages)
