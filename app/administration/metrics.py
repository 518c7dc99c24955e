"""What Prometheus reads at `/metrics`: what waits in the outbox, the records by state, what does not keep up, and the process.

No solution is counted: until its scenario closes, nobody may learn that it exists.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from app.administration import queries
from search_index.engine import Engine, IndexUnavailable


class _Platform(Collector):
    """The figures of this moment; Prometheus keeps their history."""

    def __init__(self, session: Session, now: datetime, index: Engine) -> None:
        self._session, self._now, self._index = session, now, index

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each figure with its labels."""
        waiting, oldest = queries.waiting_events(self._session)
        age = max(0.0, (self._now - oldest).total_seconds()) if oldest else 0.0
        yield GaugeMetricFamily("kaijing_outbox_waiting", "Events not carried out yet", value=waiting)
        yield GaugeMetricFamily("kaijing_outbox_oldest_seconds", "How long the oldest of them has been due", value=age)
        records = GaugeMetricFamily("kaijing_records", "Records by kind and state", labels=("kind", "status"))
        for kind, status, count in queries.record_counts(self._session):
            records.add_metric((kind, status), count)
        yield records
        with suppress(IndexUnavailable):  # it is among what does not keep up
            documents = self._index.status().documents
            yield GaugeMetricFamily("kaijing_index_documents", "Documents in the search index", value=documents)
        late = GaugeMetricFamily("kaijing_degraded", "1 for each part that does not keep up", labels=("part",))
        for part in queries.degraded(self._session, self._now, index=self._index):
            late.add_metric((part,), 1)
        yield late


def exposition(session: Session, now: datetime, index: Engine) -> bytes:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    registry.register(_Platform(session, now, index))
    return generate_latest(registry)
