"""A draft as it will stand: the pages of an open scenario are shown from a record that is never stored."""

from datetime import datetime

from sqlalchemy.orm.attributes import set_committed_value

from app.scenarios.models import Scenario, ScenarioStatus

SHOWN = ("organization", "domain", "area", "tracks", "requirements", "criteria")


def as_opened(scenario: Scenario, now: datetime) -> Scenario:
    """The draft as if it had been approved now: a copy that belongs to no session. What `SHOWN` names must be loaded."""
    columns = {column.key: getattr(scenario, column.key) for column in Scenario.__mapper__.column_attrs}
    opened = Scenario(**{**columns, "status": ScenarioStatus.OPEN, "opened_at": now})
    for name in SHOWN:
        set_committed_value(opened, name, getattr(scenario, name))
    return opened
