"""Conformance of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importlib_metadata import entry_points

from wishbone.discovery.plugins import GROUP, Plugins
from wishbone.discovery.registry import Registry
from wishbone.error import InvalidModule
from wishbone_cli import hookspec
from wishbone_testing.conformance.installation import is_typed, require_marker
from wishbone_testing.conformance.module_under_test import fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

MARK = "wishbone_impl"
"""The attribute that `wishbone.hookimpl` sets on a function."""


class PluginConformance:
    """The tests of every plugin. What its hooks do is for the tests of its package.

    class TestConformance(PluginConformance):
        module = wishbone_plugin_prometheus
    """

    module: ModuleType
    """The Python module that the entry point names."""

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the module under the group of plugins."""
        if not self._offers():
            name = self.module.__name__
            fail(
                f"{name} is not installed: put <name> = '{name}' under [project.entry-points.{GROUP}] of"
                " pyproject.toml, and install the package again."
            )

    def test_implements_hooks_that_are_called(self) -> None:
        """It implements hooks, and each is specified: a misspelt hook would never be called."""
        if not self._hooks():
            fail(f"{self.module.__name__} implements no hook: mark its functions with @wishbone.hookimpl.")
        try:
            Plugins(hookspec, strict=True, registry=Registry(self._offers()))
        except InvalidModule as error:
            fail(f"{self.module.__name__} cannot be loaded: {error}")

    def test_says_what_it_does(self) -> None:
        """The module begins with one line that says what it adds, and so does each hook."""
        if not (self.module.__doc__ or "").strip():
            fail(f"{self.module.__name__} has no docstring: begin it with one line that says what it adds.")
        for hook in self._hooks():
            if not (hook.__doc__ or "").strip():
                fail(f"{hook.__name__} of {self.module.__name__} has no docstring: say what it does.")

    def test_is_typed(self) -> None:
        """Every hook has types, and the package has `py.typed`."""
        untyped = [hook.__name__ for hook in self._hooks() if not is_typed(hook)]
        if untyped:
            name = self.module.__name__
            fail(f"{untyped[0]} of {name} is not typed: annotate its arguments and its result.")
        require_marker(self.module)

    def _offers(self) -> list[Any]:
        found = entry_points(group=GROUP)
        return [offer for offer in found if offer.value == self.module.__name__]

    def _hooks(self) -> list[Callable[..., object]]:
        return [member for member in vars(self.module).values() if hasattr(member, MARK)]
