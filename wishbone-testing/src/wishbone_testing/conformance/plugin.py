"""Conformance of plugins, which act without being named in a bootstrap file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from importlib_metadata import entry_points

from wishbone.discovery.plugins import GROUP, Plugins
from wishbone.discovery.registry import Registry
from wishbone.error import InvalidModule
from wishbone_cli import hookspec
from wishbone_testing.conformance.installation import is_typed, require_marker
from wishbone_testing.conformance.subject import refuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

MARK = "wishbone_impl"
"""What `wishbone.hookimpl` notes at a function."""


class PluginConformance:
    """What every plugin must pass.

        class TestConformance(PluginConformance):
            module = wishbone_plugin_prometheus

    What its hooks do is for the package's own tests.
    """

    module: ClassVar[ModuleType]
    """The module that the entry point names."""

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the module under the group of plugins."""
        if not self._offers():
            name = self.module.__name__
            refuse(
                f"{name} is not installed: put <name> = '{name}' under [project.entry-points.{GROUP}] of"
                " pyproject.toml, and install the package again."
            )

    def test_implements_hooks_that_are_called(self) -> None:
        """It has hooks, all of which somebody specifies: a misspelt one would never be called."""
        if not self._hooks():
            refuse(f"{self.module.__name__} implements no hook: mark its functions with @wishbone.hookimpl.")
        try:
            Plugins(hookspec, strict=True, registry=Registry(self._offers()))
        except InvalidModule as error:
            refuse(f"{self.module.__name__} cannot be loaded: {error}")

    def test_says_what_it_does(self) -> None:
        """The module begins with one line that says what it adds, and so does each hook."""
        if not (self.module.__doc__ or "").strip():
            refuse(f"{self.module.__name__} has no docstring: begin it with one line that says what it adds.")
        for hook in self._hooks():
            if not (hook.__doc__ or "").strip():
                refuse(f"{hook.__name__} of {self.module.__name__} has no docstring: say what it does there.")

    def test_is_typed(self) -> None:
        """Every hook says what it takes and returns, and the package says that it is typed."""
        untyped = [hook.__name__ for hook in self._hooks() if not is_typed(hook)]
        if untyped:
            refuse(
                f"{untyped[0]} of {self.module.__name__} is not typed: say the types of what is taken and"
                " returned."
            )
        require_marker(self.module)

    def _offers(self) -> list[Any]:
        found = entry_points(group=GROUP)
        return [offer for offer in found if offer.value == self.module.__name__]

    def _hooks(self) -> list[Callable[..., object]]:
        return [member for member in vars(self.module).values() if hasattr(member, MARK)]
