"""What the API keeps of people: the answers to their requests, for a day."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.personal import Leaving, on_erasure
from app.api.models import IdempotencyKey


@on_erasure
def erase_answers(session: Session, leaving: Leaving, _now: datetime) -> None:
    """Nobody asks again for a deleted account."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == leaving.user_id))
