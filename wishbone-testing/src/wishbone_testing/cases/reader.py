"""Reader: what the readers of cases, events and patterns share."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from wishbone.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wishbone_cli.bootstrap import Diagnostics, Node

    KeyPath = Sequence[object]

CONTENTS = ("$base64", "$file")
"""What may replace a value: `{$file: sample.json}` is the text of a file, `{$base64: AAE=}` are bytes."""


class Reader:
    """Reads nodes of a file, and reports mistakes with their location."""

    def __init__(self, node: Node, diagnostics: Diagnostics) -> None:
        """Read nodes of the file that a node is from. Paths in it are relative to its folder."""
        self.diagnostics = diagnostics
        self.folder = Path(node.location.file).parent

    def expected(self, what: str, node: Node, path: KeyPath) -> None:
        """Report a node that is not what it should be."""
        if not node.invalid:
            self.diagnostics.add(node.location, path, f"Expected {what}. Found {node.shown}.")

    def is_of(self, kind: type, node: Node, path: KeyPath, what: str) -> bool:
        """Return whether a node has a value of a type, and report it otherwise."""
        found = isinstance(node.value, kind)
        if not found:
            self.expected(what, node, path)
        return found

    def check_keys(self, node: Node, path: KeyPath, known: Iterable[str], what: str) -> None:
        """Report the unknown keys of a mapping."""
        for key in node.value:
            if key not in known:
                message = f"{what} has no {key!r}. {did_you_mean(str(key), known)}"
                self.diagnostics.add(node.keys[key], [*path, key], message)

    def content(self, kind: str, node: Node, path: KeyPath) -> str | bytes | None:
        """Return the content that `$base64` or `$file` refers to."""
        if kind == "$file":
            return self.text(node, path)
        try:
            return base64.b64decode(str(node.value), validate=True)
        except (binascii.Error, ValueError) as error:
            self.diagnostics.add(node.location, path, f"Not valid base64: {error}.")
            return None

    def lines(self, node: Node, path: KeyPath) -> list[str]:
        """Return the lines of the file that `$lines` names, without line ends."""
        return (self.text(node, path) or "").splitlines()

    def text(self, node: Node, path: KeyPath) -> str | None:
        """Return the text of the file that a node names."""
        if not self.is_of(str, node, path, "the name of a file"):
            return None
        try:
            return Path(self.folder, node.value).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.diagnostics.add(node.location, path, f"Cannot read the file {node.value!r}: {reason}.")
            return None
