"""RequestSubmitter: submits the events of a request, and waits until they are acknowledged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gevent import Timeout
from gevent.event import AsyncResult

from wishbone import clock
from wishbone.acknowledgement import Acknowledgement
from wishbone.event import Event
from wishbone_input_http.response import HttpError

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone.queue import Queue


@dataclass
class RequestSubmitter:
    """Submits the events of requests. Times are in seconds."""

    actor: Actor
    queue_timeout: float
    acknowledge_timeout: float
    retry_after: int
    _blocked: Counter[Queue] = field(default_factory=Counter)

    @property
    def retry_headers(self) -> dict[str, str]:
        """The headers of a response that asks the client to send the request again."""
        return {"Retry-After": str(self.retry_after)}

    def submit(
        self,
        values: list[Any],
        details: dict[str, Any],
        queue: Queue,
        acknowledgement: Acknowledgement | None = None,
    ) -> None:
        """Submit the events of a request.

        Args:
            values: The payloads.
            details: What `tmp.<module>` says about the request.
            queue: The queue to submit to.
            acknowledgement: The acknowledgement of all events.

        Raises:
            HttpError: 503: the queue is full.
        """
        for number, value in enumerate(values):
            event = Event(value, acknowledgement)
            # Events that share a request must not share what modules may change.
            own = details if len(values) == 1 else _copy(details)
            event.set({self.actor.name: own}, "tmp")
            if not queue.connected or (queue.size() < queue.max_size and not self._blocked[queue]):
                self.actor.submit(event, queue)
            else:
                self._submit_in_time(event, queue, number, len(values))

    def submit_and_wait(self, values: list[Any], details: dict[str, Any], queue: Queue) -> None:
        """Submit the events of a request, and wait until all of them are acknowledged.

        Args:
            values: The payloads.
            details: What `tmp.<module>` says about the request.
            queue: The queue to submit to.

        Raises:
            HttpError: 503: the queue is full, or the events were not acknowledged in time. 500: one failed.
        """
        deadline = clock.monotonic() + self.acknowledge_timeout
        result: AsyncResult[BaseException | None] = AsyncResult()
        acknowledgement = Acknowledgement(result.set)
        acknowledgement.retain()
        try:
            self.submit(values, details, queue, acknowledgement)
        except BaseException as error:
            acknowledgement.release(error)
            raise
        acknowledgement.release()
        try:
            failure = result.get(timeout=max(0.0, deadline - clock.monotonic()))
        except Timeout:
            late = f"The events were not acknowledged within {self.acknowledge_timeout:g} s."
            raise HttpError(
                503, f"{late} Send them again: they may come twice.", self.retry_headers
            ) from None
        if failure is not None:
            raise HttpError(
                500, "An event of the request failed: send it again, or see the logs of the server."
            )

    def _submit_in_time(self, event: Event, queue: Queue, number: int, count: int) -> None:
        """Submit an event to a queue that is full. Other requests may wait for room in it too."""
        self._blocked[queue] += 1
        try:
            with Timeout(self.queue_timeout):
                self.actor.submit(event, queue)
        except Timeout:
            accepted = f" {number} of {count} events were accepted, and will come twice." if number else ""
            reason = f"The pipeline is full.{accepted} Send the request again."
            raise HttpError(503, reason, self.retry_headers) from None
        finally:
            self._blocked[queue] -= 1


def _copy(details: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(value) if type(value) is dict else value for name, value in details.items()}
