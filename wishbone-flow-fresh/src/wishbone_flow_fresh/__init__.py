"""Creates an event when none arrived for a while."""

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
    """Passes events on, and creates an event when none arrived for a while.

    Use it to notice silence: a service that died, or an input that receives nothing. Before the first event,
    the time counts from the start of the module. Events that wait in the inbox because the next module is
    slow do not count as silence.

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
        payload: The payload of the created event: any value.
        timeout: Seconds without an event after which one is created.
        repeat: Seconds after which another is created while the silence lasts. By default only one is
            created.

    Queues:
        inbox: The events to pass on.
        outbox: The same events.
        timeout: The created events. `tmp.<module>.silence` is the length of the silence so far, in seconds.
    """

    def __init__(
        self,
        config: ActorConfig,
        payload: Any = "No event came.",
        timeout: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        repeat: Annotated[float, Meta(gt=0, le=1e9)] | None = None,
    ) -> None:
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
        """Start to watch for silence."""
        self._restart_timer()
        self.sendToBackground(self.watch)

    def consume(self, event: Event) -> None:
        """Pass the event on."""
        self._restart_timer()
        self.submit(event, self._outbox)

    def watch(self) -> None:
        """Create an event each time the silence has lasted long enough."""
        inbox = self.pool.getQueue("inbox")
        while self.sleep(self._seconds_to_wait()):
            if clock.monotonic() < self._due:
                continue
            if inbox.empty():
                self._create()
            else:
                self._restart_timer()

    def _restart_timer(self) -> None:
        self._last = clock.monotonic()
        self._due = self._last + self.timeout

    def _create(self) -> None:
        now = clock.monotonic()
        self._due = float("inf") if self.repeat is None else now + self.repeat
        event = Event(copy_value(self.payload))
        event.tmp[self.name] = {"silence": now - self._last}
        self.submit(event, self._timeout)

    def _seconds_to_wait(self) -> float:
        """Return for how long nothing can become due, even if an event arrives meanwhile."""
        return min(max(0.0, self._due - clock.monotonic()), self.timeout)
