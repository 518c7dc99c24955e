"""What the queue's items are called."""

from flask_babel import lazy_gettext as _l

from app.administration.queries import Kind
from app.errors import Text

KIND: dict[Kind, Text] = {
    Kind.ORGANIZATION: _l("Firm to verify"),
    Kind.SCENARIO: _l("Scenario to review"),
    Kind.AMENDMENT: _l("Change to review"),
    Kind.MATCH: _l("Match to review"),
    Kind.OBJECTION: _l("Objection to decide"),
    Kind.APPROVAL: _l("Match to approve"),
    Kind.PROJECT: _l("Project to accept"),
}
# what does not keep up, by the names of `queries.degraded`
DEGRADED: dict[str, Text] = {
    "index": _l("The search index is missing or torn: make it anew by “flask --app app search rebuild”."),
    "encoder": _l("The encoder does not answer: what is new is matched by words alone until it does."),
    "outbox": _l("The outbox does not keep up: look whether a worker runs, and what fails."),
}
