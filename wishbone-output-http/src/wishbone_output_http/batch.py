"""Batches: events that are sent together, by the request that they can share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wishbone_output_http.body import Body, BodyFormat

if TYPE_CHECKING:
    from wishbone.event import Event


class RequestKey(NamedTuple):
    """The target and the headers of a request: events with the same key can share one."""

    target: str
    headers: tuple[tuple[str, str], ...]


class Batch(NamedTuple):
    """Events that are sent as one request."""

    key: RequestKey
    events: list[Event]
    body: Body


class Part(NamedTuple):
    """Events that are sent as one request: a batch, or what is left of one that was divided."""

    key: RequestKey
    events: list[Event]
    body: bytes
    since: float
    """When it was sent first, by the monotonic clock."""

    failures: int = 0
    """How often it was sent in vain."""

    def divide(self, body_format: BodyFormat) -> list[Part]:
        """Return two halves, which count as sent as often."""
        middle = len(self.events) // 2
        halves = (self.events[:middle], self.events[middle:])
        return [self._replace(events=half, body=body_format.encode(half)) for half in halves]


class Batches:
    """The batches that are made of some events, in the order of their first events."""

    def __init__(self, body_format: BodyFormat, max_bytes: int) -> None:
        """Start without events.

        Args:
            body_format: How bodies are encoded.
            max_bytes: A batch of this size is full: the next event with its key starts another one.
        """
        self.all: list[Batch] = []
        self.full = False
        """Whether there is a full batch."""

        self._filling: dict[RequestKey, Batch] = {}
        self._format = body_format
        self._max_bytes = max_bytes

    def add(self, event: Event, key: RequestKey) -> None:
        """Add an event to the batch with its key.

        Raises:
            InvalidData: It cannot be encoded.
        """
        batch = self._filling.get(key) or Batch(key, [], Body(self._format))
        batch.body.add(event)
        batch.events.append(event)
        if len(batch.events) == 1:
            self.all.append(batch)
            self._filling[key] = batch
        if batch.body.size >= self._max_bytes:
            self.full = True
            del self._filling[key]
