"""What the API remembers of requests that may come twice."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified


class IdempotencyKey(Identified, Base):
    """A request that was carried out, by the key that its sender chose: sent again, it gets the same answer and writes nothing.

    `acting_as` tells apart for which firm the sender's token acts. An answer that held a secret is kept without its body.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "acting_as", "key"), Index(None, "created_at"))

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    acting_as: Mapped[str] = mapped_column(String(50))
    key: Mapped[str] = mapped_column(String(200))
    request_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    status: Mapped[int]
    etag: Mapped[str] = mapped_column(String(80))
    location: Mapped[str] = mapped_column(String(400))
    body: Mapped[bytes] = mapped_column(LargeBinary)
