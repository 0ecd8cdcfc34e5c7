"""Place: where something stands in a file; and the path to it through the file's structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Place(NamedTuple):
    """Where something stands. Lines and columns count from 1; 0 stands for the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Write it as compilers do: `pipeline.yaml:4:7`."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


def join_path(path: Sequence[object]) -> str:
    """Write a path as a person would: `modules.input.arguments.servers[0].port`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
