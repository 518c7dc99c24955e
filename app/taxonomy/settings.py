"""What the operator may set, with kind, bounds and default. The database holds only what differs from the default."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.errors import Text


@dataclass(frozen=True)
class WholeNumber:
    """A setting that is a whole number between `least` and `most`."""

    key: str
    label: Text
    help: Text
    default: int
    least: int
    most: int


NOTICE_WORKING_DAYS = WholeNumber(
    "notice_working_days",
    _l("Notice period (working days)"),
    _l("How long a match is under public notice, and how far ahead an early closing or a changed requirement is announced."),
    5,
    0,
    60,
)
CONFIRM_WORKING_DAYS = WholeNumber(
    "confirm_working_days",
    _l("Confirmation deadline (working days)"),
    _l("How long a party may take to confirm a match before it lapses."),
    10,
    1,
    60,
)
REVIEW_WORKING_DAYS = WholeNumber(
    "review_working_days",
    _l("Review deadline (working days)"),
    _l("Within how many working days an item of the review queue should be decided."),
    3,
    1,
    60,
)
APPROVAL_WORKING_DAYS = WholeNumber(
    "approval_working_days",
    _l("Approval deadline (working days)"),
    _l("Within how many working days a match is decided after its notice, and an objection or acceptance after it was raised."),
    5,
    1,
    60,
)
ALL = (NOTICE_WORKING_DAYS, CONFIRM_WORKING_DAYS, REVIEW_WORKING_DAYS, APPROVAL_WORKING_DAYS)
