"""The course of a project: made by an approval, accepted, returned, revoked or terminated."""

import uuid
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import operations as audit
from app.clock import shanghai_day
from app.errors import REASON_LENGTH, Conflict, WrongState, check_reason, collecting, require_allowed, require_fresh
from app.organizations.models import Organization
from app.outbox import operations as outbox
from app.projects import facts, policy, queries
from app.projects.models import Project
from app.projects.transitions import PROJECT, UNDER_WAY
from app.scenarios import operations as scenarios
from app.scenarios.content import LINE_LENGTH
from app.scenarios.models import Scenario, ScenarioStatus
from app.taxonomy.operations import next_number


def establish(
    session: Session, scenario: Scenario, *, match_id: uuid.UUID, firm_id: uuid.UUID, local_new: bool, actor: Actor, now: datetime
) -> Project:
    """Make the project of an approved match: programme, domain, area and firms are frozen with the Shanghai day of the approval.

    Matching calls it within the approval, under the scenario's lock. A project of which a firm is a demo one belongs to the demo's
    programme, any other to the real one that runs on this day, or to none.
    """
    today = shanghai_day(now)
    firms = (session.get_one(Organization, scenario.organization_id), session.get_one(Organization, firm_id))
    programme = queries.programme_for(session, today, demo=any(firm.demo for firm in firms))
    project = Project(
        number=next_number(session, "P", today),
        match_id=match_id,
        scenario_id=scenario.id,
        programme_id=None if programme is None else programme.id,
        domain_code=scenario.domain_code,
        area_code=scenario.area_code,
        anchor_id=scenario.organization_id,
        firm_id=firm_id,
        title=scenario.shown_title,
        status=PROJECT.initial,
        local_new=local_new,
        approved_on=today,
        established_at=now,
    )
    session.add(project)
    session.flush()
    after = {"number": project.number, "match": match_id, "programme": project.programme_id, "local_new": local_new}
    audit.record(session, "projects.establish", project, actor=actor, now=now, after=after)
    outbox.emit(session, "project.established", str(project.id), now=now, project_id=project.id)
    return project


def finish_if_over(session: Session, scenario: Scenario, *, actor: Actor, now: datetime) -> None:
    """Close a matched scenario, locked by the caller, when all its projects have ended and no match is under way."""
    session.flush()
    if scenario.status is not ScenarioStatus.MATCHED or facts.has_match_under_way(session, scenario.id):
        return
    if queries.is_over(session, scenario.id):
        scenarios.finish(session, scenario, actor=actor, now=now)


def save_contract(
    session: Session, project: Project, *, number: str, note: str, version: int | None, actor: Actor, now: datetime
) -> Project:
    """Either firm keeps the contract's number and note while the project runs. Raises Forbidden, WrongState, Stale, Invalid."""
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_plan(actor, project))
    if project.status not in UNDER_WAY:
        raise WrongState
    require_fresh(project.version, version)
    with collecting() as problems:
        problems.limit("contract_number", number, LINE_LENGTH)
        problems.limit("contract_note", note, REASON_LENGTH)
    before = {"number": project.contract_number, "note": project.contract_note}
    project.contract_number, project.contract_note = number.strip(), note.strip()
    after = {"number": project.contract_number, "note": project.contract_note}
    audit.record(session, "projects.save_contract", project, actor=actor, now=now, before=before, after=after)
    return project


def request_acceptance(session: Session, project: Project, *, actor: Actor, now: datetime) -> Project:
    """The chip firm asks for acceptance. Raises Forbidden, WrongState."""
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_report(actor, project))
    _move(session, project, "request_acceptance", "project.acceptance_requested", actor, now)
    project.acceptance_requested_at = now
    return project


def accept(session: Session, project: Project, *, local_new: bool, actor: Actor, now: datetime) -> Project:
    """An approver of neither firm accepts the project and confirms, or not, that what was delivered is local and new.

    Raises Forbidden, WrongState, and Invalid where the review had not verified what is to be confirmed.
    """
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_decide(actor, project))
    PROJECT.require(project, "accept")
    with collecting() as problems:
        if local_new and not project.local_new:
            problems.add("local_new", _l("The review has not verified a local new product or technology."))
    project.accepted_on, project.local_new_accepted = shanghai_day(now), local_new
    _move(session, project, "accept", "project.accepted", actor, now, local_new=local_new)
    finish_if_over(session, project.scenario, actor=actor, now=now)
    return project


def return_acceptance(session: Session, project: Project, *, reason: str, actor: Actor, now: datetime) -> Project:
    """An approver of neither firm returns the request with a reason. Raises Forbidden, WrongState, Invalid."""
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_decide(actor, project))
    PROJECT.require(project, "return")
    check_reason(reason)
    project.return_reason = reason.strip()
    _move(session, project, "return", "project.returned", actor, now, reason=project.return_reason)
    return project


def revoke_acceptance(session: Session, project: Project, *, reason: str, actor: Actor, now: datetime) -> Project:
    """An approver of neither firm takes an acceptance back, with a reason, while the project's programme runs.

    The scenario stays as it is: a closed one stays closed. Raises Forbidden, WrongState, Conflict, Invalid.
    """
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_decide(actor, project))
    PROJECT.require(project, "revoke")
    if project.programme is None or not project.programme.runs_on(shanghai_day(now)):
        raise Conflict(_l("An acceptance can be revoked only while the project’s programme runs."))
    check_reason(reason)
    project.return_reason = reason.strip()
    project.accepted_on = project.local_new_accepted = None
    _move(session, project, "revoke", "project.acceptance_revoked", actor, now, reason=project.return_reason)
    return project


def terminate(session: Session, project: Project, *, reason: str, actor: Actor, now: datetime) -> Project:
    """The anchor firm, or an approver of neither firm, ends a project that is not accepted; its place stays taken.

    Raises Forbidden, WrongState, Invalid.
    """
    project = queries.lock_project(session, project.id)
    require_allowed(policy.can_terminate(actor, project))
    PROJECT.require(project, "terminate")
    check_reason(reason)
    project.termination_reason, project.terminated_at = reason.strip(), now
    _move(session, project, "terminate", "project.terminated", actor, now, reason=project.termination_reason)
    finish_if_over(session, project.scenario, actor=actor, now=now)
    return project


def _move(session: Session, project: Project, action: str, event: str, actor: Actor, now: datetime, **details: object) -> None:
    before = {"status": project.status}
    PROJECT.move(project, action)
    session.flush()
    after = {"status": project.status, **details}
    audit.record(session, f"projects.{action}", project, actor=actor, now=now, before=before, after=after)
    outbox.emit(session, event, f"{project.id}:{project.version}", now=now, project_id=project.id)
