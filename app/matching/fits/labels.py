"""Words for the reasons of a score, and for dismissals."""

from flask_babel import lazy_gettext as _l

from app.matching.fits.models import DismissalReason

PARTS = {
    "terms": _l("Shared terms"),
    "meaning": _l("Similar meaning"),
    "requirements": _l("Requirement lines"),
    "track": _l("Track"),
    "technologies": _l("Technologies"),
    "domain": _l("Experience in the field"),
    "maturity": _l("Maturity against delivery time"),
    "area": _l("Same functional area"),
    "record": _l("Projects accepted"),
    "capacity": _l("Free capacity"),
    "unmet_must": _l("Must lines not met"),
}

DISMISSAL_REASON = {
    DismissalReason.FIELD: _l("Not our field"),
    DismissalReason.TECHNOLOGY: _l("Another technology"),
    DismissalReason.CAPACITY: _l("No capacity now"),
    DismissalReason.TERMS: _l("Budget or terms do not suit"),
    DismissalReason.OTHER: _l("Another reason"),
}
