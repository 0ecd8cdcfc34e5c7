"""Delivery: submits the events of a request, and waits for what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gevent import Timeout
from gevent.event import AsyncResult

from wishbone import clock
from wishbone.acknowledgement import Acknowledgement
from wishbone.event import Event
from wishbone_input_http.answer import Refused

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.queue import Queue


class Delivery:
    """Brings the events of requests out, and tells when each of them is acknowledged."""

    def __init__(
        self, actor: Actor, queue_timeout: float, acknowledge_timeout: float, retry_after: int
    ) -> None:
        """Prepare it.

        Args:
            actor: The module.
            queue_timeout: Seconds that an event waits for room in a queue that is full.
            acknowledge_timeout: Seconds that a request waits for its events to settle.
            retry_after: Seconds after which a sender is told to come again.
        """
        self.actor = actor
        self.queue_timeout = queue_timeout
        self.acknowledge_timeout = acknowledge_timeout
        self.again = {"Retry-After": str(retry_after)}

    def submit(self, values: list[Any], notes: dict[str, Any], queue: Queue) -> None:
        """Submit a request's events, and be done with them.

        Args:
            values: The payloads.
            notes: What is known about the request, for `tmp`.
            queue: The queue to submit to.

        Raises:
            Refused: 503: the queue is full.
        """
        self._submit(values, notes, queue, None)

    def deliver(self, values: list[Any], notes: dict[str, Any], queue: Queue) -> None:
        """Submit a request's events, and wait until all of them are acknowledged.

        Args:
            values: The payloads.
            notes: What is known about the request, for `tmp`.
            queue: The queue to submit to.

        Raises:
            Refused: 503: the queue is full, or the events did not settle in time. 500: one failed.
        """
        deadline = clock.monotonic() + self.acknowledge_timeout
        result: AsyncResult[BaseException | None] = AsyncResult()
        acknowledgement = Acknowledgement(result.set)
        acknowledgement.retain()
        try:
            self._submit(values, notes, queue, acknowledgement)
        except BaseException as reason:
            acknowledgement.release(reason)
            raise
        acknowledgement.release()
        try:
            error = result.get(timeout=max(0.0, deadline - clock.monotonic()))
        except Timeout:
            late = f"The events were not acknowledged within {self.acknowledge_timeout:g} s."
            raise Refused(503, f"{late} They may still be: send them again.", self.again) from None
        if error is not None:
            raise Refused(500, "An event of the request failed: send it again, or look at the server's logs.")

    def _submit(
        self,
        values: list[Any],
        notes: dict[str, Any],
        queue: Queue,
        acknowledgement: Acknowledgement | None,
    ) -> None:
        name = self.actor.name
        alone = len(values) == 1
        for number, value in enumerate(values):
            event = Event(value, acknowledgement)
            event.set({name: notes if alone else _copy(notes)}, "tmp")
            if not queue.connected or len(queue.items) < queue.limit:
                self.actor.submit(event, queue)
            else:
                self._submit_in_time(event, queue, number, len(values))

    def _submit_in_time(self, event: Event, queue: Queue, number: int, count: int) -> None:
        """Submit an event to a queue that may be full."""
        try:
            with Timeout(self.queue_timeout):
                self.actor.submit(event, queue)
        except Timeout:
            reason = "The pipeline is full."
            if number:
                reason += f" {number} of {count} events were taken: send all of them again, these come twice."
            raise Refused(503, reason, self.again) from None


def _copy(notes: dict[str, Any]) -> dict[str, Any]:
    """Copy what is noted, as deep as it goes: modules may change it."""
    return {name: dict(value) if type(value) is dict else value for name, value in notes.items()}
