"""Conformance: the class is installed under the group of its kind, and typed."""

from __future__ import annotations

import inspect
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wishbone.actor import Actor
from wishbone.arguments.convert import parameters
from wishbone.error import InvalidModule
from wishbone.module import BASES
from wishbone_testing.conformance.module_under_test import ModuleUnderTest, fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

HOOKS = {"preHook", "postHook"}
"""The methods of `Actor` that a module may override."""


class Installation(ModuleUnderTest):
    """Bootstrap files find the class by its name, and type checkers know its arguments."""

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the class under the group of its kind, and it has the base class of it."""
        require_entry_point(self.module, self.group)
        base = BASES[self.kind]
        if not issubclass(self.module, base):
            fail(f"{self.name} is not an {base.__name__}: derive it from {base.__module__}.{base.__name__}.")

    def test_is_typed(self) -> None:
        """Every argument and every method has types, and the package has `py.typed`."""
        require_types(self.module)

    def test_overrides_no_public_name_of_actor(self) -> None:
        """The engine and other modules rely on the public names of `Actor`, except for the hooks."""
        public = {name for name in dir(Actor) if not name.startswith("_")} - HOOKS
        for name in sorted(public):
            found, own = getattr(self.module, name), getattr(Actor, name)
            # The engine gives each class a copy of Actor.submit.
            if found is not own and getattr(found, "__module__", "") != Actor.__module__:
                fail(
                    f"{self.name} overrides {name!r} of Actor: choose another name. Only preHook and postHook"
                    " may be overridden."
                )


def require_entry_point(target: Any, group: str) -> None:
    """Fail unless an installed distribution offers a class under a group."""
    if not names_of(target, group):
        path = f"{target.__module__}:{target.__qualname__}"
        fail(
            f"{target.__name__} is not installed: put <name> = '{path}' under"
            f" [project.entry-points.'{group}'] of pyproject.toml, and install the package again."
        )


def names_of(target: Any, group: str) -> list[str]:
    """Return the names under which installed distributions offer a class in a group."""
    package = target.__module__.partition(".")[0]
    own = [offer for offer in entry_points(group=group) if offer.module.partition(".")[0] == package]
    return [offer.name for offer in own if offer.load() is target]


def require_types(target: Any) -> None:
    """Fail unless a class and its package are typed."""
    untyped = untyped_parameters(target.__init__)
    try:
        names = [parameter.name for parameter in parameters(target) if parameter.name in untyped]
    except InvalidModule as error:
        fail(f"{target.__name__} is not typed: {error}")
    if names:
        fail(f"{target.__name__} is not typed: __init__ must say the type of {', '.join(names)}.")
    members = [name for name, member in vars(target).items() if not _is_typed_member(member)]
    if members:
        fail(f"{target.__name__} is not typed: annotate all arguments and the result of {members[0]}.")
    require_marker(sys.modules[target.__module__.partition(".")[0]])


def require_marker(package: ModuleType) -> None:
    """Fail unless a package tells type checkers that it is typed (PEP 561)."""
    if package.__file__ and not Path(package.__file__).with_name("py.typed").is_file():
        fail(f"{package.__name__} lacks the marker of typed packages: add an empty file 'py.typed'.")


def is_typed(function: Callable[..., object], first: int = 0) -> bool:
    """Return whether a function has types for its result and its parameters, from the `first` on."""
    signature = inspect.signature(function)
    typed = not {*list(signature.parameters)[first:]}.intersection(untyped_parameters(function))
    return typed and signature.return_annotation is not signature.empty


def untyped_parameters(function: Callable[..., object]) -> set[str]:
    """Return the names of a function's parameters without types."""
    found = inspect.signature(function).parameters.values()
    return {parameter.name for parameter in found if parameter.annotation is parameter.empty}


def _is_typed_member(member: object) -> bool:
    plain: Any = getattr(member, "fget", None) or getattr(member, "__func__", member)
    function = inspect.unwrap(plain)
    if not inspect.isfunction(function):
        return True
    return is_typed(function, first=0 if isinstance(member, staticmethod) else 1)
