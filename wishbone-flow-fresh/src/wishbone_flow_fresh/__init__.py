"""Makes an event of its own when none came for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from wishbone import clock
from wishbone.copying import copy_value
from wishbone.event import Event
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig

__all__ = ["Fresh"]


class Fresh(FlowModule, optional_outputs={"failed"}, own_outputs={"timeout"}):
    """Passes events on, and makes an event of its own when none came for a while.

    So silence is noticed: of a service that has died, or of an input that sees nothing any more. The time
    counts from the start of the module until the first event comes. Events that wait in the inbox, because
    what is behind the module is slow, are no silence.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: heartbeat, interval: 2}
          fresh:
            module: wishbone.flow.fresh
            arguments: {timeout: 5, payload: the heart has stopped, repeat: 60}
          stdout:
            module: wishbone.output.stdout
          stderr:
            module: wishbone.output.stdout
            arguments: {stream: stderr}
        routingtable:
          - input.outbox -> fresh.inbox
          - fresh.outbox -> stdout.inbox
          - fresh.timeout -> stderr.inbox

    Args:
        payload: What the event of its own carries: any value.
        timeout: Seconds without an event after which it is made.
        repeat: Seconds after which it is made again while the silence goes on; once, if it is not given.

    Queues:
        inbox: The events to pass on.
        outbox: The same.
        timeout: An event for each silence. `tmp.<module>.silence` has the seconds that it lasts so far.
    """

    def __init__(
        self,
        config: ActorConfig,
        payload: Any = "No event came.",
        timeout: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        repeat: Annotated[float, Meta(gt=0, le=1e9)] | None = None,
    ) -> None:
        """Take events from `inbox`, and bring them out by `outbox`."""
        super().__init__(config)
        self.payload = payload
        self.timeout = timeout
        self.repeat = repeat
        self._outbox = self.pool.createQueue("outbox")
        self._timeout = self.pool.createQueue("timeout")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self._last = 0.0
        self._due = 0.0

    def preHook(self) -> None:
        """Start to listen for silence."""
        self._hear()
        self.sendToBackground(self.watch)

    def consume(self, event: Event) -> None:
        """Pass the event on."""
        self._hear()
        self.submit(event, self._outbox)

    def watch(self) -> None:
        """Make an event whenever the silence has lasted long enough."""
        inbox = self.pool.getQueue("inbox")
        while self.sleep(self._seconds_to_wait()):
            if clock.monotonic() < self._due:
                continue
            if inbox.empty():
                self._break_silence()
            else:
                self._hear()

    def _hear(self) -> None:
        self._last = clock.monotonic()
        self._due = self._last + self.timeout

    def _break_silence(self) -> None:
        now = clock.monotonic()
        self._due = float("inf") if self.repeat is None else now + self.repeat
        event = Event(copy_value(self.payload))
        event.tmp[self.name] = {"silence": now - self._last}
        self.submit(event, self._timeout)

    def _seconds_to_wait(self) -> float:
        """Return how long nothing can become due: an event that comes meanwhile starts the time anew."""
        return min(max(0.0, self._due - clock.monotonic()), self.timeout)
