"""Hands each event on a while later."""

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


class Kept(NamedTuple):
    """An event that waits for its time. It holds a reference of the acknowledgement."""

    due: float
    event: Event
    acknowledgement: Acknowledgement | None


class Delay(FlowModule):
    """Hands each event on a while later, in order.

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

    It stands in a way back, too, so that what an output failed on waits before it is tried again: from the
    output's `failed`, and by a `wishbone.flow.funnel` to its `inbox`.

    When the module is stopped, also because the inputs have finished, what it keeps leaves at once. What is
    left when it is killed is settled as failed.

    Args:
        seconds: How long an event is kept.
        max_events: How many events are kept. What comes then waits in the inbox.

    Queues:
        inbox: The events to keep.
        outbox: The same, later.
    """

    def __init__(
        self,
        config: ActorConfig,
        seconds: Annotated[float, Meta(gt=0, le=1e9)] = 1,
        max_events: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        """Take events from `inbox`, and bring them out by `outbox`."""
        super().__init__(config)
        self.seconds = seconds
        self.max_events = max_events
        self._outbox = self.pool.createQueue("outbox")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        # A queue, so that the engine knows who waits for room, and a cycle in which all wait for all goes on.
        self._kept = Queue(max_events)

    def preHook(self) -> None:
        """Start to hand on."""
        self.sendToBackground(self.hand_on)

    def consume(self, event: Event) -> None:
        """Keep the event, when there is room."""
        if not self.loop() and self._kept.empty():
            self.submit(event, self._outbox)
            return
        if event.acknowledgement is not None:
            event.acknowledgement.retain()
        self._kept.put(Kept(clock.monotonic() + self.seconds, event, event.acknowledgement))

    def hand_on(self) -> None:
        """Hand on each event when its time has come; at the end, all of them at once."""
        self._kept.consumers[:] = [getcurrent()]  # type: ignore[list-item] # all that is asked of it is its identity
        while self.loop() or not self._kept.empty():
            if self._kept.empty():
                self.sleep(self.seconds)  # whatever comes meanwhile is due after that
            else:
                self._hand_on_first(self._kept.items[0])

    def postHook(self) -> None:
        """Settle as failed what the deadline left behind."""
        left = self._kept.close()
        error = WishboneError(f"The module {self.name!r} was stopped before the event's time had come.")
        for kept in left:
            if kept.acknowledgement is not None:
                kept.acknowledgement.release(error)
        if left:
            self.logging.warning(f"Stopped with {len(left)} events whose time had not come.")

    def _hand_on_first(self, kept: Kept) -> None:
        """Hand on the first event in time. It keeps its place until it has left: none overtakes it."""
        while self.loop() and (wait := kept.due - clock.monotonic()) > 0:
            self.sleep(wait)
        self.submit(kept.event, self._outbox)
        self._kept.get(block=False)
        if kept.acknowledgement is not None:
            kept.acknowledgement.release()
