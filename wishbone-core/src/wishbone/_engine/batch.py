"""BatchConsumer: the greenlet that runs a module's function for batches of events of one queue."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gevent import Timeout

from wishbone._engine.consumer import Consumer, check_ttl
from wishbone.error import TTLExpired

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._engine.process import ActorProcess
    from wishbone.event import Event
    from wishbone.queue import Queue


class BatchConsumer(Consumer):
    """Takes the events that are there, up to a number, and runs the module's function on the list.

    Each event is settled by itself: one that the function gave to `fail` failed; when the function
    raises, so did all others; when it returns, all others succeeded.
    """

    def __init__(
        self, process: ActorProcess, function: Callable[[list[Event]], object], queue: str, size: int
    ) -> None:
        """Create it; `start` starts it.

        Args:
            process: Runs the module.
            function: Called with each batch, in order.
            queue: The queue's name.
            size: The events of a batch at most.
        """
        super().__init__(process, function, queue)
        self.size = size
        self._unsettled: deque[Event] = deque()
        self._outcomes: dict[int, BaseException | None] = {}

    def successor(self) -> BatchConsumer:
        """Return a new consumer that does the same."""
        return BatchConsumer(self.process, self.function, self.queue_name, self.size)

    def has(self, event: Event) -> bool:
        """Return whether the event is in the batch at work."""
        return any(event is other for other in self._unsettled)

    def is_failed(self, event: Event) -> bool:
        """Return whether the event of the batch at work has failed already."""
        return id(event) in self._outcomes

    def outcome(self, event: Event) -> BaseException | None:
        """Return the error that a failed event's acknowledgement must settle with."""
        return self._outcomes[id(event)]

    def record_failure(self, event: Event, outcome: BaseException | None) -> None:
        """Note that an event of the batch at work has failed.

        Args:
            event: The event.
            outcome: The error, or None if the event went to `failed`.
        """
        self._outcomes[id(event)] = outcome

    def abandon(self, error: BaseException) -> None:
        """Settle the events at work as failed."""
        self.killed_busy += len(self._unsettled)
        while self._unsettled:
            acknowledgement = self._unsettled.popleft().acknowledgement
            if acknowledgement is not None:
                acknowledgement.release(error)

    def _consume(self, queue: Queue, count: int) -> None:
        del count  # the clock is read after each batch
        items = queue.items
        taken = [items.popleft() for _ in range(min(len(items), self.size))]
        queue.taken_total += len(taken)
        self._unsettled.extend(taken)
        try:
            self._run_function(self._within_ttl(taken))
            self._settle_all()
        except BaseException as death:
            self.abandon(death)
            raise
        finally:
            self._outcomes.clear()

    def _within_ttl(self, taken: list[Event]) -> list[Event]:
        batch = []
        for event in taken:
            event.ttl = ttl = event.ttl - 1
            try:
                if ttl < 0:
                    check_ttl(event)
                batch.append(event)
            except TTLExpired as error:
                self._fail_one(event, error)
        return batch

    def _run_function(self, batch: list[Event]) -> None:
        if not batch:
            return
        try:
            self.function(batch)
        except (Exception, Timeout) as error:  # noqa: BLE001 - modules do not trap errors
            for event in [event for event in self._unsettled if not self.is_failed(event)]:
                self._fail_one(event, error)

    def _fail_one(self, event: Event, error: BaseException) -> None:
        self._outcomes[id(event)] = self.process.hand_to_failed(event, error)

    def _settle_all(self) -> None:
        success = self.process.pool.queue.success
        while self._unsettled:
            event = self._unsettled[0]
            if success.connected and id(event) not in self._outcomes:
                self._submit_to(success, event)
                if not self._unsettled:  # abandoned while it waited for room
                    return
            self._unsettled.popleft()
            if event.acknowledgement is not None:
                event.acknowledgement.release(self._outcomes.get(id(event)))

    def _submit_to(self, success: Queue, event: Event) -> None:
        try:
            self.submit(event, success)
        except (Exception, Timeout) as error:  # noqa: BLE001 - a failure of this event, as in the function
            self._fail_one(event, error)
