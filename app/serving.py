"""What a web process serves: the application, warmed, so that no visitor waits for mappers, templates and the lexicon."""

from flask import Flask

from app import create_app

# a list with a word that is looked up in every way there is: as it stands, corrected, and as pinyin
FIRST_PAGE = "/scenarios?q=haomibo"


def application() -> Flask:
    """Build the application from the environment and ask it for a page. Raises ConfigurationError as `create_app` does."""
    app = create_app()
    app.test_client().get(FIRST_PAGE, base_url=app.config["BASE_URL"])
    return app
