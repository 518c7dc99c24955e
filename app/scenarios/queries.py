"""Reading scenarios and what happens around them. Statements name their eager loads and row locks."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.accounts.models import User
from app.actor import Actor
from app.errors import NotFound
from app.organizations.models import Organization, OrganizationStatus
from app.scenarios import policy
from app.scenarios.diff import paired
from app.scenarios.models import (
    Amendment,
    AmendmentKind,
    AmendmentStatus,
    Invitation,
    InvitationStatus,
    Question,
    Scenario,
    ScenarioStatus,
)

Record = TypeVar("Record", Scenario, Amendment, Question, Invitation)
CONTENT: tuple[ORMOption, ...] = (
    selectinload(Scenario.tracks), selectinload(Scenario.requirements), selectinload(Scenario.criteria),
)  # fmt: skip
HEAD: tuple[ORMOption, ...] = (joinedload(Scenario.organization), joinedload(Scenario.domain), joinedload(Scenario.area))
BATCH = 20
ASKED = ("name", "operator", "value", "unit")  # what an answer to a requirement line answers
_WHOLE = select(Scenario).where(Scenario.id == bindparam("wanted")).options(*HEAD, *CONTENT)


def _lock(session: Session, kind: type[Record], record_id: uuid.UUID, *options: ORMOption) -> Record:
    statement = select(kind).where(kind.id == record_id).options(*options)
    record = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if record is None:
        raise NotFound
    return record


def lock_scenario(session: Session, scenario_id: uuid.UUID) -> Scenario:
    """The scenario with its tracks, requirements and criteria as they stand now, its row locked until the transaction ends.

    The first lock of any transaction that changes a scenario or something under it. Raises NotFound.
    """
    return _lock(session, Scenario, scenario_id, *CONTENT)


def lock_amendment(session: Session, amendment_id: uuid.UUID) -> Amendment:
    """The amendment, its row locked. Raises NotFound."""
    return _lock(session, Amendment, amendment_id)


def lock_question(session: Session, question_id: uuid.UUID) -> Question:
    """The question, its row locked. Raises NotFound."""
    return _lock(session, Question, question_id)


def lock_invitation(session: Session, invitation_id: uuid.UUID) -> Invitation:
    """The invitation, its row locked. Raises NotFound."""
    return _lock(session, Invitation, invitation_id)


def lock_due(session: Session, now: datetime) -> Sequence[Scenario]:
    """One batch of open scenarios whose closing time has come, locked, the oldest first; those that others lock are skipped."""
    due = select(Scenario).where(Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at <= now)
    statement = due.order_by(Scenario.closes_at, Scenario.id).limit(BATCH).with_for_update(skip_locked=True)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def get(session: Session, scenario_id: uuid.UUID) -> Scenario | None:
    """The scenario with everything that its page shows of it: firm, domain, area, tracks, requirements and criteria."""
    return session.scalar(_WHOLE, {"wanted": scenario_id})


def visible(session: Session, actor: Actor, scenario_id: uuid.UUID) -> tuple[Scenario, policy.Sight]:
    """The scenario and how much of it this person sees. Raises NotFound where that is nothing."""
    scenario = get(session, scenario_id)
    seen = policy.Sight.NOTHING if scenario is None else policy.sight_of(session, actor, scenario)
    if scenario is None or seen is policy.Sight.NOTHING:
        raise NotFound
    return scenario, seen


def of_ids(session: Session, actor: Actor, ids: Iterable[uuid.UUID]) -> Sequence[tuple[Scenario, bool]]:
    """Those of the scenarios of which this person sees something, with their content, and whether they see all of it."""
    statement = select(Scenario, policy.readable_by(actor)).where(Scenario.id.in_(list(ids)), policy.visible_to(actor))
    return [(row[0], bool(row[1])) for row in session.execute(statement.options(*CONTENT))]


def next_round_of(session: Session, scenario_id: uuid.UUID) -> Scenario | None:
    """The round that followed this scenario, if there is one."""
    return session.scalar(select(Scenario).where(Scenario.previous_id == scenario_id))


def of_firms(organization_ids: Iterable[uuid.UUID], status: ScenarioStatus | None = None) -> Select[Scenario]:
    """Scenarios of these firms, the last changed first: a statement to be paged."""
    statement = select(Scenario).where(Scenario.organization_id.in_(list(organization_ids))).options(*HEAD)
    if status is not None:
        statement = statement.where(Scenario.status == status)
    return statement.order_by(Scenario.updated_at.desc(), Scenario.id)


def counts_by_status(session: Session, organization_ids: Iterable[uuid.UUID]) -> dict[ScenarioStatus, int]:
    """How many scenarios of these firms are in which state."""
    statement = select(Scenario.status, func.count()).where(Scenario.organization_id.in_(list(organization_ids)))
    return {row[0]: row[1] for row in session.execute(statement.group_by(Scenario.status))}


def in_review(session: Session) -> Sequence[Scenario]:
    """Scenarios that wait for a reviewer, the oldest first, with firm, domain and area."""
    statement = select(Scenario).where(Scenario.status == ScenarioStatus.IN_REVIEW).options(*HEAD)
    return session.scalars(statement.order_by(Scenario.submitted_at, Scenario.id)).all()


def pending_amendments(session: Session) -> Sequence[Amendment]:
    """Amendments that wait for a reviewer, the oldest first, each with its scenario and firm."""
    statement = select(Amendment).where(Amendment.status == AmendmentStatus.PENDING)
    statement = statement.options(joinedload(Amendment.scenario).joinedload(Scenario.organization))
    return session.scalars(statement.order_by(Amendment.proposed_at, Amendment.id)).all()


def amendments_of(session: Session, scenario: Scenario, *, unapplied: bool) -> Sequence[Amendment]:
    """The scenario's amendments, the newest first; those not applied only if `unapplied`."""
    statement = select(Amendment).where(Amendment.scenario_id == scenario.id)
    if not unapplied:
        statement = statement.where(Amendment.status == AmendmentStatus.APPLIED)
    return session.scalars(statement.order_by(Amendment.proposed_at.desc(), Amendment.id)).all()


