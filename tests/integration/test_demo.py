"""The demo data: what it holds, that it counts, and that it goes away again."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.queries import user_by_email
from app.attachments.operations import Store
from app.audit.verification import verify
from app.clock import shanghai_day
from app.demo import clearing, operations
from app.discovery import desk
from app.matching.models import Match
from app.organizations.models import Organization
from app.organizations.queries import actor_for
from app.products.models import Product
from app.projects.models import Programme, Project, ProjectStatus
from app.scenarios.models import RequirementLine, Scenario, ScenarioStatus
from app.solutions.models import Solution


def _load(app: Flask, session: Session) -> bool:
    store = Store(app.config["UPLOAD_DIR"], app.config["UPLOAD_LIMIT"])
    loaded = operations.load(session, now=clock.utcnow(), store=store, password="kaijing-demo")
    session.commit()
    return loaded


def _count(session: Session, column) -> Counter:
    return Counter({str(value): number for value, number in session.execute(select(column, func.count()).group_by(column))})


def _waiting(session: Session, name: str) -> list[str]:
    """The pages to which the desk of a demo person leads."""
    actor = actor_for(session, user_by_email(session, f"{name}@demo.example"))
    return sorted(todo.endpoint for todo in desk.todos(session, actor, clock.utcnow()))


@pytest.mark.long
def test_the_demo_holds_what_it_promises_and_is_loaded_once(app, session):
    assert _load(app, session)
    assert not _load(app, session)

    anchors = session.scalar(select(func.count()).where(Organization.is_anchor))
    chips = session.scalar(select(func.count()).where(Organization.is_chip))
    assert anchors >= 14
    assert chips >= 40
    assert session.scalar(select(func.count()).select_from(Product)) >= 120
    assert set(_count(session, Product.track_code)) == {
        "design", "manufacturing", "packaging", "equipment", "materials", "software", "mems", "wbg",
    }  # fmt: skip
    states = _count(session, Scenario.status)
    assert sum(states.values()) == 60
    assert states["open"] == 16
    assert states["evaluating"] == 6
    assert states["matched"] + states["closed"] == 30
    assert set(states) == {status.value for status in ScenarioStatus}
    lines = session.execute(select(func.count()).select_from(RequirementLine).group_by(RequirementLine.scenario_id)).scalars()
    assert all(4 <= number <= 8 for number in lines)
    assert len(_count(session, Scenario.domain_code)) == 5
    assert session.scalar(select(func.count()).select_from(Solution)) >= 150
    matches = _count(session, Match.status)
    assert sum(matches.values()) >= 50
    assert set(matches) == {"proposed", "confirmed", "noticed", "approved", "rejected", "declined", "lapsed"}

    projects = session.scalars(select(Project)).all()
    accepted = [project for project in projects if project.status is ProjectStatus.ACCEPTED]
    assert (len(projects), len(accepted)) == (44, 31)
    assert all(project.local_new_accepted for project in accepted)
    assert sum(not project.local_new for project in projects if project not in accepted) == 2
    assert {project.area_code for project in projects} == {"him", "dushu", "yangcheng", "jinji", "suxiang"}
    programme = session.scalars(select(Programme).where(Programme.demo)).one()
    assert programme.target == 100
    assert programme.runs_on(shanghai_day(clock.utcnow()))
    assert {project.programme_id for project in projects} == {programme.id}
    assert max(p.approved_on for p in projects) - min(p.approved_on for p in projects) > timedelta(days=2 * 365)
    assert verify(session, app.config["CHECKPOINT_DIR"]).broken is None
    # each of those who act finds something to do
    assert {name: _waiting(session, name) for name in ("anchor", "chip", "expert")} == {
        "anchor": ["scenarios.answer", "solutions.of_scenario"],
        "chip": ["matching.show", "projects.show"],
        "expert": ["solutions.of_scenario", "solutions.of_scenario"],
    }

    assert clearing.clear(session, now=clock.utcnow())
    session.commit()
    assert session.scalar(select(func.count()).select_from(Organization)) == 0
    assert session.scalar(select(func.count()).where(Programme.demo)) == 0
    assert verify(session, app.config["CHECKPOINT_DIR"]).broken is None
    assert not clearing.clear(session, now=clock.utcnow())
