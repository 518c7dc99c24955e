"""Firms and who belongs to them."""

import itertools
import uuid
from datetime import datetime
from typing import Any

import factory

from app import clock
from app.accounts.models import User
from app.actor import Actor
from app.extensions import db
from app.organizations import operations
from app.organizations.credit_code import check_character
from app.organizations.models import Membership, Organization, OrganizationStatus
from app.organizations.operations import OrganizationContent
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.attachments import store_of_app, upload
from tests.factories.base import Factory


class OrganizationFactory(Factory):
    """A verified chip firm; `anchor=True` makes it an anchor firm instead, `both=True` both."""

    class Meta:
        model = Organization

    class Params:
        anchor = factory.Trait(is_anchor=True, is_chip=False)
        both = factory.Trait(is_anchor=True, is_chip=True)
        unverified = factory.Trait(status=OrganizationStatus.PENDING, verified_at=None)

    name_zh = factory.Sequence(lambda n: f"第{n}微电子（苏州）有限公司")
    name_en = factory.Sequence(lambda n: f"Firm {n} Microelectronics (Suzhou) Co., Ltd.")
    short_zh = factory.Sequence(lambda n: f"企业{n}")
    short_en = factory.Sequence(lambda n: f"Firm {n}")
    credit_code = factory.Sequence(lambda n: f"91320594{n:010d}")
    is_chip = True
    area_code = "dushu"
    applied_at = factory.LazyFunction(clock.utcnow)
    status = OrganizationStatus.VERIFIED
    verified_at = factory.LazyFunction(clock.utcnow)


class MembershipFactory(Factory):
    """A person's place in a firm."""

    class Meta:
        model = Membership

    joined_at = factory.LazyFunction(clock.utcnow)


def member_of(organization: Organization, *, owner: bool = True, user: User | None = None) -> User:
    """A person (a new one, if none is given) who belongs to the firm."""
    person = user or UserFactory()
    MembershipFactory(organization_id=organization.id, user_id=person.id, owner=owner)
    return person


def firm_actor(**of_firm: object) -> Actor:
    """The owner, as an actor, of a new firm."""
    return actor_of(member_of(OrganizationFactory(**of_firm)))


_numbers = itertools.count(1)


def valid_code() -> str:
    """A credit code that no other test firm has."""
    first = f"91320594MATE{next(_numbers):05d}"
    return first + check_character(first)


def organization_content(**changes: Any) -> OrganizationContent:
    """A complete content of a chip firm."""
    values: dict[str, Any] = {
        "name_zh": "开睿微电子（苏州）有限公司", "name_en": "Kairui Microelectronics", "short_zh": "开睿", "contact_name": "周敏",
        "credit_code": valid_code(), "area_code": "dushu", "is_chip": True, "track_codes": ("design",), **changes,
    }  # fmt: skip
    return OrganizationContent(**values)


def registered(owner: Actor, now: datetime, **changes: Any) -> Organization:
    """A firm that was registered with its licence, and waits for verification."""
    return operations.register_organization(
        db.session(), organization_content(**changes), organization_id=uuid.uuid4(), licence=upload(name="licence.pdf"),
        into=store_of_app(), actor=owner, now=now,
    )  # fmt: skip


def reviewer() -> Actor:
    """A reviewer."""
    return actor_of(UserFactory(is_reviewer=True))
