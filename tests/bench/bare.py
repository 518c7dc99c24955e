"""The yardstick: the rows of the scenario list on a bare Flask + Jinja + SQLAlchemy page, without anything of ours around it."""

import os

from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, joinedload

import app.models  # noqa: F401  (relationships find their classes)
from app.scenarios.models import Confidentiality, Scenario, ScenarioStatus

PER_PAGE = 20
PAGE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>{{ total }}</title></head><body><table>
{% for scenario in scenarios %}<tr><td>{{ scenario.number }}</td>
<td><a href="/scenarios/{{ scenario.id }}">{{ scenario.title }}</a></td>
<td>{{ scenario.organization.name_zh }}</td><td>{{ scenario.domain.name_zh }}</td><td>{{ scenario.area.name_zh }}</td>
<td>{{ scenario.award_kind }}</td><td>{{ scenario.budget_min }}–{{ scenario.budget_max }}</td><td>{{ scenario.closes_at }}</td></tr>
{% endfor %}</table></body></html>"""

application = Flask(__name__)
page = application.jinja_env.from_string(PAGE)
engine = create_engine(os.environ["KAIJING_DATABASE_URL"])


@application.get("/")
def scenarios() -> str:
    shown = select(Scenario).where(
        Scenario.status.not_in((ScenarioStatus.DRAFT, ScenarioStatus.IN_REVIEW)),
        Scenario.confidentiality != Confidentiality.INVITED,
    )
    with Session(engine) as session:
        total = session.scalar(select(func.count()).select_from(shown.subquery()))
        related = [joinedload(getattr(Scenario, name)) for name in ("organization", "domain", "area")]
        rows = session.scalars(shown.options(*related).order_by(Scenario.closes_at.desc()).limit(PER_PAGE)).all()
        return page.render(scenarios=rows, total=total)
