"""The reviewer's first look at a confirmed match, and the public notice that it leads to."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.clock import end_of_day, shanghai_day
from app.errors import REASON_LENGTH, collecting, require_allowed, require_visible
from app.matching import policy, queries
from app.matching.models import Match
from app.matching.transitions import MATCH
from app.outbox import operations as outbox
from app.taxonomy.queries import add_working_days, setting
from app.taxonomy.settings import NOTICE_WORKING_DAYS


def review(session: Session, match: Match, *, local_new: bool, actor: Actor, now: datetime, comment: str = "") -> Match:
    """Verify the claim of a local new product, and pass the match to the public notice, whose end is frozen here.

    The notice lasts the set number of working days after this one; with 0 days it is over at once. Raises NotFound, Forbidden
    (also for the proposer and for people of the firms), WrongState, and Invalid where a claim is verified that was not made.
    """
    match = queries.lock_match(session, match.id)
    require_visible(policy.can_see(session, actor, match))
    require_allowed(policy.can_review(session, actor, match))
    MATCH.require(match, "review")
    with collecting() as problems:
        if local_new and not match.local_new_declared:
            problems.add("local_new", _l("The firm has not declared a local new product or technology."))
        problems.limit("comment", comment, REASON_LENGTH)
    days = setting(session, NOTICE_WORKING_DAYS)
    match.reviewed_by, match.reviewed_at, match.review_comment = actor.user_id, now, comment.strip()
    match.local_new_verified = local_new
    match.notice_working_days = days
    match.notice_starts_on = shanghai_day(now)
    match.notice_ends_at = end_of_day(add_working_days(session, match.notice_starts_on, days)) if days else now
    MATCH.move(match, "review")
    after = {"local_new": local_new, "comment": match.review_comment, "notice_ends_at": match.notice_ends_at}
    audit.record(session, "matching.review", match, actor=actor, now=now, after=after)
    outbox.emit(session, "match.noticed", str(match.id), now=now, match_id=match.id)
    return match
