"""The stage on which the demo is played: the session, the day of loading, the actors by key, and the records made so far."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import user_by_email
from app.actor import Actor
from app.attachments.operations import Store
from app.clock import start_of_day
from app.demo.catalogue import email_of
from app.organizations.models import Organization
from app.organizations.queries import actor_for
from app.products.models import Product
from app.projects.models import Project
from app.scenarios.models import Scenario

# every id of the demo is derived from a name: loading makes the same records each time
NAMESPACE = uuid.UUID("5d0c5d7e-3f6c-4d0e-9a53-7b2f1f7a0d6e")

# a story yields the moment of its next scene, and plays it when it is resumed
Story = Iterator[datetime]


def demo_id(*names: str) -> uuid.UUID:
    """The id of a demo record, from its names."""
    return uuid.uuid5(NAMESPACE, "/".join(names))


@dataclass
class Stage:
    """What every story needs. `now` is the moment of loading: what lies after it has not happened."""

    session: Session
    now: datetime
    today: date
    store: Store
    _actors: dict[str, Actor] = field(default_factory=dict)

    def at(self, day: float, hour: int = 10, minute: int = 0) -> datetime:
        """The moment at this Shanghai time on the day that lies `day` days from today."""
        return start_of_day(self.today + timedelta(days=int(day // 1))) + timedelta(hours=hour, minutes=minute)

    def actor(self, email: str) -> Actor:
        """The person with this address, as an actor. Roles and affiliations are those of the first time it is asked."""
        if email not in self._actors:
            self._actors[email] = actor_for(self.session, self.user(email))
        return self._actors[email]

    def fresh_actor(self, email: str) -> Actor:
        """The person as they stand now, after a change of their affiliations."""
        self._actors.pop(email, None)
        return self.actor(email)

    def firm(self, key: str) -> Actor:
        """The owner of a demo firm."""
        return self.actor(email_of(key))

    def user(self, email: str) -> User:
        """The account behind an address. Raises LookupError when the demo has none."""
        user = user_by_email(self.session, email)
        if user is None:
            raise LookupError(email)
        return user

    @property
    def reviewer(self) -> Actor:
        """The demo's reviewer."""
        return self.actor("reviewer@demo.example")

    @property
    def approver(self) -> Actor:
        """The demo's approver."""
        return self.actor("approver@demo.example")


def demo_records() -> dict[str, Select[Any]]:
    """The ids of everything of the demo that the search index holds, by kind."""
    firms = select(Organization.id).where(Organization.demo)
    return {
        "organization": firms,
        "product": select(Product.id).where(Product.organization_id.in_(firms)),
        "scenario": select(Scenario.id).where(Scenario.organization_id.in_(firms)),
        "project": select(Project.id).where(Project.anchor_id.in_(firms)),
    }
