"""Lets one event per key through and holds the key until that event is acknowledged."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Annotated

from gevent.event import Event as Flag
from msgspec import Meta

from wishbone import clock
from wishbone.arguments import KeySelector
from wishbone.module import FlowModule

if TYPE_CHECKING:
    from wishbone.acknowledgement import Acknowledgement
    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event

__all__ = ["Acknowledge"]


class InFlight:
    """An event that went out and holds its key until it is acknowledged or its time is over."""

    __slots__ = ("acknowledgement", "expires_at")

    def __init__(self, expires_at: float) -> None:
        """Hold a key.

        Args:
            expires_at: When to free the key at the latest, in seconds of the monotonic clock.
        """
        self.expires_at = expires_at
        self.acknowledgement: Acknowledgement | None = None

    def is_same(self, event: Event) -> bool:
        """Return whether an event is the one in flight, which came back through a retry route."""
        if self.acknowledgement is None or event.acknowledgement is None:
            return False
        return event.acknowledgement.is_linked_to(self.acknowledgement)


class Acknowledge(FlowModule, final_inputs={"acknowledge"}):
    """Lets one event per key through and holds the key until that event is acknowledged.

    Without a route to `acknowledge`, an event is acknowledged when all modules after this one have finished
    with it. With such a route, it is acknowledged when an event with the same key arrives there, for example
    an answer. In both cases the key becomes free when the event fails, and after `timeout` seconds without
    an acknowledgement.

    Other events with that key go to `dropped`. If `dropped` is not connected they are discarded, and their
    input sees success. Use this module where a later event makes up for a dropped one, such as an alarm that
    repeats.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {host: db1, state: down}, interval: 1}
          acknowledge:
            module: wishbone.flow.acknowledge
            arguments: {key: data.host, timeout: 5}
          repaired:
            module: wishbone.input.generator
            arguments: {payload: {host: db1}, interval: 3}
          stdout:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> acknowledge.inbox
          - acknowledge.outbox -> stdout.inbox
          - repaired.outbox -> acknowledge.acknowledge

    An event that comes back through a retry route passes. An event without the key fails, in both inbound
    queues. Acknowledging a key that no event holds has no effect.

    Args:
        key: The key that identifies an event: a path such as `data.host`, or a template. Events sent to
            `acknowledge` need it too.
        timeout: Seconds after which the key of an unacknowledged event becomes free.
        max_keys: Maximum number of unacknowledged events. At this limit, an event with a new key waits in the
            inbox, and blocks those after it, until a key becomes free.

    Queues:
        inbox: The events to filter.
        outbox: The events that pass, one per key.
        acknowledge: Events whose keys are acknowledged.
        dropped: Events that arrived while another event held their key.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: KeySelector = KeySelector("data"),  # noqa: B008 - it never changes
        timeout: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        max_keys: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        super().__init__(config)
        self.key = key
        self.timeout = timeout
        self.max_keys = max_keys
        self._outbox = self.pool.createQueue("outbox")
        self._dropped = self.pool.createQueue("dropped")
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        self.pool.createQueue("acknowledge")
        self.registerConsumer(self.acknowledge, "acknowledge")
        self._has_acknowledge_route = False
        self._in_flight: OrderedDict[Key, InFlight] = OrderedDict()
        self._freed = Flag()

    def preHook(self) -> None:
        """Check whether a route leads to `acknowledge`: that decides what acknowledges an event."""
        self._has_acknowledge_route = self.pool.getQueue("acknowledge").source is not None

    def consume(self, event: Event) -> None:
        """Let the event through if its key is free."""
        key = self.key.select(event)
        self._expire(clock.monotonic())
        holder = self._in_flight.get(key)
        if holder is None:
            self._let_through(event, key)
        elif holder.is_same(event):
            self.submit(event, self._outbox)
        else:
            self.submit(event, self._dropped)

    def acknowledge(self, event: Event) -> None:
        """Free the key of the event."""
        if self._in_flight.pop(self.key.select(event), None) is not None:
            self._freed.set()

    def _let_through(self, event: Event, key: Key) -> None:
        self._wait_for_room()
        holder = InFlight(clock.monotonic() + self.timeout)
        passed = event.tracked(partial(self._settled, key, holder))
        holder.acknowledgement = passed.acknowledgement
        self._in_flight[key] = holder
        self.submit(passed, self._outbox)

    def _settled(self, key: Key, holder: InFlight, error: BaseException | None) -> None:
        holder.acknowledgement = None
        is_free = error is not None or not self._has_acknowledge_route
        if is_free and self._in_flight.get(key) is holder:
            del self._in_flight[key]
            self._freed.set()

    def _wait_for_room(self) -> None:
        while len(self._in_flight) >= self.max_keys:
            self._freed.clear()
            oldest = next(iter(self._in_flight.values()))
            self._freed.wait(max(0.0, oldest.expires_at - clock.monotonic()))
            self._expire(clock.monotonic())

    def _expire(self, now: float) -> None:
        """Free the keys whose time is over. They are in the order of their time."""
        while self._in_flight:
            key, holder = next(iter(self._in_flight.items()))
            if holder.expires_at > now:
                return
            del self._in_flight[key]
