"""Delays each event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from gevent import getcurrent
from msgspec import Meta

from wishbone import clock
from wishbone.error import WishboneError
from wishbone.module import FlowModule
from wishbone.queue import Queue

if TYPE_CHECKING:
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import ActorConfig
    from wishbone.event import Event

__all__ = ["Delay"]


class Delayed(NamedTuple):
    """An event that waits until it is due, with a reference to its acknowledgement."""

    due: float
    event: Event
    acknowledgement: Acknowledgement | None


class Delay(FlowModule):
    """Delays each event, and keeps the order.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: hello, interval: 1}
          delay:
            module: wishbone.flow.delay
            arguments: {seconds: 5}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> delay.inbox
          - delay.outbox -> stdout.inbox

    Use it in a retry route, so that a failed event waits before the output tries it again: connect the
    output's `failed` to this module, and `outbox` through a `wishbone.flow.funnel` to the output's `inbox`.

    When the module stops, also because the inputs have finished, it passes on its events at once. Events
    that it cannot pass on before the deadline fail.

    Args:
        seconds: The delay.
        max_events: Maximum number of delayed events. At this limit, further events wait in the inbox.

    Queues:
        inbox: The events to delay.
        outbox: The same events, later.
    """

    def __init__(
        self,
        config: ActorConfig,
        seconds: Annotated[float, Meta(gt=0, le=1e9)] = 1,
        max_events: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        super().__init__(config)
        self.seconds = seconds
        self.max_events = max_events
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        # A queue, so that the engine sees what waits for room and can resolve a cycle of full queues.
        self._delayed = Queue(max_events)

    def preHook(self) -> None:
        """Start to pass on the events that are due."""
        self.sendToBackground(self.pass_on)

    def consume(self, event: Event) -> None:
        """Keep the event, and wait for room first if needed."""
        if not self.loop() and self._delayed.empty():
            self.submit(event, self._outbox)
            return
        if event.acknowledgement is not None:
            event.acknowledgement.retain()
        self._delayed.put(Delayed(clock.monotonic() + self.seconds, event, event.acknowledgement))

    def pass_on(self) -> None:
        """Pass on each event when it is due. At a stop, pass on all of them at once."""
        self._delayed.consumers[:] = [getcurrent()]  # type: ignore[list-item] # only its identity is used
        while self.loop() or not self._delayed.empty():
            if self._delayed.empty():
                self.sleep(self.seconds)  # an event that arrives meanwhile is due later
            else:
                self._pass_on_first(self._delayed.items[0])

    def postHook(self) -> None:
        """Fail the events that could not be passed on before the deadline."""
        undelivered = self._delayed.close()
        error = WishboneError(f"The module {self.name!r} was stopped before the event was due.")
        for delayed in undelivered:
            if delayed.acknowledgement is not None:
                delayed.acknowledgement.release(error)
        if undelivered:
            self.logging.warning(f"Stopped with {len(undelivered)} events that were not due.")

    def _pass_on_first(self, delayed: Delayed) -> None:
        """Pass on the first event when it is due. It leaves the queue last, so no event overtakes it."""
        while self.loop() and (wait := delayed.due - clock.monotonic()) > 0:
            self.sleep(wait)
        self.submit(delayed.event, self._outbox)
        self._delayed.get(block=False)
        if delayed.acknowledgement is not None:
            delayed.acknowledgement.release()
