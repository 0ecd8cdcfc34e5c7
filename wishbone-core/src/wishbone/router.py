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

    It stops by itself when all inputs have finished. A router without inputs runs until it is stopped.
    """

    def __init__(
        self,
        size: int = 100,
        frequency: float = 10,
        plugins: Plugins | None = None,
        registry: Registry | None = None,
    ) -> None:
        """Create a router without modules.

        Args:
            size: The events that fit in each queue of a module that is registered without an `ActorConfig`.
            frequency: Interval of the metrics of such a module, in seconds.
            plugins: The plugins whose hooks it calls; by default all that are installed.
            registry: Resolves names such as `wishbone.flow.funnel`; by default to what is installed.
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
        """Why the pipeline stopped, if a module or a failed plugin stopped it; otherwise empty."""
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
            config: Its configuration, or only its name.
            arguments: The arguments of its `__init__`, by name, converted to its types.

        Returns:
            The module.

        Raises:
            NoSuchModule: No installed module has that name.
            InvalidModule: The class is not a module, or cannot be imported.
            ReservedName: Another module of the router has that name, or the module assigns a name of `Actor`.
            ConfigError: The module's name or an argument is invalid.
            ModuleInitFailure: Its `__init__` raised.
            PluginFailed: A strict plugin failed in `register_template_functions`.
            WishboneError: The router was started already.
        """
        if isinstance(config, str):
            config = ActorConfig(config, self.size, self.frequency)
        if self._lifecycle.started:
            message = f"The router was started already: register the module {config.name!r} before."
            raise WishboneError(message)
        if config.name in self.modules:
            message = f"There is a module {config.name!r} already: give this one another name."
            raise ReservedName(message)
        found = self.registry.load(module) if isinstance(module, str) else module
        if not (inspect.isclass(found) and issubclass(found, Actor)):
            message = f"Module {config.name!r}: {found!r} must be a class derived from wishbone.Actor."
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
            source: The queue through which events leave a module: `module.queue`.
            destination: The queue through which they enter the other module: `module.queue`.
            size: The events that fit in the queue; None keeps the size that the source's module has.
            overflow: What a submit to the full queue does: `block` waits for room, `drop_new` drops the new
                event, `drop_old` the oldest in the queue. Dropped events are counted and settle as failed.

        Raises:
            ConfigError: A name is not of the form `module.queue`, or size or overflow is invalid.
            NoSuchModule: The router has no such module.
            QueueMissing: The module has no such queue, or it is used in the wrong direction.
            QueueConnected: One of the queues is connected already.
        """
        source_module, source_queue = self._split(source)
        destination_module, destination_queue = self._split(destination)
        connect(
            Port(source_module, source_queue), Port(destination_module, destination_queue), size, overflow
        )

    def getModule(self, name: str) -> Actor:
        """Return a module by its name.

        Raises:
            NoSuchModule: The router has no module of that name.
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
        """Start the modules, outputs first, so that no event arrives at a module that does not run yet.

        Raises:
            ModuleInitFailure: A module could not be started. Those started before it are stopped.
            PluginFailed: A strict plugin failed. All modules are stopped.
            WishboneError: The router was started before: a router runs once.
        """
        self._lifecycle.start()

    def stop(self, timeout: float | None = STOP_SECONDS) -> list[Undelivered]:
        """Stop the inputs, let the events in flight reach the outputs, then stop the modules along the graph.

        A second call can only make the deadline earlier. A call from a greenlet of one of the modules, or
        during the start, does not wait for the end. A call before the start does nothing.

        Args:
            timeout: Seconds to wait for events in flight; None waits until all are settled.

        Returns:
            The events that were not delivered; not all of them, if the call does not wait for the end.
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
