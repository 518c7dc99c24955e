"""Products and capabilities of chip firms, with the parameters that matching compares."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, Json, Line, LongText, Versioned
from app.organizations.models import Organization
from app.taxonomy.models import Technology, Track


class Maturity(enum.StrEnum):
    """How far a product is: 在研 (TRL 1-5), 样品 (TRL 6-7), 小批量 (TRL 8), 量产 (TRL 9)."""

    RESEARCH = "research"
    SAMPLE = "sample"
    SMALL_BATCH = "small_batch"
    VOLUME = "volume"


class ProductStatus(enum.StrEnum):
    """Offered, or no longer."""

    ACTIVE = "active"
    RETIRED = "retired"


class ProductTechnology(Base):
    """Which technologies of the plan a product stands for."""

    __tablename__ = "product_technologies"

    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    technology_code: Mapped[str] = mapped_column(ForeignKey("technologies.code"), primary_key=True)


class ProductParameter(Identified, Base):
    """One row of a data sheet: name, value as engineers write it, unit (may stand in the value)."""

    __tablename__ = "product_parameters"
    __table_args__ = (UniqueConstraint("product_id", "position"),)

    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[Line]
    value: Mapped[Line]
    unit: Mapped[Line] = mapped_column(default="")


class Product(Identified, Versioned, Base):
    """A product or a capability (a process platform, a service) that a chip firm offers."""

    __tablename__ = "products"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    model: Mapped[Line] = mapped_column(default="")
    name: Mapped[Line]
    track_code: Mapped[str] = mapped_column(ForeignKey("tracks.code"), index=True)
    maturity: Mapped[Maturity]
    description: Mapped[LongText] = mapped_column(default="")
    certifications: Mapped[list[str]] = mapped_column(Json, default=list)
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.ACTIVE, index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    organization: Mapped[Organization] = relationship(lazy="raise")
    track: Mapped[Track] = relationship(lazy="raise")
    technologies: Mapped[list[Technology]] = relationship(
        secondary="product_technologies", order_by=Technology.position, lazy="raise"
    )
    parameters: Mapped[list[ProductParameter]] = relationship(
        order_by=ProductParameter.position, cascade="all, delete-orphan", passive_deletes=True, lazy="raise"
    )
