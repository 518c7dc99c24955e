"""People."""

import factory

from app import clock
from app.accounts.models import User
from app.accounts.policy import CONSENT_VERSION
from app.actor import Actor
from app.extensions import db
from app.organizations.queries import actor_for
from tests.factories.base import Factory


class UserFactory(Factory):
    """A person with a confirmed address, consent and no duties; `is_reviewer=True` and the like grant them."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password_hash = "unusable"
    locale = "en"
    created_at = factory.LazyFunction(clock.utcnow)
    email_confirmed_at = factory.LazyFunction(clock.utcnow)
    consented_at = factory.LazyFunction(clock.utcnow)
    consent_version = CONSENT_VERSION


def actor_of(user: User) -> Actor:
    """The person as an actor, with roles and affiliations as they are stored."""
    db.session.flush()
    return actor_for(db.session(), user)
