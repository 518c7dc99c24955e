"""How a capability asks for what is known above it only: a fact is named below, and answered by whoever holds the records.

So a rule is checked inside the transaction, under the lock of the record that it is about, and imports still run one way.
"""

import uuid
from collections.abc import Callable

from sqlalchemy.orm import Session

Answer = Callable[[Session, uuid.UUID], bool]


class Fact:
    """A yes-or-no question about a record (such as a scenario), asked by its id within the caller's transaction."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._answer: Answer | None = None

    def answered_by(self, answer: Answer) -> Answer:
        """Register the function that knows (used as a decorator, in the `queries.py` of a higher capability)."""
        self._answer = answer
        return answer

    def __call__(self, session: Session, record_id: uuid.UUID) -> bool:
        """The answer. Raises RuntimeError where nobody has registered one: a guess would decide a record's fate."""
        if self._answer is None:
            raise RuntimeError(f"nobody answers {self.name}")
        return self._answer(session, record_id)
