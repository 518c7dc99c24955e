"""Alembic's entry: migrations run inside the application, on its engine, on SQLite and PostgreSQL alike."""

from typing import Any

from alembic import context
from sqlalchemy import JSON

import app.models  # noqa: F401  (fills the metadata)
from app.database import Base, StringEnum, UtcDateTime
from app.database import Money as MoneyType
from app.extensions import db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our column types as the plain SQL types that they are stored as: a migration must not change with the code."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, MoneyType):
        return "sa.BigInteger()"
    if isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if isinstance(item, StringEnum):
        return f"sa.Enum({', '.join(repr(value) for value in item.enums)}, name={item.name!r}, native_enum=False, create_constraint=True, length={item.length})"
    return False


def run() -> None:
    """Run the migrations in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
