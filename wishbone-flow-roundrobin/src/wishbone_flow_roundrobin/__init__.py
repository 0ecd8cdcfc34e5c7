"""Distributes events over queues: evenly, by weight, or by key."""

from __future__ import annotations

from hashlib import blake2b
from itertools import cycle
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import KeySelector
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, QueueConnected, ReservedName
from wishbone.module import FlowModule
from wishbone_flow_roundrobin.schedule import schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event
    from wishbone.queue import Queue

__all__ = ["Roundrobin"]


class Roundrobin(FlowModule, dynamic_outputs=True):
    """Distributes events over the connected queues: evenly, by weight, or by key.

    Each event goes to one queue. Without a key the queues take turns, so related events can overtake each
    other on different branches. With a key, all events of one key go to the same queue and stay in order,
    also after a restart, as long as the queues and their weights do not change.

    A slow branch blocks the others once its queue is full.

        modules:
          input:
            module: wishbone.input.generator
            arguments: {payload: {user: ada}, interval: 0, count: 10}
          share:
            module: wishbone.flow.roundrobin
            arguments: {weights: {large: 3}}
          large:
            module: wishbone.output.stdout
          small:
            module: wishbone.output.stdout
        routingtable:
          - input.outbox -> share.inbox
          - share.large -> large.inbox
          - share.small -> small.inbox

    An event without the key fails. The module does not start when no queue is connected, or when a queue with
    a weight is not connected.

    Args:
        weights: The weight of a queue, by its name, from 1 to 1000; 1 for the others. A queue of weight 3
            gets three times as many events as a queue of weight 1, or with a key three times as many keys.
        key: The key whose events stay together: a path such as `data.user`, or a template.

    Queues:
        inbox: The events to distribute.
        <any name>: A share of the events. Every queue name that a route uses is created.
    """

    def __init__(
        self,
        config: ActorConfig,
        weights: dict[str, Annotated[int, Meta(ge=1, le=1000)]] | None = None,
        key: KeySelector | None = None,
    ) -> None:
        super().__init__(config)
        self.weights = weights or {}
        self.key = key
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")
        for name in self.weights:
            self._create_queue(name)
        self._round: list[Queue] = []
        self._next: Iterator[Queue] = iter(())

    def preHook(self) -> None:
        """Find the connected queues, and schedule them."""
        names = self.pool.listQueues(names=True, default=False)
        names = [name for name in names if name != "inbox" and self.pool.getQueue(name).connected]
        self._check(names)
        order = schedule({name: self.weights.get(name, 1) for name in names})
        self._round = [self.pool.getQueue(name) for name in order]
        self._next = cycle(self._round)

    def consume(self, event: Event) -> None:
        """Submit the event to the next queue of the schedule, or to the queue of its key."""
        if self.key is None:
            self.submit(event, next(self._next))
            return
        digest = _digest(self.key.select(event))
        self.submit(event, self._round[digest % len(self._round)])

    def _create_queue(self, name: str) -> None:
        """Create the queue of a weight, so that a check can warn when no route uses it."""
        try:
            self.pool.createQueue(name)
        except (QueueConnected, ReservedName) as error:
            message = f"The arguments of module {self.name!r} are wrong. weights: {error}"
            raise ConfigError(message) from error

    def _check(self, names: list[str]) -> None:
        """Check that there is a queue to submit to, and that each weight is used.

        Raises:
            ConfigError: No queue is connected, or a weight is for a queue that is not connected.
        """
        if not names:
            message = f"No route starts at a queue of {self.name!r}: connect at least one, under any name."
            raise ConfigError(message)
        for name in self.weights:
            if name not in names:
                message = (
                    f"The arguments of module {self.name!r} are wrong. weights: no route starts at"
                    f" '{self.name}.{name}'. {did_you_mean(name, names)}"
                )
                raise ConfigError(message)


def _digest(key: Key) -> int:
    """Return a number that is the same in every process, unlike Python's `hash`."""
    content = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    return int.from_bytes(blake2b(content, digest_size=8).digest())
