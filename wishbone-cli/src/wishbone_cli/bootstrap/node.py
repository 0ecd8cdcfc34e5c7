"""Node: a value of a bootstrap file, with its location."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap.location import SourceLocation

MAX_SHOWN = 50
"""How many characters of a value a message shows."""


@dataclass(slots=True)
class Node:
    """A value and its location: a dict of nodes, a list of nodes, or a scalar.

    Args:
        value: The value.
        location: Where it begins.
        keys: The location of each key, if it is a mapping.
        plain: Whether it is a scalar written without quotes, on one line.
        secret: Whether messages must not show it.
        invalid: Whether an error in it was reported, so that its value means nothing.
        source: What was written, if the value came from elsewhere, such as a variable.
        alternative: The other way to read it: a variable that holds `5` is a number or a text.
    """

    value: Any
    location: SourceLocation
    keys: dict[Any, SourceLocation] = field(default_factory=dict)
    plain: bool = False
    secret: bool = False
    invalid: bool = False
    source: str = ""
    alternative: Any = None

    def reinterpret(self) -> bool:
        """Switch to the alternative, at most once; return whether the value has changed."""
        alternative, self.alternative = self.alternative, None
        if alternative is None or alternative == self.value:
            return False
        self.value = alternative
        return True

    def plain_value(self) -> Any:
        """Return the value as plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain_value() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain_value() for node in self.value]
        return self.value

    def get(self, key: str) -> Node | None:
        """Return the value of a key of a mapping, if the mapping has it."""
        found: Node | None = self.value.get(key)
        return found

    def follow(self, path: Sequence[object]) -> Node:
        """Return the node at the end of a path, or the last one on the path that exists."""
        node = self
        for step in path:
            node = node._step(step) or node
        return node

    def _step(self, step: object) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            found: Node = self.value[step]
            return found
        return None

    @property
    def shown(self) -> str:
        """How a message describes the value."""
        if self.secret:
            return "a secret"
        if self.source:
            return _shorten(self.source)
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        return _shorten(repr(self.value))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
