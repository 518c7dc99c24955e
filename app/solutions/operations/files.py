"""Files of the version that is being written."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.models import Attachment
from app.errors import require_visible
from app.solutions.models import Solution
from app.solutions.operations.access import lock_for_firm, seal_of
from app.solutions.operations.drafts import open_working_version


def attach_file(
    session: Session, solution: Solution, upload: FileStorage, *, into: attachments.Store, actor: Actor, now: datetime
) -> Attachment:
    """Add a file to the working version. Raises WrongState, and Invalid for a file that is not taken or is one too many."""
    solution = lock_for_firm(session, solution, actor, now)
    working = open_working_version(session, solution, now)
    owner = {"solution_version_id": working.id}
    seal = seal_of(solution.scenario, now)
    return attachments.store(session, upload, owner=owner, into=into, actor=actor, now=now, seal=seal)


def remove_file(session: Session, solution: Solution, attachment_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Take a file away from the working version. Raises WrongState, and NotFound for a file of another record."""
    solution = lock_for_firm(session, solution, actor, now)
    working = open_working_version(session, solution, now)
    attachment = session.get(Attachment, attachment_id)
    require_visible(attachment is not None and attachment.solution_version_id == working.id)
    if attachment is not None:
        attachments.remove(session, attachment, actor=actor, now=now, seal=seal_of(solution.scenario, now))
