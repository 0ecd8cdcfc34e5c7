"""TestRouter: builds what a bootstrap file describes, with fake modules and taps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.actor import ActorConfig, traits_of
from wishbone.router import Default
from wishbone_testing.fake_module import FakeModule, Tap

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wishbone.actor import Actor
    from wishbone.discovery.plugins import Plugins
    from wishbone.event import Event
    from wishbone.queue import Overflow, Queue

RESERVED = "_wishbone_test"
"""Prefix of the names of the test's own modules. Bootstrap files cannot use it."""


class TestRouter(Default):
    """Replaces some modules by fakes, and lets a test see the events of queues."""

    __test__ = False

    def __init__(
        self, replaced: Mapping[str, type[Actor]], observed: Collection[str], plugins: Plugins
    ) -> None:
        """Create a router with one module, the observer.

        Args:
            replaced: The classes that replace modules, by module name.
            observed: The queues to see, as `module.queue`, in addition to those of fakes.
            plugins: The plugins to call.
        """
        super().__init__(plugins=plugins)
        self._replaced = replaced
        self._observed = observed
        self.observer = FakeModule(ActorConfig(RESERVED, size=1_000_000))
        self.modules[RESERVED] = self.observer

    def registerModule(
        self,
        module: type[Actor] | str,
        config: ActorConfig | str,
        arguments: Mapping[str, Any] | None = None,
    ) -> Actor:
        """Add a module or its replacement."""
        name = config if isinstance(config, str) else config.name
        if name in self._replaced:
            return super().registerModule(self._replaced[name], config)
        return super().registerModule(module, config, arguments)

    def connectQueue(
        self, source: str, destination: str, size: int | None = None, overflow: Overflow = "block"
    ) -> None:
        """Connect two queues, with a tap between them if the test observes one of them."""
        observed = {source, destination}.intersection(self._observed)
        if not observed or isinstance(self.getModule(destination.partition(".")[0]), FakeModule):
            super().connectQueue(source, destination, size, overflow)
            return
        tap = super().registerModule(Tap, f"{RESERVED}_{len(self.modules)}")
        super().connectQueue(source, f"{tap.name}.inbox", size, overflow)
        super().connectQueue(f"{tap.name}.outbox", destination)

    def observe_unconnected(self) -> None:
        """Connect unconnected outgoing queues to the observer, `logs` included.

        `failed` stays unconnected: what fails there must settle as failed.
        """
        for module in list(self.modules.values()):
            for queue in self._unconnected(module):
                module.connect(queue, self.observer, f"q{len(self.observer.pool.queues)}")

    def received_from(self, queue: Queue) -> list[Event] | None:
        """Return the events of a queue that were not taken yet, or None if the test cannot see them."""
        for end in (queue.destination, queue.source):
            if end is not None and isinstance(end.module, Tap):
                return end.module.received
        end = queue.destination
        if end is None or not isinstance(end.module, FakeModule):
            return None
        return end.module.received_from(end.queue)

    def _unconnected(self, module: Actor) -> list[str]:
        if module is self.observer:
            return []
        observed = {name.partition(".")[2] for name in self._observed if name.startswith(f"{module.name}.")}
        if traits_of(module).dynamic_outputs:
            for name in observed:
                if not module.pool.hasQueue(name):
                    module.pool.createQueue(name)
        own = [] if isinstance(module, FakeModule) else module.pool.listQueues(names=True, default=False)
        wanted = {*observed, *own, "logs"} - {"failed"}
        return [
            name
            for name, queue in module.pool.items()
            if name in wanted and queue.destination is None and queue.source is None and not queue.consumers
        ]
