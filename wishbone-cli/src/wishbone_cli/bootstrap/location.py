"""SourceLocation: a position in a file; and the path of a value in the file's structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class SourceLocation(NamedTuple):
    """A position in a file. Lines and columns count from 1; line 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Write it as compilers do: `pipeline.yaml:4:7`."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def join_path(path: Sequence[object]) -> str:
    """Write a path as text: `modules.input.arguments.servers[0].port`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
