"""BatchConsumer: the greenlet that runs a module's function for batches of events of one queue."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gevent import Timeout

from wishbone import clock
from wishbone._engine.consumer import Consumer, check_ttl
from wishbone.error import TTLExpired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wishbone._engine.process import ActorProcess
    from wishbone.event import Event
    from wishbone.queue import Queue


STOP_CHECK_SECONDS = 0.05
"""Seconds between two checks whether the module must stop, while a function waits for more events."""


class EventBatch(list["Event"]):
    """The events that a consumer's function gets at once, in order. It can wait for more of them."""

    def __init__(self, events: Iterable[Event], consumer: BatchConsumer) -> None:
        """Create the list. Only the engine does this."""
        super().__init__(events)
        self._consumer: BatchConsumer | None = consumer

    def wait_for_more(self, seconds: float) -> bool:
        """Wait until more events are in the queue, and append them, up to the size of the batch.

        For a function that prefers few large batches to many small ones. The wait ends early when the module
        must stop.

        Args:
            seconds: How long to wait for the first of them.

        Returns:
            Whether events were appended: False if the batch is full, or if no event arrived in time.
        """
        more = [] if self._consumer is None else self._consumer.take_more(seconds)
        self += more
        return bool(more)

    def succeed(self, event: Event) -> None:
        """Settle an event before the function returns, which may have to wait with the others.

        Args:
            event: An event of the batch that did not fail. It goes to `success`.
        """
        if self._consumer is not None:
            self._consumer.succeed(event)

    def end(self) -> None:
        """Give it no more events: the function has returned."""
        self._consumer = None


class BatchConsumer(Consumer):
    """Takes the events that are in the queue, up to a number, and calls the module's function with the list.

    Each event is settled by itself. An event that the function passed to `fail` has failed. When the
    function raises, all others have failed, too; when it returns, they have succeeded.
    """

    def __init__(
        self, process: ActorProcess, function: Callable[[EventBatch], object], queue: str, size: int
    ) -> None:
        """Create the greenlet; `start` starts it.

        Args:
            process: Runs the module.
            function: Called with each batch, in order.
            queue: The queue's name.
            size: The largest number of events in a batch.
        """
        super().__init__(process, function, queue)
        self.size = size
        self._unsettled: deque[Event] = deque()
        self._ids: set[int] | None = None
        self._outcomes: dict[int, BaseException | None] = {}

    def successor(self) -> BatchConsumer:
        """Return a new consumer with the same function and queue."""
        return BatchConsumer(self.process, self.function, self.queue_name, self.size)

    def has(self, event: Event) -> bool:
        """Return whether the event is in the batch that the function works on."""
        if self._ids is None:  # made when a first event of the batch fails
            self._ids = {id(other) for other in self._unsettled}
        return id(event) in self._ids

    def is_failed(self, event: Event) -> bool:
        """Return whether this event of the batch has failed already."""
        return id(event) in self._outcomes

    def outcome(self, event: Event) -> BaseException | None:
        """Return the error with which a failed event's acknowledgement must settle, or None."""
        return self._outcomes[id(event)]

    def record_failure(self, event: Event, outcome: BaseException | None) -> None:
        """Record that an event of the batch has failed.

        Args:
            event: The event.
            outcome: The error, or None if the event went to `failed`.
        """
        if self.has(event):  # not settled while `failed` was full
            self._outcomes[id(event)] = outcome

    def succeed(self, event: Event) -> None:
        """Settle an event of the batch as succeeded, if it is not settled yet."""
        if not self.has(event) or self.is_failed(event):
            return
        success = self.process.pool.queue.success
        if success.connected:
            self._submit_to(success, event)
        if self.has(event):  # not abandoned while it waited for room
            del self._unsettled[next(i for i, other in enumerate(self._unsettled) if other is event)]
            self._ids = None
            if event.acknowledgement is not None:
                event.acknowledgement.release(self._outcomes.pop(id(event), None))

    def abandon(self, error: BaseException) -> None:
        """Settle the events of the batch as failed."""
        self.killed_busy += len(self._unsettled)
        death: BaseException | None = None
        while self._unsettled:
            acknowledgement = self._unsettled.popleft().acknowledgement
            try:
                if acknowledgement is not None:
                    acknowledgement.release(error)
            except BaseException as raised:  # noqa: BLE001 - raised again when all are released
                death = death or raised
        if death is not None:
            raise death

    def take_more(self, seconds: float) -> list[Event]:
        """Return further events for the batch at work, and wait for the first of them.

        Args:
            seconds: How long to wait.
        """
        queue = self.queue
        deadline = clock.monotonic() + seconds
        self.collecting = True
        try:
            queue.admit_blocked()
            while len(self._unsettled) < self.size and self.process.loop() and not queue.closed:
                if queue.items and (events := self._take(queue)):
                    return events
                remaining = deadline - clock.monotonic()
                if remaining <= 0:
                    break
                with Timeout(min(remaining, STOP_CHECK_SECONDS), False):  # type: ignore[arg-type] # stubs
                    # Idle consumers would otherwise start batches of their own, and none would get full.
                    queue.wait(first=True)
                queue.admit_blocked()
        finally:
            self.collecting = False
        return []

    def _take(self, queue: Queue) -> list[Event]:
        """Take the events that are there, as far as the batch at work has room for them."""
        items = queue.items
        room = self.size - len(self._unsettled)
        taken = [items.popleft() for _ in range(min(len(items), room))]
        queue.taken_total += len(taken)
        self._unsettled.extend(taken)
        self._ids = None
        queue.admit_blocked()
        return self._within_ttl(taken)

    def _consume(self, queue: Queue, count: int) -> None:
        del count  # the clock is read after each batch
        batch = EventBatch([], self)
        try:
            batch += self._take(queue)
            self._run_function(batch)
            batch.end()
            self._settle_all()
        except BaseException as death:
            self.abandon(death)
            raise
        finally:
            self._outcomes.clear()
            self._ids = None

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

    def _run_function(self, batch: EventBatch) -> None:
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
        unsettled = self._unsettled
        if not self._outcomes and not success.connected:
            while unsettled:
                acknowledgement = unsettled.popleft().acknowledgement
                if acknowledgement is not None:
                    acknowledgement.release()
            return
        while unsettled:
            event = unsettled[0]
            if success.connected and id(event) not in self._outcomes:
                self._submit_to(success, event)
                if not unsettled:  # abandoned while it waited for room
                    return
            unsettled.popleft()
            if event.acknowledgement is not None:
                event.acknowledgement.release(self._outcomes.get(id(event)))

    def _submit_to(self, success: Queue, event: Event) -> None:
        try:
            self.submit(event, success)
        except (Exception, Timeout) as error:  # noqa: BLE001 - a failure of this event, as in the function
            self._fail_one(event, error)
