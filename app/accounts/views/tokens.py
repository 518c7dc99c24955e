"""The keys of one's own programs."""

import uuid

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations
from app.accounts.forms import TokenForm
from app.accounts.labels import SCOPE
from app.accounts.queries import get_token, own_tokens
from app.accounts.views import blueprint, me
from app.extensions import limiter
from app.web import attempt, current_actor, database, login_required, now, page, paginate, record_or_404


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@login_required
@limiter.limit("10 per minute", methods=["POST"])
def api_tokens() -> ResponseReturnValue:
    """One's own tokens, and a new one, whose secret this page shows once."""
    form, actor = TokenForm(), current_actor()
    form.offer(actor)
    made = attempt(form, lambda: operations.issue_token(database(), **form.wish(), shared=False, actor=actor, now=now()))
    if made:
        form = form.another(actor)
    tokens = paginate(own_tokens(me().user.id, now=now()))
    return page("accounts/tokens.html", form=form, secret=made[1] if made else None, tokens=tokens, scopes=SCOPE)


@blueprint.post("/account/tokens/<uuid:token_id>/revoke")
@login_required
def revoke_api_token(token_id: uuid.UUID) -> ResponseReturnValue:
    """End a token at once."""
    token = record_or_404(get_token(database(), token_id))
    operations.revoke_token(database(), token, actor=current_actor(), now=now())
    flash(_("The token has ended."), "success")
    return redirect(url_for(".api_tokens"))
