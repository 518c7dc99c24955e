"""Searches that people keep."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Code, Identified, Line


class SavedSearch(Identified, Base):
    """A search that somebody keeps: the list, and the arguments of the address in their canonical order.

    With `alerts` its owner is told of records that came after `since`, each once; `checked_at`: when that was last looked for.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("user_id", "shape", "arguments"), Index(None, "alerts", "checked_at"))

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[Line]
    shape: Mapped[Code]
    arguments: Mapped[str] = mapped_column(String(2000), default="")
    alerts: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime]
    checked_at: Mapped[datetime]


class SavedSearchHit(Base):
    """A record that the owner of a search has been told of."""

    __tablename__ = "saved_search_hits"

    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
