"""What fits what: generations of constants, the records in the market, their embeddings, the fits themselves, and dismissals."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Identified, LongText
from app.organizations.models import Organization
from app.products.models import Product
from app.scenarios.models import Scenario


class Generation(Base):
    """The constants under which scores are compared: term statistics and the space of the embeddings, frozen until the next one.

    `applied` counts the changes that were written under it; a writer raises it from the value that it computed with, so two writers
    never mix. `encoder_failed_at`: since when the configured encoder has not answered.
    """

    __tablename__ = "match_generations"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    encoder: Mapped[str] = mapped_column(String(200))
    constants: Mapped[bytes] = mapped_column(LargeBinary)
    records: Mapped[int]
    applied: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    encoder_failed_at: Mapped[datetime | None]


class MarketSide(enum.StrEnum):
    """What is wanted, and what is offered."""

    SCENARIO = "scenario"
    PRODUCT = "product"


class MarketRecord(Base):
    """A record that is matched, as it was taken last: `digest` over everything that counts, `text_digest` over what is embedded.

    `applied`: the generation's counter after it was taken. `listed`: in the market now, or gone from it. `row_made`: its own row of
    best partners is in the table.
    """

    __tablename__ = "market_records"
    __table_args__ = (Index(None, "applied"), Index(None, "side", "row_made"))

    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    side: Mapped[MarketSide]
    digest: Mapped[int] = mapped_column(BigInteger)
    text_digest: Mapped[str] = mapped_column(String(32))
    applied: Mapped[int]
    listed: Mapped[bool]
    row_made: Mapped[bool]


class RecordEmbedding(Base):
    """A record's texts as an encoder sees them: rows of float16, the title's first, one for each passage after it."""

    __tablename__ = "record_embeddings"

    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    encoder: Mapped[str] = mapped_column(String(200), primary_key=True)
    text_digest: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class Fit(Base):
    """How well a product fits a scenario. `score` in hundredths of a point, which the parts add up to.

    `parts`: [name, hundredths, value, detail] each, as `search_index.matching.Part`. `verdicts`: of each requirement line its id
    (`line`), `verdict`, `evidence`, and `note` with its `data`, as `search_index.parameters.Note`. `met` of `lines` are met,
    `unmet_must` must lines are not. The pair stands in the scenario's row, the product's, or both.
    """

    __tablename__ = "fits"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 10000", name="score"),
        CheckConstraint("of_scenario OR of_product", name="in_a_row"),
        Index(None, "scenario_id", "score"),
        Index(None, "product_id", "score"),
    )

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int]
    scenario_digest: Mapped[int] = mapped_column(BigInteger)
    product_digest: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int]
    parts: Mapped[list[Any]]
    verdicts: Mapped[list[Any]]
    met: Mapped[int]
    lines: Mapped[int]
    unmet_must: Mapped[int]
    of_scenario: Mapped[bool]
    of_product: Mapped[bool]
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")

    @property
    def points(self) -> int:
        """The score as people read it: whole points, 0 to 100."""
        return (self.score + 50) // 100


class DismissalReason(enum.StrEnum):
    """Why a firm does not want a pair: the field is not its own, another technology, no capacity, the terms, or something else."""

    FIELD = "field"
    TECHNOLOGY = "technology"
    CAPACITY = "capacity"
    TERMS = "terms"
    OTHER = "other"


class Dismissal(Identified, Base):
    """Not for us 不合适: a firm says that a scenario is not for it (or for one product), or a product not for its scenario."""

    __tablename__ = "dismissals"
    __table_args__ = (
        Index(
            "uq_dismissals_firm",
            "organization_id",
            "scenario_id",
            unique=True,
            sqlite_where=text("product_id IS NULL"),
            postgresql_where=text("product_id IS NULL"),
        ),
        Index("uq_dismissals_product", "organization_id", "scenario_id", "product_id", unique=True),
        CheckConstraint("reason <> 'other' OR note <> ''", name="note"),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    reason: Mapped[DismissalReason]
    note: Mapped[LongText] = mapped_column(default="")
    dismissed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    dismissed_at: Mapped[datetime]
    organization: Mapped[Organization] = relationship(lazy="raise")
    scenario: Mapped[Scenario] = relationship(lazy="raise")
    product: Mapped[Product | None] = relationship(lazy="raise")
