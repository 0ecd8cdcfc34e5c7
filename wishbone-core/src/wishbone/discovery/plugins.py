"""Plugins: loads the installed plugins and calls their hooks, so that no plugin can stop the router."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pluggy

from wishbone import hookspec
from wishbone.diagnostics.describe import describe
from wishbone.discovery.registry import Registry
from wishbone.error import InvalidModule, PluginFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


GROUP = "wishbone"
"""The entry-point group of plugins."""

OPTIONAL = (
    ". If another program calls the hook, such as the command line, mark it with"
    " @hookimpl(optionalhook=True)."
)
"""The hint at the end of an error about an unknown hook."""


class Plugins:
    """Calls the hooks of each plugin separately, and reports plugins that fail.

    Attributes:
        strict: Whether a plugin that fails is fatal.
        failure: With `strict`, the error of the first plugin that failed in a hook; else None.
        report: Called with a sentence about each plugin that fails.
    """

    def __init__(
        self,
        *specifications: ModuleType,
        strict: bool = False,
        registry: Registry | None = None,
        report: Callable[[str], object] | None = None,
    ) -> None:
        """Load every installed plugin.

        Args:
            *specifications: Python modules with hook specifications, besides those of the core.
            strict: Whether a plugin that cannot be loaded, or that raises, is fatal.
            registry: Finds the plugins; by default, in the installed distributions.
            report: Called with a sentence about each plugin that fails; by default, a Python warning.

        Raises:
            InvalidModule: A plugin cannot be loaded, and `strict` is true.
        """
        self.strict = strict
        self.failure: PluginFailed | None = None
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
        """Add a plugin that is not installed.

        Args:
            plugin: An object or a Python module with hooks.
            name: Its name in messages.

        Raises:
            InvalidModule: It implements an unknown hook, or its name is taken; and `strict` is true.
        """
        self._load(name, lambda: plugin)

    def call(self, hook: str, **arguments: Any) -> list[Any]:
        """Call a hook in every plugin.

        Args:
            hook: The name of the hook.
            **arguments: The arguments in the hook's specification.

        Returns:
            The results of the plugins, without None.

        Raises:
            PluginFailed: A plugin raised, and `strict` is true; `failure` keeps the first.
        """
        results = [self._call_one(hook, implementation, arguments) for implementation in self._find(hook)]
        return [result for result in results if result is not None]

    def collect(self, hook: str) -> dict[str, Callable[..., object]]:
        """Call a hook that returns functions by name in every plugin, and merge the results.

        Args:
            hook: The name of the hook.

        Returns:
            The functions of all plugins. A plugin that returns anything else has failed.

        Raises:
            PluginFailed: See `call`.
        """
        found: dict[str, Callable[..., object]] = {}
        for implementation in self._find(hook):
            found.update(self._call_one(hook, implementation, {}, _as_functions) or {})
        return found

    def _find(self, hook: str) -> list[pluggy.HookImpl]:
        """Return the implementations of a hook, in the order in which pluggy calls them."""
        return getattr(self._manager.hook, hook).get_hookimpls()[::-1]  # type: ignore[no-any-return]

    def _call_one(
        self,
        hook: str,
        implementation: pluggy.HookImpl,
        arguments: dict[str, Any],
        check: Callable[[Any], Any] | None = None,
    ) -> Any:
        try:
            result = implementation.function(*[arguments[name] for name in implementation.argnames])
            return check(result) if check is not None and result is not None else result
        except (Exception, SystemExit) as error:
            where = f"The plugin {implementation.plugin_name!r} failed in {hook}"
            if self.strict:
                failure = PluginFailed(f"{where}, which is fatal (strict): {describe(error)}")
                self.failure = self.failure or failure
                raise failure from error
            self.report(f"{where}: {describe(error)}")
            return None

    def _load(self, name: str, load: Callable[[], object]) -> None:
        try:
            self._register(name, load())
        except Exception as error:
            hint = OPTIONAL if "unknown hook" in str(error) else ""
            message = f"The plugin {name!r} cannot be used: {describe(error)}{hint}"
            if self.strict:
                raise InvalidModule(message) from error
            self.report(message)

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
            self._refuse_wrappers(plugin)
        except pluggy.PluginValidationError:
            self._manager.unregister(name=name)
            raise

    def _refuse_wrappers(self, plugin: object) -> None:
        for caller in self._manager.get_hookcallers(plugin) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is plugin and (implementation.wrapper or implementation.hookwrapper):
                    message = (
                        f"{caller.name} is a wrapper, but wishbone calls each plugin separately: mark it with"
                        " @hookimpl alone."
                    )
                    raise pluggy.PluginValidationError(plugin, message)


def _as_functions(result: object) -> Mapping[str, Callable[..., object]]:
    """Check that a result is a mapping of names to functions."""
    if not isinstance(result, Mapping):
        message = f"It must return a mapping of names to functions, not {type(result).__name__}."
        raise InvalidModule(message)
    for name, function in result.items():
        if not isinstance(name, str) or not callable(function):
            message = f"It must return a mapping of names to functions, not of {name!r} to {function!r}."
            raise InvalidModule(message)
    return result


def _load_offered(registry: Registry, name: str) -> object:
    return registry.find(f"{GROUP}.{name}").load()


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)
