"""What the pages show of a match: the match's own page and the review desk, which shares its parts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.actor import Actor
from app.forms import ConfirmForm, ReasonForm
from app.locales import localized
from app.matching import policy, queries
from app.matching.fits.showing import Reason, reasons_of
from app.matching.forms import ConfirmMatchForm, DecisionForm, ObjectionForm, ReviewForm
from app.matching.labels import MATCH_KIND, MATCH_STATUS, reason_text
from app.matching.models import Match, MatchStatus, ObjectionState
from app.scenarios.labels import OPERATOR
from app.scenarios.policy import Sight
from app.solutions.queries import lines_by_requirement, submitted_version
from app.taxonomy.queries import words_by_code

# how far each state has come along the steps
_REACHED = {
    MatchStatus.PROPOSED: 1,
    MatchStatus.CONFIRMED: 2,
    MatchStatus.NOTICED: 3,
    MatchStatus.APPROVED: 6,
}


def match_context(session: Session, actor: Actor, match: Match, now: datetime, **forms: Any) -> dict[str, Any]:
    """Everything that `matching/show.html` and `matching/_review.html` ask for; `forms` replaces those with errors."""
    sight = policy.sight_of(session, actor, match)
    whole = sight is Sight.ALL
    version = submitted_version(session, match.solution_id) if whole and match.solution_id else None
    undecided = [row for row in match.objections if match.state_of(row) is ObjectionState.WAITING]
    people = [match.proposed_by, match.anchor_confirmed_by, match.firm_confirmed_by, match.reviewed_by, match.decided_by]
    return {
        "match": match,
        "whole": whole,
        "scored": whole and match.id in queries.scored_for(session, actor, [match], now=now),
        "actions": policy.actions(session, actor, match, now),
        "to_decide": [row for row in undecided if policy.can_decide_objection(session, actor, match, row)],
        "objections": match.objections if whole else [row for row in match.objections if row.user_id == actor.user_id],
        "answers": lines_by_requirement(version),
        "names": names_of(session, [*people, *(row.user_id for row in match.objections)]),
        "steps_of": steps_of(match),
        "trail_of": trail_of(match) if whole else [],
        "status_label": MATCH_STATUS[match.status],
        "status_kind": MATCH_KIND[match.status],
        "reason": reason_text(match.reason),
        "fit_reasons": _fit_reasons(session, match) if whole and match.is_direct else [],
        "operators": OPERATOR,
        "review_form": ReviewForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "confirm_form": ConfirmForm(formdata=None),
        "yes_form": ConfirmMatchForm(formdata=None),
        "objection_form": ObjectionForm(formdata=None),
        "decision_form": DecisionForm(formdata=None),
        **forms,
    }


def _fit_reasons(session: Session, match: Match) -> list[Reason]:
    """Why the match was proposed, as the match table said it then."""
    if not match.reasons:
        return []
    parts = [(each["part"], each["hundredths"], each["value"], each["detail"]) for each in match.reasons]
    return reasons_of(parts, words_by_code(session))


def steps_of(match: Match) -> list[dict[str, str]]:
    """The steps of a match as the page draws them; an ended one stops where it ended."""
    labels = [
        _("Proposed") if match.is_direct else _("Selected"), _("Confirmed"), _("First review"), _("Public notice"),
        _("Approval"), _("Establishment"),
    ]  # fmt: skip
    reached = _REACHED.get(match.status, 0)
    if not reached:
        reached = 4 if match.reviewed_at else 2 if match.anchor_confirmed_at and match.firm_confirmed_at else 1
    states = ["done" if at < reached else "now" if at == reached else "" for at in range(len(labels))]
    return [{"label": label, "small": "", "state": state} for label, state in zip(labels, states, strict=True)]


def trail_of(match: Match) -> Sequence[tuple[datetime, str]]:
    """What happened to a match, oldest first."""
    anchor, firm = localized(match.scenario.organization, "short"), localized(match.firm, "short")
    rows: list[tuple[datetime | None, str]] = [
        (match.proposed_at, _("Proposed by a reviewer") if match.is_direct else _("Selected by %(firm)s", firm=anchor)),
        (match.anchor_confirmed_at if match.is_direct else None, _("Confirmed by %(firm)s", firm=anchor)),
        (match.firm_confirmed_at, _("Confirmed by %(firm)s", firm=firm)),
        (match.reviewed_at, _("Reviewed, public notice begun")),
        *((row.raised_at, _("Objection raised")) for row in match.objections),
        *((row.decided_at, _("Objection upheld") if row.upheld else _("Objection dismissed")) for row in match.objections),
        (match.decided_at, str(MATCH_STATUS[match.status])),
    ]
    return sorted(((at, text) for at, text in rows if at is not None), key=lambda row: row[0])
