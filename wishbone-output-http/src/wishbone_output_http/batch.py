"""Batches: events that wait for each other, to be sent as one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gevent.event import AsyncResult
from gevent.event import Event as Flag

from wishbone_output_http.body import Body, BodyKind
from wishbone_output_http.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wishbone.event import Event
    from wishbone_output_http.client import Answer


class Place(NamedTuple):
    """Where a request goes: events of one batch share it."""

    target: str
    headers: Mapping[str, str]


class Limits(NamedTuple):
    """When a batch is sent: as soon as one of these is reached."""

    events: int
    size: int
    """Bytes."""

    seconds: float


class Batch:
    """Events that are sent as one request."""

    def __init__(self, place: Place, kind: BodyKind) -> None:
        """Begin without events.

        Args:
            place: Where it goes.
            kind: How its body is made.
        """
        self.place = place
        self.events: list[Event] = []
        self.body = Body(kind)
        self.full = Flag()
        self.outcomes: AsyncResult[list[Answer | Exception]] = AsyncResult()

    def add(self, event: Event) -> int:
        """Add an event at the end, and return its position.

        Raises:
            InvalidData: It cannot be encoded.
        """
        self.body.add(event)
        self.events.append(event)
        return len(self.events) - 1


class Batches:
    """The batches that are being filled: one for each place that events go to.

    Every event is in the hands of a consumer that waits here until its batch has been sent: so each
    succeeds or fails by itself, as any event does. The consumer of a batch's first event sends it. While
    as many requests as are allowed are on their way, a batch that is due goes on taking events. When all
    consumers wait, no more can come, and the oldest batch is sent as it is.
    """

    def __init__(
        self,
        limits: Limits,
        concurrency: int,
        kind: BodyKind,
        send: Callable[[Batch], list[Answer | Exception]],
    ) -> None:
        """Begin without a batch.

        Args:
            limits: When a batch is sent.
            concurrency: How many may be on their way at once.
            kind: How their bodies are made.
            send: Sends one, and returns what became of each event, in order.
        """
        self._limits = limits
        self._kind = kind
        self._send = send
        self._sending = Turnstile(concurrency)
        self._free = limits.events * concurrency
        self._filling: dict[tuple[str, ...], Batch] = {}

    def deliver(self, event: Event, place: Place) -> Answer:
        """Put an event into a batch, and wait until that was sent.

        Returns:
            The answer to the batch.

        Raises:
            Exception: What keeps this event from being delivered.
        """
        key = (place.target, *place.headers.values())
        batch = self._filling.get(key)
        first = batch is None
        if batch is None:
            batch = Batch(place, self._kind)
        position = batch.add(event)
        self._free -= 1
        if first:
            self._filling[key] = batch
        if len(batch.events) >= self._limits.events or batch.body.size >= self._limits.size:
            self._close(key, batch)
        if not self._free and self._filling:
            self._close(*next(iter(self._filling.items())))
        if first:
            self._lead(key, batch)
        outcomes = batch.outcomes.get()
        assert outcomes is not None
        outcome = outcomes[position]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _lead(self, key: tuple[str, ...], batch: Batch) -> None:
        """Wait until the batch is due and a request is free, and send it."""
        try:
            batch.full.wait(self._limits.seconds)
            with self._sending:
                self._close(key, batch)
                batch.outcomes.set(self._send(batch))
        except BaseException as error:
            self._close(key, batch)
            killed = ConnectionError("The batch was not sent: what was to send it was killed.")
            batch.outcomes.set_exception(error if isinstance(error, Exception) else killed)
            raise
        finally:
            self._free += len(batch.events)

    def _close(self, key: tuple[str, ...], batch: Batch) -> None:
        if self._filling.get(key) is batch:
            del self._filling[key]
        batch.full.set()
