"""How states and stored codes of a match are said."""

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.matching.fits.labels import DISMISSAL_REASON, PARTS
from app.matching.models import MatchStatus

__all__ = ["DISMISSAL_REASON", "MATCH_KIND", "MATCH_STATUS", "NO_PLACE_LEFT", "PARTS", "reason_text"]

MATCH_STATUS: dict[MatchStatus, Text] = {
    MatchStatus.PROPOSED: _l("Waiting for confirmation"),
    MatchStatus.CONFIRMED: _l("Waiting for review"),
    MatchStatus.NOTICED: _l("Public notice"),
    MatchStatus.APPROVED: _l("Approved"),
    MatchStatus.REJECTED: _l("Rejected"),
    MatchStatus.DECLINED: _l("Declined"),
    MatchStatus.LAPSED: _l("Lapsed"),
}
# kind of the tag that shows a state
MATCH_KIND: dict[MatchStatus, str] = {
    MatchStatus.PROPOSED: "amber",
    MatchStatus.CONFIRMED: "amber",
    MatchStatus.NOTICED: "blue",
    MatchStatus.APPROVED: "green",
    MatchStatus.REJECTED: "red",
    MatchStatus.DECLINED: "red",
    MatchStatus.LAPSED: "",
}
# the one reason that no person writes; stored as a code, said in the reader's language
NO_PLACE_LEFT = "no_place_left"


def reason_text(reason: str) -> Text:
    """A stored reason as it is shown."""
    return _l("No place is left: another match took the last one.") if reason == NO_PLACE_LEFT else reason
