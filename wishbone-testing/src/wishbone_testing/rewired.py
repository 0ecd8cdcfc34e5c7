"""RewiredRouter: builds what a bootstrap file describes, with stand-ins and taps where a test wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.actor import ActorConfig, traits_of
from wishbone.router import Default
from wishbone_testing.stand_in import StandIn, Tap

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wishbone.actor import Actor
    from wishbone.discovery.plugins import Plugins
    from wishbone.event import Event
    from wishbone.queue import Overflow, Queue

RESERVED = "_wishbone_test"
"""What the names of modules begin with that belong to the test: no bootstrap file may use it."""


class RewiredRouter(Default):
    """Puts other classes in the place of some modules, and lets a test see what passes through queues."""

    def __init__(
        self, replaced: Mapping[str, type[Actor]], observed: Collection[str], plugins: Plugins
    ) -> None:
        """Make a router without modules, but the test's own.

        Args:
            replaced: The classes to build in the place of those that are described, by module name.
            observed: Queues to see, as `module.queue`, beside those that lead to a stand-in.
            plugins: The plugins to tell.
        """
        super().__init__(plugins=plugins)
        self._replaced = replaced
        self._observed = observed
        self.observer = StandIn(ActorConfig(RESERVED, size=1_000_000))
        self.modules[RESERVED] = self.observer

    def registerModule(
        self,
        module: type[Actor] | str,
        config: ActorConfig | str,
        arguments: Mapping[str, Any] | None = None,
    ) -> Actor:
        """Build a module, or what takes its place, and add it."""
        name = config if isinstance(config, str) else config.name
        if name in self._replaced:
            return super().registerModule(self._replaced[name], config)
        return super().registerModule(module, config, arguments)

    def connectQueue(
        self, source: str, destination: str, size: int | None = None, overflow: Overflow = "block"
    ) -> None:
        """Connect two queues, with a tap between them where the test wants to see what passes."""
        ends = {source, destination}.intersection(self._observed)
        seen_anyway = isinstance(self.getModule(destination.partition(".")[0]), StandIn)
        if not ends or seen_anyway:
            super().connectQueue(source, destination, size, overflow)
            return
        tap = self._own(Tap)
        super().connectQueue(source, f"{tap.name}.inbox", size, overflow)
        super().connectQueue(f"{tap.name}.outbox", destination)

    def observe_the_unconnected(self) -> None:
        """Connect to the test what no route leads anywhere: logs, outgoing queues, and queues to be observed.

        `failed` stays as it is: what nobody takes there must settle as failed.
        """
        for module in list(self.modules.values()):
            for queue in self._outgoing(module):
                module.connect(queue, self.observer, f"q{len(self.observer.pool.queues)}")

    def list_of(self, queue: Queue) -> list[Event] | None:
        """Return what came out of a queue and was not taken yet, or None where that cannot be seen."""
        for end in (queue.destination, queue.source):
            if end is not None and isinstance(end.module, Tap):
                return end.module.received
        end = queue.destination
        return end.module.list_of(end.queue) if end is not None and isinstance(end.module, StandIn) else None

    def _outgoing(self, module: Actor) -> list[str]:
        """Return the unconnected outgoing queues of a module that the test is to see."""
        if module is self.observer:
            return []
        asked = {name.partition(".")[2] for name in self._observed if name.startswith(f"{module.name}.")}
        if traits_of(module).dynamic_outputs:
            for name in asked:
                if not module.pool.hasQueue(name):
                    module.pool.createQueue(name)
        own = set() if isinstance(module, StandIn) else {*module.pool.listQueues(names=True, default=False)}
        wanted = (asked | own | {"logs"}) - {"failed"}
        return [
            name
            for name, queue in module.pool.items()
            if name in wanted and queue.destination is None and queue.source is None and not queue.consumers
        ]

    def _own(self, kind: type[Actor]) -> Actor:
        return super().registerModule(kind, f"{RESERVED}_{len(self.modules)}")
