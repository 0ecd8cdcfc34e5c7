"""Contents that a test takes from elsewhere than its own text: a file, the lines of one, bytes in base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wishbone_cli.bootstrap import Diagnostics, Node

CONTENTS = ("$base64", "$file")
"""What can stand for one value: `{$file: sample.json}` is the file's text, `{$base64: AAE=}` are bytes."""


def read_content(
    kind: str, node: Node, path: Sequence[object], diagnostics: Diagnostics, folder: Path
) -> str | bytes | None:
    """Return what a content stands for.

    Args:
        kind: One of `CONTENTS`.
        node: What stands behind it.
        path: Where.
        diagnostics: Told what is wrong.
        folder: What the path of a file is relative to.
    """
    if kind == "$file":
        return _text(node, path, diagnostics, folder)
    try:
        return base64.b64decode(str(node.value), validate=True)
    except (binascii.Error, ValueError) as error:
        diagnostics.add(node.location, path, f"This is no base64: {error}.")
        return None


def read_lines(node: Node, path: Sequence[object], diagnostics: Diagnostics, folder: Path) -> list[str]:
    """Return the lines of a file, without their ends.

    Args:
        node: The file's name.
        path: Where it stands.
        diagnostics: Told when it cannot be read.
        folder: What it is relative to.
    """
    return (_text(node, path, diagnostics, folder) or "").splitlines()


def _text(node: Node, path: Sequence[object], diagnostics: Diagnostics, folder: Path) -> str | None:
    if not isinstance(node.value, str):
        diagnostics.add(node.location, path, f"Expected the name of a file. Found {node.shown}.")
        return None
    try:
        return (folder / node.value).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        diagnostics.add(node.location, path, f"The file {node.value!r} cannot be read: {reason}.")
        return None
