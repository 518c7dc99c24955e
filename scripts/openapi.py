"""Writes docs/openapi.json from the endpoints in the code (`python -m scripts.openapi`)."""

import json
from pathlib import Path

from app import create_app
from app.api.registry import openapi

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def document() -> str:
    """The text of the document, the same wherever it is written."""
    app = create_app()
    with app.test_request_context():
        return json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
