"""Conformance: the module is installed, under the group of its kind, and typed."""

from __future__ import annotations

import inspect
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wishbone.arguments.convert import parameters
from wishbone.error import InvalidModule
from wishbone.module import BASES
from wishbone_testing.conformance.subject import Subject, refuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Installation(Subject):
    """A bootstrap file finds the class by its name, and a type checker knows what it takes."""

    def test_is_discovered_by_its_entry_point(self) -> None:
        """The distribution offers the class under the group of its kind, and it has the base of it."""
        require_entry_point(self.module, self.group)
        base = BASES[self.kind]
        if not issubclass(self.module, base):
            refuse(f"{self.name} is no {self.kind} module: derive it from {base.__module__}.{base.__name__}.")

    def test_is_typed(self) -> None:
        """Every argument has a type, every method says what it takes and returns, the package says so."""
        require_types(self.module)


def require_entry_point(target: Any, group: str) -> None:
    """Fail unless an installed distribution offers a class under a group."""
    if not names_of(target, group):
        path = f"{target.__module__}:{target.__qualname__}"
        refuse(
            f"{target.__name__} is not installed: put <name> = '{path}' under"
            f" [project.entry-points.'{group}'] of pyproject.toml, and install the package again."
        )


def names_of(target: Any, group: str) -> list[str]:
    """Return the names that installed distributions offer a class by, under a group."""
    package = target.__module__.partition(".")[0]
    own = [offer for offer in entry_points(group=group) if offer.module.partition(".")[0] == package]
    return [offer.name for offer in own if offer.load() is target]


def require_types(target: Any) -> None:
    """Fail unless a class and its package are typed."""
    try:
        parameters(target)
    except InvalidModule as error:
        refuse(f"{target.__name__} is not typed: {error}")
    untyped = [name for name, member in vars(target).items() if not _is_typed_member(member)]
    if untyped:
        refuse(
            f"{target.__name__} is not typed: {', '.join(untyped)} must say the types of what is taken and"
            " returned."
        )
    require_marker(sys.modules[target.__module__.partition(".")[0]])


def require_marker(package: ModuleType) -> None:
    """Fail unless a package tells type checkers that it is typed (PEP 561)."""
    if package.__file__ and not Path(package.__file__).with_name("py.typed").is_file():
        refuse(
            f"{package.__name__} does not say that it is typed: put an empty file 'py.typed' beside its"
            " __init__.py."
        )


def is_typed(function: Callable[..., object], first: int = 0) -> bool:
    """Return whether a function says the types of what it takes and returns.

    Args:
        function: The function.
        first: How many parameters need none, such as `self`.
    """
    signature = inspect.signature(function)
    taken = [parameter.annotation for parameter in list(signature.parameters.values())[first:]]
    return signature.empty not in (*taken, signature.return_annotation)


def _is_typed_member(member: object) -> bool:
    plain: Any = getattr(member, "fget", None) or getattr(member, "__func__", member)
    function = inspect.unwrap(plain)
    if not inspect.isfunction(function):
        return True
    return is_typed(function, first=0 if isinstance(member, staticmethod) else 1)
