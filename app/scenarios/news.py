"""The kinds of what people are told of a scenario, with their texts."""

from typing import Any

from flask_babel import lazy_gettext as _l

from app.notifications.kinds import Kind

GROUP = _l("Scenarios")


def _kind(code: str, label: Any, title: Any, body: Any) -> Kind:
    return Kind(f"scenario.{code}", GROUP, label, title, body)


KINDS = (
    _kind(
        "submitted",
        _l("A scenario waits for review"),
        _l("To review: %(title)s"),
        _l("%(firm)s has submitted the scenario “%(title)s”."),
    ),
    _kind(
        "approved",
        _l("My firm's scenario is open"),
        _l("Now open: %(title)s"),
        _l("The scenario “%(title)s” has been approved and is open until %(closes_at)s."),
    ),
    _kind(
        "returned",
        _l("My firm's scenario was returned"),
        _l("Returned: %(title)s"),
        _l("A reviewer has returned the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "cancelled",
        _l("A scenario that concerns me was withdrawn"),
        _l("Withdrawn: %(title)s"),
        _l("%(firm)s has withdrawn the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "closed",
        _l("My firm's scenario has closed"),
        _l("Closed: %(title)s"),
        _l("The scenario “%(title)s” has closed. The solutions can be read and evaluated now."),
    ),
    _kind(
        "unfilled",
        _l("My firm's scenario closed without a solution"),
        _l("Nothing submitted: %(title)s"),
        _l("The scenario “%(title)s” has closed without a solution. You can start a new round."),
    ),
    _kind(
        "extended",
        _l("A scenario that concerns me closes later"),
        _l("Later deadline: %(title)s"),
        _l("The scenario “%(title)s” now closes at %(closes_at)s: %(reason)s"),
    ),
    _kind(
        "amended",
        _l("A scenario that concerns me was amended"),
        _l("Amended: %(title)s"),
        _l("The scenario “%(title)s” has been amended, and closes at %(closes_at)s: %(reason)s"),
    ),
    _kind(
        "amendment_proposed",
        _l("Changed requirements wait for review"),
        _l("To review: changed requirements of %(title)s"),
        _l("%(firm)s wants to change requirements of the scenario “%(title)s”: %(reason)s"),
    ),
    _kind(
        "amendment_returned",
        _l("My firm's change of requirements was returned"),
        _l("Returned: changed requirements of %(title)s"),
        _l("A reviewer has returned the changed requirements of “%(title)s”: %(reason)s"),
    ),
    _kind(
        "question_asked",
        _l("A question about my firm's scenario"),
        _l("A question about %(title)s"),
        _l("A verified firm asks: %(text)s"),
    ),
    _kind(
        "question_answered",
        _l("My firm's question was answered"),
        _l("Answered: your question about %(title)s"),
        _l("The answer to your question about “%(title)s”: %(text)s"),
    ),
    _kind(
        "invited",
        _l("An invitation to answer or evaluate a scenario"),
        _l("Invitation: %(title)s"),
        _l("%(firm)s: you are invited to the scenario “%(title)s”. %(message)s"),
    ),
    _kind(
        "invitation_accepted",
        _l("An invitation was accepted"),
        _l("Invitation accepted: %(title)s"),
        _l("An invitation to the scenario “%(title)s” has been accepted."),
    ),
    _kind(
        "invitation_declined",
        _l("An invitation was declined"),
        _l("Invitation declined: %(title)s"),
        _l("An invitation to the scenario “%(title)s” has been declined."),
    ),
)
