"""How figures and stages are said."""

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.programme.queries import Figure, Stage

FIGURE: dict[Figure, Text] = {
    Figure.COUNTED: _l("Counted toward the target"),
    Figure.ESTABLISHED: _l("Established"),
    Figure.ACCEPTED: _l("Accepted"),
    Figure.IN_PROGRESS: _l("Not accepted yet"),
    Figure.NOT_COUNTED: _l("Not counted"),
}
STAGE: dict[Stage, Text] = {
    Stage.OPENED: _l("Opened"),
    Stage.ANSWERED: _l("With solutions"),
    Stage.SELECTED: _l("Selected, in notice or later"),
    Stage.ESTABLISHED: _l("With a project"),
    Stage.ACCEPTED: _l("With an accepted project"),
}
