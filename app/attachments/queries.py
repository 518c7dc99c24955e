"""Reading attachments."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.attachments.models import Attachment, Visibility


def get_attachment(session: Session, attachment_id: uuid.UUID) -> Attachment | None:
    """One file's record."""
    return session.get(Attachment, attachment_id)


def files_of(*, public: bool = False, **owner: uuid.UUID) -> Select[Attachment]:
    """The files of one record, for instance `scenario_id=…`, in the order in which they came: a statement to be paged.

    `public`: only those for everyone who sees the record.
    """
    statement = select(Attachment).filter_by(**owner)
    if public:
        statement = statement.where(Attachment.visibility == Visibility.PUBLIC)
    return statement.order_by(Attachment.uploaded_at, Attachment.name)


def attachments_of(session: Session, **owner: uuid.UUID) -> Sequence[Attachment]:
    """The files of one record, as `files_of` names them."""
    return session.scalars(files_of(public=False, **owner)).all()


def by_owner(session: Session, column: str, owner_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Attachment]]:
    """The files of several records of one kind (`column` names it, such as `milestone_id`), in the order in which they came."""
    owner = getattr(Attachment, column)
    statement = select(Attachment).where(owner.in_(list(owner_ids))).order_by(Attachment.uploaded_at, Attachment.name)
    files: dict[uuid.UUID, list[Attachment]] = defaultdict(list)
    for file in session.scalars(statement):
        files[getattr(file, column)].append(file)
    return files


def used_digests(session: Session) -> set[str]:
    """The digests of all content that a record names."""
    return set(session.scalars(select(Attachment.sha256).distinct()))
