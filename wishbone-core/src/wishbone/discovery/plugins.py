"""Plugins: the installed plugins and their hooks, none of which can take the router down."""

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
"""The entry-point group that plugins are offered under."""

OPTIONAL = (
    ". If another program calls the hook, such as the command line, mark it with"
    " @hookimpl(optionalhook=True)."
)
"""What to do about a hook that is unknown here."""


class Plugins:
    """Calls hooks, each plugin on its own, and reports the ones that fail.

    Where they are strict, `failure` is what the first of them raised in a hook.
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
            *specifications: Modules with further hook specifications, beside the core's.
            strict: Whether a plugin that cannot be loaded, or that raises, is fatal.
            registry: Where plugins are found; the installed distributions, if it is not given.
            report: Told a sentence about each plugin that fails; a Python warning, if it is not given.

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

        Raises:
            PluginFailed: A plugin raised, and `strict` is true; `failure` keeps the first.
        """
        results = [self._call_one(hook, implementation, arguments) for implementation in self._find(hook)]
        return [result for result in results if result is not None]

    def collect(self, hook: str) -> dict[str, Callable[..., object]]:
        """Call a hook that returns functions by name in every plugin, and put these together.

        What a plugin returns that is something else is an error of the plugin.

        Args:
            hook: The name of the hook.

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
                        f"{caller.name} is a wrapper, but each plugin is called on its own, and none around"
                        " others: mark it with @hookimpl alone."
                    )
                    raise pluggy.PluginValidationError(plugin, message)


def _as_functions(result: object) -> Mapping[str, Callable[..., object]]:
    """Refuse what is no mapping of names to functions."""
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
