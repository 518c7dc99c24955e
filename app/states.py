"""State machines as data: the guard, the tests, the drawn diagrams and the steps on a page all read one table.

A capability declares its table in `transitions.py`; only `Machine.move` writes a state column.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.errors import WrongState

S = TypeVar("S", bound=enum.StrEnum)


@dataclass(frozen=True)
class Transition(Generic[S]):
    """One row: an action takes a record from one of `sources` to `target`; `who` acts, under `condition`."""

    action: str
    sources: tuple[S, ...]
    target: S
    who: str
    condition: str = ""


class Machine(Generic[S]):
    """The transitions of one kind of record. An action may have several rows, told apart by their source states."""

    def __init__(self, name: str, initial: S, rows: Iterable[Transition[S]]) -> None:
        self.name = name
        self.initial = initial
        self.rows = tuple(rows)
        self._targets = {(row.action, source): row.target for row in self.rows for source in row.sources}
        if len(self._targets) != sum(len(row.sources) for row in self.rows):
            raise ValueError(f"{name}: an action leads from one state to two")

    @property
    def actions(self) -> list[str]:
        """All actions, in the order of the table."""
        return list(dict.fromkeys(row.action for row in self.rows))

    def allows(self, status: S, action: str) -> bool:
        """Whether the action is possible in this state (who may do it is the policy's question)."""
        return (action, status) in self._targets

    def require(self, record: Any, action: str) -> None:
        """Raise `WrongState` unless the record's state allows the action."""
        if not self.allows(record.status, action):
            raise WrongState

    def move(self, record: Any, action: str) -> S:
        """Write the state that the action leads to, and return it. Raises `WrongState` where the table has no row.

        The record remembers where it comes from (`moved_from`) until the audit log has noted it.
        """
        self.require(record, action)
        target = self._targets[action, record.status]
        record.moved_from, record.status = record.status, target
        return target

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {source} --> {row.target}: {row.action} ({row.who})" for row in self.rows for source in row.sources]
        return "\n".join(lines)
