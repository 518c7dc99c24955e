"""Taking the demo away again. The audit log keeps what was written of it: it only grows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.actor import SYSTEM
from app.audit.models import Seal
from app.audit.operations import record as audit
from app.database import Base
from app.demo.stage import demo_records
from app.discovery.operations import promise_indexing
from app.errors import Conflict
from app.matching.models import Match, Objection
from app.organizations.models import Organization
from app.products.models import Product
from app.projects.models import Programme, Project
from app.scenarios.models import Invitation, Question, Scenario
from app.solutions.models import ComplianceLine, Evaluation, EvaluationScore, Solution, SolutionProduct, SolutionVersion

REAL_RECORDS = "Records of real firms refer to demo data: end them first."


def clear(session: Session, *, now: datetime) -> bool:
    """Remove everything that belongs to the demo; False when there is none. Raises Conflict where real firms are entangled in it.

    Demo people who have acted on real records stay, disabled, so that those records keep their authors.
    """
    programme = session.scalars(select(Programme).where(Programme.demo)).one_or_none()
    if programme is None:
        return False
    firms = select(Organization.id).where(Organization.demo)
    scenarios = select(Scenario.id).where(Scenario.organization_id.in_(firms))
    _require_untangled(session, firms, scenarios)
    key = f"demo.cleared:{now.isoformat()}"
    promise_indexing(session, {name: session.scalars(found).all() for name, found in demo_records().items()}, key=key, now=now)
    # the same ids come back when the demo is loaded anew: what was sealed then must be sealed again
    session.execute(update(Seal).where(Seal.id.in_(scenarios)).values(opened_at=None).execution_options(synchronize_session=False))
    for table, condition in _in_order(firms, scenarios):
        session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    audit(session, "programme.removed", programme, actor=SYSTEM, now=now, before={"code": programme.code})
    session.delete(programme)
    session.flush()
    _remove_people(session, now)
    return True


def _require_untangled(session: Session, firms: Select[Any], scenarios: Select[Any]) -> None:
    foreign = [
        select(Solution.id).where(Solution.scenario_id.in_(scenarios) != Solution.organization_id.in_(firms)),
        select(Match.id).where(Match.scenario_id.in_(scenarios) != Match.firm_id.in_(firms)),
        select(Question.id).where(Question.scenario_id.in_(scenarios) != Question.organization_id.in_(firms)),
    ]
    if any(session.scalar(statement.limit(1)) is not None for statement in foreign):
        raise Conflict(REAL_RECORDS)


def _in_order(firms: Select[Any], scenarios: Select[Any]) -> Iterable[tuple[type[Base], ColumnElement[bool]]]:
    """What is removed, records before those that they refer to; the rest goes along by ON DELETE CASCADE."""
    matches = select(Match.id).where(Match.scenario_id.in_(scenarios))
    solutions = select(Solution.id).where(Solution.scenario_id.in_(scenarios))
    versions = select(SolutionVersion.id).where(SolutionVersion.solution_id.in_(solutions))
    evaluations = select(Evaluation.id).where(Evaluation.solution_id.in_(solutions))
    yield Project, Project.match_id.in_(matches)
    yield Objection, Objection.match_id.in_(matches)
    yield Match, Match.id.in_(matches)
    yield EvaluationScore, EvaluationScore.evaluation_id.in_(evaluations)
    yield Evaluation, Evaluation.id.in_(evaluations)
    yield ComplianceLine, ComplianceLine.version_id.in_(versions)
    yield SolutionProduct, SolutionProduct.version_id.in_(versions)
    yield Solution, Solution.id.in_(solutions)
    yield Invitation, or_(Invitation.scenario_id.in_(scenarios), Invitation.organization_id.in_(firms))
    yield Scenario, Scenario.id.in_(scenarios)
    yield Product, Product.organization_id.in_(firms)
    yield Organization, Organization.id.in_(firms)


def _remove_people(session: Session, now: datetime) -> None:
    for user_id in session.scalars(select(User.id).where(User.demo)).all():
        try:
            with session.begin_nested():
                session.execute(delete(User).where(User.id == user_id))
        except IntegrityError:
            session.execute(update(User).where(User.id == user_id).values(disabled_at=now))
