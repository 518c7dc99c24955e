"""Reading attachments."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.attachments.models import Attachment


def get_attachment(session: Session, attachment_id: uuid.UUID) -> Attachment | None:
    """One file's record."""
    return session.get(Attachment, attachment_id)


def attachments_of(session: Session, **owner: uuid.UUID) -> Sequence[Attachment]:
    """The files of one record, for instance `scenario_id=…`, in the order in which they came."""
    statement = select(Attachment).filter_by(**owner).order_by(Attachment.uploaded_at, Attachment.name)
    return session.scalars(statement).all()


def used_digests(session: Session) -> set[str]:
    """The digests of all content that a record names."""
    return set(session.scalars(select(Attachment.sha256).distinct()))
