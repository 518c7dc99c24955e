"""The declarative base, the column types that every table shares, and how SQLite is made safe for several writers."""

import enum
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import has_request_context, request
from sqlalchemy import JSON, BigInteger, Dialect, Engine, Enum, MetaData, String, Text, Uuid, event
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FEN_PER_YUAN = 100


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, always with its zone in Python. A naive datetime is a programming error."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone, which SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in yuan with two decimals, stored exactly as a whole number of fen (SQLite has no decimal)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Yuan to fen. Raises ValueError for a fraction of a fen."""
        if value is None:
            return None
        fen = value * FEN_PER_YUAN
        if fen != fen.to_integral_value():
            raise ValueError("an amount has at most two decimals")
        return int(fen)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Fen to yuan."""
        return None if value is None else Decimal(value) / FEN_PER_YUAN


class StringEnum(Enum):
    """A Python string enumeration stored by value, held by a CHECK constraint on every database."""

    def __init__(self, *enums: Any, **options: Any) -> None:
        options.setdefault("native_enum", False)
        options.setdefault("create_constraint", True)
        options.setdefault("length", 32)
        options.setdefault("values_callable", lambda members: [member.value for member in members])
        super().__init__(*enums, **options)


Json = JSON().with_variant(JSONB(), "postgresql")
Line = Annotated[str, mapped_column(String(200))]
Code = Annotated[str, mapped_column(String(40))]
LongText = Annotated[str, mapped_column(Text)]
Yuan = Annotated[Decimal, mapped_column(Money)]


class Base(DeclarativeBase):
    """Base of all tables. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        uuid.UUID: Uuid,
        enum.Enum: StringEnum(enum.Enum),
        dict[str, Any]: Json,
        list[str]: Json,
        list[Any]: Json,
    }


class Identified:
    """A record with a random id: it tells nothing of how many there are, nor of when it was made."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4, sort_order=-10)


class Versioned:
    """A record that two people may edit: each UPDATE checks the version that was read, and raises it by one."""

    version: Mapped[int] = mapped_column(default=1, sort_order=90)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def insert_into(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say ON CONFLICT, in the words of the session's database."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def configure_sqlite(engine: Engine) -> None:
    """Make an SQLite engine keep our promises: foreign keys, a write-ahead log that survives a crash, honest transactions.

    The driver's own transaction handling is switched off. A request that only reads begins DEFERRED; everything else begins
    IMMEDIATE, so that a writer waits for its turn (30 s) at the start, and never fails in the middle on a stale snapshot.
    That one writer at a time stands in for the row locks of PostgreSQL.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reading = has_request_context() and request.method in SAFE_METHODS
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")
