"""What the pages show of a match: the match's own page and the review desk, which shares its parts."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.actor import Actor, Role
from app.clock import shanghai_day
from app.locales import localized
from app.matching import policy, queries
from app.matching.fits.showing import Reason, reasons_of
from app.matching.forms import ConfirmMatchForm, DecisionForm, ObjectionForm, ReviewForm
from app.matching.labels import MATCH_KIND, MATCH_STATUS, reason_text
from app.matching.models import Match, MatchStatus, ObjectionState
from app.scenarios.labels import OPERATOR
from app.scenarios.policy import Sight
from app.solutions.models import ComplianceLine
from app.solutions.prefill import Derived, derive, stored
from app.solutions.queries import lines_by_requirement, outdated_lines, submitted_version
from app.taxonomy.queries import words_by_code

# how far each state has come along the steps
_REACHED = {
    MatchStatus.PROPOSED: 1,
    MatchStatus.CONFIRMED: 2,
    MatchStatus.NOTICED: 3,
    MatchStatus.APPROVED: 6,
}


def match_context(session: Session, actor: Actor, match: Match, now: datetime) -> dict[str, Any]:
    """Everything that `matching/show.html` and `matching/_review.html` ask for."""
    sight = policy.sight_of(session, actor, match)
    whole = sight is Sight.ALL
    version = submitted_version(session, match.solution_id) if whole and match.solution_id else None
    undecided = [row for row in match.objections if match.state_of(row) is ObjectionState.WAITING]
    people = [match.proposed_by, match.anchor_confirmed_by, match.firm_confirmed_by, match.reviewed_by, match.decided_by]
    names = names_of(session, [*people, *(row.user_id for row in match.objections)])
    answers = lines_by_requirement(version)
    outdated = outdated_lines(session, match.scenario_id, [version]).get(version.id, set()) if version else set()
    return {
        "match": match,
        "whole": whole,
        "scored": whole and match.id in queries.scored_for(session, actor, [match], now=now),
        "actions": policy.actions(session, actor, match, now),
        "to_decide": [row for row in undecided if policy.can_decide_objection(session, actor, match, row)],
        "objections": match.objections if whole else [row for row in match.objections if row.user_id == actor.user_id],
        "answers": answers,
        "outdated": outdated,
        "judged": {line: proof for line, proof in _judged(match, answers).items() if line not in outdated} if whole else {},
        "names": names,
        "steps_of": steps_of(match, now),
        "trail_of": trail_of(match, names if actor.is_administrator or actor.has(Role.AUDITOR) else {}) if whole else [],
        "status_label": MATCH_STATUS[match.status],
        "status_kind": MATCH_KIND[match.status],
        "reason": reason_text(match.reason),
        "fit_reasons": _fit_reasons(session, match) if whole and match.is_direct else [],
        "operators": OPERATOR,
        "review_form": ReviewForm(formdata=None),
        "yes_form": ConfirmMatchForm(formdata=None),
        "objection_form": ObjectionForm(formdata=None),
        "decision_form": DecisionForm(formdata=None),
    }


def _fit_reasons(session: Session, match: Match) -> list[Reason]:
    """Why the match was proposed, as the match table said it then."""
    if not match.reasons:
        return []
    parts = [(each["part"], each["hundredths"], each["value"], each["detail"]) for each in match.reasons]
    return reasons_of(parts, words_by_code(session))


def _judged(match: Match, answers: Mapping[uuid.UUID, ComplianceLine]) -> dict[uuid.UUID, Derived]:
    """What the products' parameters prove of each requirement line: the solution's, as it was sent, or a direct match's."""
    if match.product is not None:
        return derive(match.scenario.requirements, [match.product])
    return {line_id: stored(answer) for line_id, answer in answers.items()}


def steps_of(match: Match, now: datetime) -> list[dict[str, str]]:
    """The steps of a match as the page draws them, with the days on which they were done; an ended one stops where it ended."""
    labels = [
        _("Proposed") if match.is_direct else _("Selected"), _("Confirmed"), _("First review"), _("Public notice"),
        _("Approval"), _("Establishment"),
    ]  # fmt: skip
    said_yes = match.anchor_confirmed_at and match.firm_confirmed_at and max(match.anchor_confirmed_at, match.firm_confirmed_at)
    decided = match.decided_at if match.status is MatchStatus.APPROVED else None
    moments = [match.proposed_at, said_yes, match.reviewed_at, match.notice_ends_at, decided, decided]
    if match.status in _REACHED:
        reached = _REACHED[match.status] + (match.status is MatchStatus.NOTICED and not match.notice_runs(now))
    else:
        reached = 3 if match.reviewed_at else 2 if said_yes else 1
        labels[reached:], moments[reached:] = [str(MATCH_STATUS[match.status])], [match.decided_at]
    states = ["done" if at < reached else "now" if at == reached else "" for at in range(len(labels))]
    days = [shanghai_day(moment).isoformat() if moment and state else "" for moment, state in zip(moments, states, strict=True)]
    return [{"label": label, "small": day, "state": state} for label, day, state in zip(labels, days, states, strict=True)]


def trail_of(match: Match, names: Mapping[uuid.UUID, str]) -> Sequence[tuple[datetime, str]]:
    """What happened to a match, oldest first, with the names of who proposed, reviewed and decided where they are given."""

    def by(text: str, person: uuid.UUID | None) -> str:
        name = names.get(person) if person else None
        return f"{text} · {name}" if name else text

    anchor, firm = localized(match.scenario.organization, "short"), localized(match.firm, "short")
    began = _("Proposed by a reviewer") if match.is_direct else _("Selected by %(firm)s", firm=anchor)
    rows: list[tuple[datetime | None, str]] = [
        (match.proposed_at, by(began, match.proposed_by if match.is_direct else None)),
        (match.anchor_confirmed_at if match.is_direct else None, _("Confirmed by %(firm)s", firm=anchor)),
        (match.firm_confirmed_at, _("Confirmed by %(firm)s", firm=firm)),
        (match.reviewed_at, by(_("Reviewed, public notice begun"), match.reviewed_by)),
        *((row.raised_at, _("Objection raised")) for row in match.objections),
        *((row.decided_at, _("Objection upheld") if row.upheld else _("Objection dismissed")) for row in match.objections),
        (match.decided_at, by(str(MATCH_STATUS[match.status]), match.decided_by)),
    ]
    return sorted(((at, text) for at, text in rows if at is not None), key=lambda row: row[0])