def lines_changed(session: Session, scenario_id: uuid.UUID) -> dict[uuid.UUID, datetime]:
    """When an amendment last changed what a requirement line asks for; a line that none has changed is left out."""
    statement = select(Amendment).where(Amendment.scenario_id == scenario_id, Amendment.status == AmendmentStatus.APPLIED)
    statement = statement.where(Amendment.kind == AmendmentKind.REQUIREMENTS).order_by(Amendment.decided_at)
    changed: dict[uuid.UUID, datetime] = {}
    for amendment in session.scalars(statement):
        for _name, before, after in paired(*amendment.changes["requirements"]):
            asks_anew = before and after and any(before[name] != after[name] for name in ASKED)
            if asks_anew and amendment.decided_at:
                changed[uuid.UUID(after["id"])] = amendment.decided_at
    return changed


def pending_amendment(session: Session, scenario_id: uuid.UUID) -> Amendment | None:
    """The scenario's amendment that waits for a review, if there is one."""
    return session.scalar(
        select(Amendment).where(Amendment.scenario_id == scenario_id, Amendment.status == AmendmentStatus.PENDING)
    )


def questions_of(session: Session, actor: Actor, scenario: Scenario) -> Sequence[Question]:
    """Questions that this person sees, the oldest first: answered ones; the rest by the firm asked and the firm that asks."""
    statement = select(Question).where(Question.scenario_id == scenario.id)
    if not actor.belongs_to(scenario.organization_id):
        statement = statement.where(Question.answered_at.is_not(None) | Question.organization_id.in_(list(actor.affiliations)))
    return session.scalars(statement.order_by(Question.asked_at, Question.id)).all()


def open_count(session: Session, actor: Actor) -> int:
    """How many open scenarios this person sees."""
    statement = select(func.count()).select_from(Scenario).where(Scenario.status == ScenarioStatus.OPEN)
    return session.scalar(statement.where(policy.visible_to(actor))) or 0


def askers(session: Session, scenario_id: uuid.UUID) -> set[uuid.UUID]:
    """The firms that asked something."""
    return set(session.scalars(select(Question.organization_id).where(Question.scenario_id == scenario_id)))


def invitations_of(scenario_id: uuid.UUID) -> Select[Invitation]:
    """Who was invited, the newest first, each with its firm: a statement to be paged."""
    statement = select(Invitation).where(Invitation.scenario_id == scenario_id).options(joinedload(Invitation.organization))
    return statement.order_by(Invitation.invited_at.desc(), Invitation.id)


def firms_to_invite(session: Session, scenario: Scenario, words: str) -> Sequence[Organization]:
    """Verified chip firms, not invited yet, whose name holds these words: by name, at most fifty."""
    invited = select(Invitation.organization_id).where(
        Invitation.scenario_id == scenario.id, Invitation.organization_id.is_not(None)
    )
    statement = select(Organization).where(
        Organization.is_chip,
        Organization.status == OrganizationStatus.VERIFIED,
        Organization.id != scenario.organization_id,
        Organization.id.not_in(invited),
    )
    for word in words.split():
        names = (Organization.name_zh, Organization.short_zh, Organization.name_en, Organization.short_en)
        statement = statement.where(or_(*(name.icontains(word, autoescape=True) for name in names)))
    return session.scalars(statement.order_by(Organization.name_zh, Organization.id).limit(50)).all()


def invitations_for(actor: Actor) -> Select[Invitation]:
    """The invitations that reach this person, with their scenarios, the newest first: a statement to be paged."""
    statement = select(Invitation).where(policy.reaches(actor))
    statement = statement.options(joinedload(Invitation.scenario).joinedload(Scenario.organization))
    return statement.order_by(Invitation.invited_at.desc(), Invitation.id)


def invitation_of(session: Session, scenario_id: uuid.UUID, **who: Any) -> Invitation | None:
    """The invitation of a firm (`organization_id=`) or of an address (`email=`) to the scenario, if there is one."""
    return session.scalar(select(Invitation).filter_by(scenario_id=scenario_id, **who))


def confirmed_email(session: Session, actor: Actor) -> str | None:
    """The person's address once it is confirmed: what an invitation by mail is matched with."""
    return session.scalar(select(User.email).where(User.id == actor.user_id, User.email_confirmed_at.is_not(None)))


def invited_firms(session: Session, scenario_id: uuid.UUID) -> dict[uuid.UUID, InvitationStatus]:
    """The firms that were invited to answer a scenario, and what they said."""
    statement = select(Invitation.organization_id, Invitation.status).where(Invitation.scenario_id == scenario_id)
    return {firm: status for firm, status in session.execute(statement) if firm is not None}
