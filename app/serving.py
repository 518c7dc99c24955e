"""What a web process serves: the application, warmed, so that no visitor waits for mappers, templates and the lexicon."""

from flask import Flask

from app import create_app
from app.config import ConfigurationError

# a list with a word that is looked up in every way there is: as it stands, corrected, and as pinyin
FIRST_PAGE = "/scenarios?q=haomibo"


def application() -> Flask:
    """Build the application from the environment and ask it for a page. Exits with a line that says why it may not start here."""
    try:
        app = create_app()
    except ConfigurationError as error:
        raise SystemExit(f"Error: {error}") from None
    app.test_client().get(FIRST_PAGE, base_url=app.config["BASE_URL"])
    return app
