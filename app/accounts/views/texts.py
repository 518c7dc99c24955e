"""Pages that only say something: the privacy notice and the help."""

from flask.typing import ResponseReturnValue

from app.accounts.policy import CONSENT_VERSION
from app.accounts.views import blueprint
from app.locales import is_chinese
from app.web import page


def _text(name: str) -> ResponseReturnValue:
    return page(f"accounts/{name}_{'zh' if is_chinese() else 'en'}.html", version=CONSENT_VERSION)


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The privacy notice."""
    return _text("privacy")


@blueprint.get("/help")
def help_page() -> ResponseReturnValue:
    """How the marketplace works, in a few words."""
    return _text("help")
