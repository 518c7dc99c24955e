"""Products of chip firms."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actor import Actor
from app.extensions import db
from app.products import operations
from app.products.models import Maturity, Product
from app.products.operations import Parameter, ProductContent
from app.taxonomy.models import Technology


def product_content(**changes: Any) -> ProductContent:
    """A complete content of a radar chip."""
    values: dict[str, Any] = {
        "name": "KR7731 77 GHz 雷达收发芯片", "track_code": "design", "maturity": Maturity.VOLUME, "model": "KR7731",
        "description": "四发四收单芯片。", "certifications": ["AEC-Q100 Grade 1"],
        "parameters": (Parameter("工作频率", "76~81", "GHz"), Parameter("功耗", "1.8", "W")), **changes,
    }  # fmt: skip
    return ProductContent(**values)


def product_of(owner: Actor, now: datetime, **changes: Any) -> Product:
    """A product of the firm that `owner` acts for."""
    return operations.create_product(db.session(), product_content(**changes), product_id=uuid.uuid4(), actor=owner, now=now)


def technologies_of(track: str) -> list[Technology]:
    """The plan's technologies under a track, in their order."""
    return list(db.session.scalars(select(Technology).filter_by(track_code=track).order_by(Technology.position)))
