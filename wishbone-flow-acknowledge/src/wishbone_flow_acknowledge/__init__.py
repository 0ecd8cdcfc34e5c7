"""Lets one event per key through until it is acknowledged."""

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


class Claim:
    """An event that holds its key: until when at the latest, and by which acknowledgement it is known."""

    __slots__ = ("acknowledgement", "until")

    def __init__(self, until: float) -> None:
        """Hold a key until a moment of the monotonic clock."""
        self.until = until
        self.acknowledgement: Acknowledgement | None = None

    def is_of(self, event: Event) -> bool:
        """Return whether the event is the one that holds the key, led back to be tried again."""
        if self.acknowledgement is None or event.acknowledgement is None:
            return False
        return event.acknowledgement.is_linked_to(self.acknowledgement)


class Acknowledge(FlowModule, final_inputs={"acknowledge"}):
    """Lets one event per key through, and no other of that key until it is acknowledged.

    Without a route to `acknowledge`, an event is acknowledged when everything behind this module is done
    with it. With one, it is when an event with its key comes in there: from an answer, say. Either way its
    key is free when it fails, and when nobody has acknowledged it for `timeout` seconds.

    What comes meanwhile goes to `dropped`. If that is not connected it is gone, and its input is told that
    all is well: use it where a later event makes up for it, such as an alarm that is repeated.

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

    An event that is led back to be tried again comes through. An event fails when it has not the key, in
    both queues. To acknowledge a key that nobody holds changes nothing.

    Args:
        key: What tells events apart: a place in the event, such as `data.host`, or a template. What comes to
            `acknowledge` has it, too.
        timeout: Seconds after which an event that is not acknowledged is given up, and its key is free.
        max_keys: How many events may be unacknowledged at once. What comes then, with another key, waits in
            the inbox until one is acknowledged or given up.

    Queues:
        inbox: The events, of which one per key comes through.
        outbox: Those that come through.
        acknowledge: Events whose keys are acknowledged.
        dropped: Those that come while another with their key is not acknowledged.
    """

    def __init__(
        self,
        config: ActorConfig,
        key: KeySelector = KeySelector("data"),  # noqa: B008 - it never changes
        timeout: Annotated[float, Meta(gt=0, le=1e9)] = 60,
        max_keys: Annotated[int, Meta(ge=1)] = 10_000,
    ) -> None:
        """Take events from `inbox` and from `acknowledge`."""
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
        self._told = False
        self._claims: OrderedDict[Key, Claim] = OrderedDict()
        self._freed = Flag()

    def preHook(self) -> None:
        """Find out who acknowledges."""
        self._told = self.pool.getQueue("acknowledge").source is not None

    def consume(self, event: Event) -> None:
        """Let the event through if nobody holds its key."""
        key = self.key.select(event)
        self._give_up_until(clock.monotonic())
        claim = self._claims.get(key)
        if claim is None:
            self._let_through(event, key)
        elif claim.is_of(event):
            self.submit(event, self._outbox)
        else:
            self.submit(event, self._dropped)

    def acknowledge(self, event: Event) -> None:
        """Free the key that the event names."""
        if self._claims.pop(self.key.select(event), None) is not None:
            self._freed.set()

    def _let_through(self, event: Event, key: Key) -> None:
        self._wait_for_room()
        claim = Claim(clock.monotonic() + self.timeout)
        passed = event.tracked(partial(self._settled, key, claim))
        claim.acknowledgement = passed.acknowledgement
        self._claims[key] = claim
        self.submit(passed, self._outbox)

    def _settled(self, key: Key, claim: Claim, error: BaseException | None) -> None:
        claim.acknowledgement = None
        acknowledged = error is not None or not self._told
        if acknowledged and self._claims.get(key) is claim:
            del self._claims[key]
            self._freed.set()

    def _wait_for_room(self) -> None:
        while len(self._claims) >= self.max_keys:
            self._freed.clear()
            oldest = next(iter(self._claims.values()))
            self._freed.wait(max(0.0, oldest.until - clock.monotonic()))
            self._give_up_until(clock.monotonic())

    def _give_up_until(self, now: float) -> None:
        """Give up the events whose time is over: they stand in the order in which they came through."""
        while self._claims:
            key, claim = next(iter(self._claims.items()))
            if claim.until > now:
                return
            del self._claims[key]
