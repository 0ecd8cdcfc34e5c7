"""Default: the router, which builds modules, connects their queues, starts them and stops them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wishbone._engine.graph import reachable
from wishbone._engine.lifecycle import Lifecycle, children_of
from wishbone._engine.process import STOP_SECONDS, process_of
from wishbone._engine.wiring import Port, connect
from wishbone.actor import Actor, ActorConfig, Undelivered
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
    ReservedName,
    WishboneError,
)
from wishbone.queue import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
        self._functions: dict[str, Callable[..., object]] | None = None
        self._lifecycle = Lifecycle(self)

    @property
    def undelivered(self) -> list[Undelivered]:
        """The events that modules had not finished when they were stopped."""
        return self._lifecycle.undelivered

    @property
    def reason(self) -> str:
        """Why the pipeline stopped by itself, if a module or a plugin asked for it; otherwise empty."""
        return self._lifecycle.reason

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
            ReservedName: Another module of the router has that name, or the module assigns a name of `Actor`.
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
        process = process_of(actor)
        process.check_names()
        process.plugins = self.plugins
        process.stop_pipeline = self._lifecycle.stop_because
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
        return reachable(children_of(self.modules), module)

    def start(self) -> None:
        """Start the modules, outputs first, so that every event finds its way out.

        Raises:
            ModuleInitFailure: A module could not be started. Those started before it are stopped.
            PluginFailed: A strict plugin failed. All modules are stopped.
            WishboneError: The router was started before: a router runs once.
        """
        self._lifecycle.start()

    def stop(self, timeout: float | None = STOP_SECONDS) -> list[Undelivered]:
        """Stop the inputs, let the events in flight reach their end, then stop the modules along the graph.

        A call while the router already stops can only bring the deadline nearer. A call from a greenlet of
        one of the modules, or during the start, does not wait for the end. A call before the start does
        nothing.

        Args:
            timeout: Seconds to wait for events in flight; None waits until all are done.

        Returns:
            The events that were not delivered, as far as known.
        """
        return self._lifecycle.stop(timeout)

    def block(self) -> None:
        """Wait until the router has stopped."""
        self._lifecycle.block()

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
