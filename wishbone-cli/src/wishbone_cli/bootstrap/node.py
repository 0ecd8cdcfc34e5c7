"""Node: a value of a bootstrap file that knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wishbone_cli.bootstrap.place import Place

LONGEST_SHOWN = 50
"""Characters of a value that a message shows."""


@dataclass(slots=True)
class Node:
    """A value and its place: a dict of nodes, a list of nodes, or a scalar.

    Args:
        value: The value.
        place: Where it begins.
        keys: Where each key stands, if it is a mapping.
        plain: Whether it is a scalar written without quotes, over one line.
        secret: Whether nobody may see it.
        broken: Whether a mistake was found in it, so that its value means nothing.
        source: What was written, if the value came from elsewhere.
        other: What the value is, too, if nobody said which: a variable holds `5`, a number and a text.
    """

    value: Any
    place: Place
    keys: dict[Any, Place] = field(default_factory=dict)
    plain: bool = False
    secret: bool = False
    broken: bool = False
    source: str = ""
    other: Any = None

    def reread(self) -> bool:
        """Take the other value, if there is one and it was not taken before.

        Returns:
            Whether the value is another one now.
        """
        other, self.other = self.other, None
        if other is None or other == self.value:
            return False
        self.value = other
        return True

    def unmarked(self) -> Any:
        """Return the value as plain dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.unmarked() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.unmarked() for node in self.value]
        return self.value

    def get(self, key: str) -> Node | None:
        """Return what stands under a key of a mapping, if something does."""
        found: Node | None = self.value.get(key)
        return found

    def follow(self, path: Sequence[object]) -> Node:
        """Return the node that a path leads to, or the last one on it that exists."""
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
        """What a message says was found."""
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
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
