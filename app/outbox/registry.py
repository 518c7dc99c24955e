"""Which functions answer which kind of event. Capabilities register theirs when their `handlers` module is imported."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Event:
    """What a handler is told: the promise's unique key, its kind and its payload (plain JSON values)."""

    key: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime

    def uuid(self, name: str) -> uuid.UUID:
        """A payload value that is a record's id."""
        return uuid.UUID(self.payload[name])


Handler = Callable[[Session, Event, datetime], None]
Delivery = Callable[[Event], None]
JointDelivery = Callable[[Sequence[Event]], None]

_handlers: dict[str, list[Handler]] = defaultdict(list)
_deliveries: dict[str, Delivery] = {}
_joint_deliveries: dict[str, JointDelivery] = {}


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a function that changes the database: it runs in the transaction that marks the event done, so exactly once."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            _handlers[kind].append(handler)
        return handler

    return register


def delivers(kind: str) -> Callable[[Delivery], Delivery]:
    """Register the function that reaches outside (mail): it runs before the event is marked done, so at least once."""

    def register(delivery: Delivery) -> Delivery:
        _deliveries[kind] = delivery
        return delivery

    return register


def delivers_together(kind: str) -> Callable[[JointDelivery], JointDelivery]:
    """Register the function that reaches outside for many events of a kind at once (the index): at least once, as with `delivers`.

    Such a kind has no other handlers.
    """

    def register(delivery: JointDelivery) -> JointDelivery:
        _joint_deliveries[kind] = delivery
        return delivery

    return register


def joint_deliveries() -> dict[str, JointDelivery]:
    """The kinds whose events are carried out together, each with its delivery."""
    return dict(_joint_deliveries)


def handlers_of(kind: str) -> list[Handler]:
    """The database handlers of a kind, in the order in which they were registered."""
    return list(_handlers.get(kind, ()))


def delivery_of(kind: str) -> Delivery | None:
    """The delivery of a kind, if it reaches outside."""
    return _deliveries.get(kind)
