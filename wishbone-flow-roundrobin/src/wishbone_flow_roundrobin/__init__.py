"""Shares events out among queues: evenly, by weight, or by key."""

from __future__ import annotations

from hashlib import blake2b
from itertools import cycle
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from wishbone.arguments import KeySelector
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, QueueConnected, ReservedName
from wishbone.module import FlowModule
from wishbone_flow_roundrobin.turns import turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wishbone.actor import ActorConfig
    from wishbone.arguments import Key
    from wishbone.event import Event
    from wishbone.queue import Queue

__all__ = ["Roundrobin"]


class Roundrobin(FlowModule, dynamic_outputs=True):
    """Shares events out among the connected queues: evenly, by weight, or by key.

    Each event goes to one queue. Without a key the queues take turns, so events that belong together
    may overtake each other on different branches. With a key, all events of one key go to the same
    queue and stay in order, also after a restart, as long as the queues and their weights are the same.

    A branch that is slow makes the others wait, once its queue is full.

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

    An event fails when it has not the key. The module does not start when no queue is connected, or when
    a queue that has a weight is not.

    Args:
        weights: How many turns a queue has in relation to the others, by the queue's name, up to 1000; 1 for
            those that are not named. With a key: how many keys.
        key: What tells events apart: a place in the event, such as `data.user`, or a template.

    Queues:
        inbox: The events to share out.
        <any name>: A share of them, for every queue that a route names.
    """

    def __init__(
        self,
        config: ActorConfig,
        weights: dict[str, Annotated[int, Meta(ge=1, le=1000)]] | None = None,
        key: KeySelector | None = None,
    ) -> None:
        """Take events from `inbox`."""
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
        """Note which queues are connected, and whose turn is when."""
        names = self.pool.listQueues(names=True, default=False)
        names = [name for name in names if name != "inbox" and self.pool.getQueue(name).connected]
        self._check(names)
        order = turns({name: self.weights.get(name, 1) for name in names})
        self._round = [self.pool.getQueue(name) for name in order]
        self._next = cycle(self._round)

    def consume(self, event: Event) -> None:
        """Submit the event to the queue whose turn it is, or to that of its key."""
        if self.key is None:
            self.submit(event, next(self._next))
            return
        digest = _digest(self.key.select(event))
        self.submit(event, self._round[digest % len(self._round)])

    def _create_queue(self, name: str) -> None:
        """Create a queue before any route names it, so that a check finds it if none does."""
        try:
            self.pool.createQueue(name)
        except (QueueConnected, ReservedName) as error:
            message = f"The arguments of module {self.name!r} are wrong. weights: {error}"
            raise ConfigError(message) from error

    def _check(self, names: list[str]) -> None:
        """Refuse to run with nowhere to go, or with a weight that is for nothing.

        Raises:
            ConfigError: One of the two.
        """
        if not names:
            message = f"No route begins in a queue of {self.name!r}: connect at least one, by any name."
            raise ConfigError(message)
        for name in self.weights:
            if name not in names:
                message = (
                    f"The arguments of module {self.name!r} are wrong. weights: no route begins in"
                    f" '{self.name}.{name}'. {did_you_mean(name, names)}"
                )
                raise ConfigError(message)


def _digest(key: Key) -> int:
    """Return a number that is the same for a key in every process, unlike its hash."""
    content = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    return int.from_bytes(blake2b(content, digest_size=8).digest())
