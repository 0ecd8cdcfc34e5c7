"""Default: the router, which builds modules, connects their queues, starts them and stops them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event as Flag

from wishbone import clock
from wishbone._engine.graph import ordered_components, reachable
from wishbone._engine.stall_monitor import StallMonitor
from wishbone._engine.wiring import Port, connect
from wishbone.actor import POLL_SECONDS, STOP_SECONDS, Actor, ActorConfig, Undelivered
from wishbone.arguments.convert import ArgumentError, convert_arguments
from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import did_you_mean
from wishbone.discovery.plugins import Plugins
from wishbone.discovery.registry import Registry
from wishbone.error import (
    ConfigError,
    InvalidModule,
    ModuleInitFailure,
    NoSuchModule,
    PluginFailed,
    ReservedName,
    WishboneError,
)
from wishbone.module import InputModule
from wishbone.queue import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gevent import Greenlet
    from greenlet import greenlet


class Default:
    """Holds modules and the routes between them, and runs them as one pipeline.

    It stops by itself when every input has finished; a router without inputs runs until stopped.
    """

    def __init__(
        self,
        size: int = 100,
        frequency: float = 10,
        plugins: Plugins | None = None,
        registry: Registry | None = None,
    ) -> None:
        """Make a router without modules.

        Args:
            size: How many events a queue holds, for modules registered by a name alone.
            frequency: Seconds between two rounds of metrics, for the same.
            plugins: The plugins to tell; those installed, if it is not given.
            registry: Where names such as `wishbone.flow.funnel` are found; what is installed, if not given.
        """
        self.size = size
        self.frequency = frequency
        self.registry = registry or Registry.installed()
        self.plugins = plugins or Plugins(registry=self.registry)
        self.modules: dict[str, Actor] = {}
        self.left: list[Undelivered] = []
        self.reason = ""
        self._functions: dict[str, Callable[..., object]] | None = None
        self._stopped = Flag()
        self._stopped.set()
        self._stopper: Greenlet[..., Any] | None = None
        self._starter: greenlet | None = None
        self._started = Flag()
        self._watcher: Greenlet[..., Any] | None = None
        self._blocking = StallMonitor(self.modules)
        self._deadline = 0.0

    def registerModule(
        self,
        module: type[Actor] | str,
        config: ActorConfig | str,
        arguments: Mapping[str, Any] | None = None,
    ) -> Actor:
        """Build a module and add it.

        Args:
            module: Its class, or a name such as `wishbone.flow.funnel`.
            config: Its configuration, or just its name.
            arguments: What its `__init__` takes, by name; checked against the types there.

        Returns:
            The module.

        Raises:
            NoSuchModule: Nothing installed has that name.
            InvalidModule: What has the name is no module.
            ReservedName: Another module of the router has that name.
            ConfigError: The name cannot be one, or an argument is wrong.
            ModuleInitFailure: Its `__init__` raised.
            PluginFailed: A strict plugin failed to say which functions templates may call.
        """
        if isinstance(config, str):
            config = ActorConfig(config, self.size, self.frequency)
        if config.name in self.modules:
            message = f"There is a module {config.name!r} already: give this one another name."
            raise ReservedName(message)
        found = self.registry.load(module) if isinstance(module, str) else module
        if not (inspect.isclass(found) and issubclass(found, Actor)):
            message = f"Module {config.name!r}: {found!r} is no class derived from wishbone.Actor."
            raise InvalidModule(message)
        converted, problems = convert_arguments(found, arguments or {}, self._template_functions())
        if problems:
            raise ArgumentError(config.name, problems)
        try:
            actor = found(config, **converted)
        except WishboneError:
            raise
        except Exception as error:
            message = f"Module {config.name!r} cannot be built: {describe(error)}"
            raise ModuleInitFailure(message) from error
        actor.plugins = self.plugins
        actor.stop_pipeline = self._stop_because
        self.modules[config.name] = actor
        return actor

    def connectQueue(
        self, source: str, destination: str, size: int | None = None, overflow: Overflow = "block"
    ) -> None:
        """Connect two queues.

        Args:
            source: The queue that events leave by: `module.queue`.
            destination: The queue that they arrive in: `module.queue`.
            size: How many events the queue holds; as many as the source's module says, if it is not given.
            overflow: What it does when it is full: `block` lets who submits wait, `drop_new` drops what
                comes, `drop_old` what has waited longest. What is dropped is counted, and settles as failed.

        Raises:
            ConfigError: One of the two is not of that form, or size or overflow make no sense.
            NoSuchModule: There is no such module.
            QueueMissing: The module has no such queue.
            QueueConnected: A queue has its one connection already.
        """
        source_module, source_queue = self._split(source)
        destination_module, destination_queue = self._split(destination)
        connect(
            Port(source_module, source_queue), Port(destination_module, destination_queue), size, overflow
        )

    def getModule(self, name: str) -> Actor:
        """Return a module by its name.

        Raises:
            NoSuchModule: There is none of that name.
        """
        try:
            return self.modules[name]
        except KeyError:
            message = f"There is no module {name!r}. {did_you_mean(name, self.modules)}"
            raise NoSuchModule(message) from None

    def getChildren(self, module: str) -> list[str]:
        """Return the names of the modules that events of a module can reach, the nearest first."""
        self.getModule(module)
        return reachable(self._children(), module)

    def start(self) -> None:
        """Start the modules, outputs first, so that nothing is brought in before it can be taken out.

        Raises:
            ModuleInitFailure: A module could not be started; those started before it are stopped.
            PluginFailed: A strict plugin failed; all modules are stopped.
            WishboneError: The router was started before: a router runs once.
        """
        if self._starter is not None:
            message = "The router was started before, and runs once: build another one to run again."
            raise WishboneError(message)
        self._starter = gevent.getcurrent()
        self._stopped.clear()
        try:
            self._start_modules()
        except BaseException:
            self._started.set()
            self.stop(timeout=0)
            raise
        self._started.set()

    def stop(self, timeout: float | None = STOP_SECONDS) -> list[Undelivered]:
        """Stop the inputs, let what is in flight flow to its end, then stop the modules along the graph.

        Called while it already stops, it can only bring the deadline nearer. Called by a greenlet of one
        of the modules, or while it starts, it does not wait for the end: that would be for itself.
        Called before the start, it does nothing.

        Args:
            timeout: Seconds to wait for what is in flight; None waits as long as it takes.

        Returns:
            What was left behind, as far as it is known.
        """
        if self._starter is None:
            return []
        deadline = float("inf") if timeout is None else clock.monotonic() + timeout
        if self._stopper is None:
            self._deadline = deadline
            self._stopper = gevent.spawn(self._stop)
        self._deadline = min(self._deadline, deadline)
        if not self._called_from_within():
            self._stopped.wait()
        return self.left

    def block(self) -> None:
        """Wait until the router has stopped."""
        self._stopped.wait()

    def _start_modules(self) -> None:
        self._blocking.start()
        for names in reversed(ordered_components(self._children())):
            for name in names:
                self.modules[name].start()
                if self._stopper is not None:
                    return
        self.plugins.call("on_router_start", router=self)
        inputs = [module for module in self.modules.values() if isinstance(module, InputModule)]
        if inputs:
            self._watcher = gevent.spawn(self._stop_after, inputs)

    def _called_from_within(self) -> bool:
        current = gevent.getcurrent()
        starts = current is self._starter and not self._started.is_set()
        return starts or getattr(current, "actor", None) in self.modules.values()

    def _stop(self) -> None:
        try:
            self._stop_modules()
            self.plugins.call("on_router_stop", router=self)
        except PluginFailed as error:
            self.reason = str(error)
        finally:
            self._blocking.stop()
            self._stopped.set()
            if self._watcher is not None:
                self._watcher.kill(block=False)

    def _stop_modules(self) -> None:
        while not self._started.is_set() and clock.monotonic() < self._deadline:
            gevent.sleep(POLL_SECONDS)
        for module in self.modules.values():
            # Whoever is still in its preHook past the deadline closes itself when that returns.
            if module.stopped or isinstance(module, InputModule):
                module.request_stop()
        for names in ordered_components(self._children()):
            modules = [self.modules[name] for name in names if not self.modules[name].stopped]
            self._wait_until_drained(modules)
            for module in modules:
                module.request_stop()
            self._wait_until_idle(modules)
            for module in modules:
                self._close(module)

    def _close(self, module: Actor) -> None:
        try:
            self.left.extend(module.close())
        except Exception as error:  # noqa: BLE001 - a module that extends `close` must not keep others from it
            module.logging.critical(f"Closing failed: {describe(error)}")

    def _wait_until_drained(self, modules: list[Actor]) -> None:
        while clock.monotonic() < self._deadline and not all(module.drained for module in modules):
            gevent.sleep(POLL_SECONDS)

    def _wait_until_idle(self, modules: list[Actor]) -> None:
        """Wait for background functions to hand on what they keep, and for that to be consumed.

        A background function that neither ends nor moves anything is not waited for without end,
        even where there is no deadline.
        """
        moved = -1
        patience = 0.0
        while clock.monotonic() < self._deadline and not all(module.idle for module in modules):
            activity = sum(module.activity for module in modules)
            if activity != moved:
                moved, patience = activity, clock.monotonic() + STOP_SECONDS
            elif clock.monotonic() > patience and all(module.drained for module in modules):
                return
            gevent.sleep(POLL_SECONDS)

    def _stop_after(self, inputs: list[InputModule]) -> None:
        """Stop when every input has finished, and take the time that what is in flight needs."""
        for module in inputs:
            module.finished.wait()
        self.stop(timeout=None)

    def _stop_because(self, reason: str) -> None:
        """Stop without waiting for it: the module that asks is one of those to be stopped."""
        self.reason = reason
        gevent.spawn(self.stop)

    def _children(self) -> dict[str, list[str]]:
        """Return for each module the modules that its queues lead to."""
        return {
            name: [
                queue.destination.module.name
                for queue in module.pool.listQueues()
                if queue.destination is not None
                and queue.destination.module.name in self.modules
                and queue.source is not None
                and queue.source.module is module
            ]
            for name, module in self.modules.items()
        }

    def _split(self, end: str) -> tuple[Actor, str]:
        module, dot, queue = end.partition(".")
        if not dot or not module or not queue or "." in queue:
            message = f"{end!r} names no queue: write 'module.queue', such as 'input.outbox'."
            raise ConfigError(message)
        return self.getModule(module), queue

    def _template_functions(self) -> dict[str, Callable[..., object]]:
        if self._functions is None:
            self._functions = self.plugins.collect("register_template_functions")
        return self._functions
