"""What the vocabularies are called."""

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.taxonomy.models import Area, Department, Domain, Technology, Term, Track
from app.taxonomy.settings import ALL

# by the word that stands for a vocabulary in addresses
VOCABULARY: dict[str, tuple[type[Term], Text]] = {
    "domains": (Domain, _l("Fields")),
    "tracks": (Track, _l("Tracks")),
    "technologies": (Technology, _l("Technologies")),
    "areas": (Area, _l("Areas")),
    "departments": (Department, _l("Departments")),
}
TRACK_KIND: dict[str, Text] = {"main": _l("Main track"), "speciality": _l("Speciality field")}
COMPARISON: dict[str, Text] = {">": ">", ">=": "≥", "=": "="}
SETTING: dict[str, Text] = {definition.key: definition.label for definition in ALL}
