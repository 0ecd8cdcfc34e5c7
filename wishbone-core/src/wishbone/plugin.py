"""Plugins: the installed plugins and their hooks, none of which can take the router down."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import pluggy

from wishbone import hookspec
from wishbone.error import InvalidModule
from wishbone.failure import describe
from wishbone.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

GROUP = "wishbone"
"""The entry-point group that plugins are offered under."""


class Plugins:
    """Calls hooks, each plugin on its own, and reports the ones that fail."""

    def __init__(
        self,
        *specifications: ModuleType,
        strict: bool = False,
        registry: Registry | None = None,
        report: Callable[[str], object] | None = None,
    ) -> None:
        """Load every installed plugin.

        Args:
            *specifications: Modules with further hook specifications, beside the core's.
            strict: Whether a plugin that cannot be loaded, or that raises, is fatal.
            registry: Where plugins are found; the installed distributions, if it is not given.
            report: Told a sentence about each plugin that fails; a Python warning, if it is not given.

        Raises:
            InvalidModule: A plugin cannot be loaded, and `strict` is true.
        """
        self.strict = strict
        self.report = report or _warn
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspec)
        for specification in specifications:
            self._manager.add_hookspecs(specification)
        registry = registry or Registry.installed()
        for name in dict.fromkeys(offer.name for offer in registry.offers(GROUP)):
            self._load(name, partial(_load_offered, registry, name))

    @property
    def names(self) -> list[str]:
        """The names of the plugins that were loaded."""
        return [name for name, _ in self._manager.list_name_plugin()]

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin that is not installed: an object or module with hooks.

        Raises:
            InvalidModule: It implements a hook that nobody calls, or its name is taken, and `strict` is true.
        """
        self._load(name, lambda: plugin)

    def call(self, hook: str, **arguments: Any) -> list[Any]:
        """Call a hook in every plugin.

        Args:
            hook: The name of the hook.
            **arguments: What its specification says.

        Returns:
            What the plugins returned, without None.
        """
        results = []
        for implementation in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            try:
                wanted = [arguments[name] for name in implementation.argnames]
                result = implementation.function(*wanted)
            except (Exception, SystemExit) as error:
                if self.strict:
                    raise
                self.report(f"The plugin {implementation.plugin_name!r} failed in {hook}: {describe(error)}")
            else:
                if result is not None:
                    results.append(result)
        return results

    def _load(self, name: str, load: Callable[[], object]) -> None:
        try:
            self._register(name, load())
        except Exception as error:
            message = f"The plugin {name!r} cannot be used: {describe(error)}"
            if self.strict:
                raise InvalidModule(message) from error
            self.report(message)

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except pluggy.PluginValidationError:
            self._manager.unregister(name=name)
            raise


def _load_offered(registry: Registry, name: str) -> object:
    return registry.find(f"{GROUP}.{name}").load()


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)
