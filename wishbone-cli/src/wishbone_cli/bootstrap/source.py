"""Finds the files that a configuration consists of, and reads their texts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.place import Place

if TYPE_CHECKING:
    from pathlib import Path

    from wishbone_cli.bootstrap.mistake import Mistakes

LARGEST_FILE = 10_000_000
"""Bytes that a bootstrap file may have."""

SUFFIXES = (".yaml", ".yml", ".json", ".toml")
"""What the names of files end in that are read from a folder."""


def list_files(path: Path, mistakes: Mistakes, place: Place | None = None) -> list[Path]:
    """Return the file, or the files of a folder, ordered by name.

    Args:
        path: A file or a folder.
        mistakes: Told about what is not there.
        place: Where the path was written, if it was in a file.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.iterdir()
        if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith(".")
    )
    if not files:
        wanted = ", ".join(SUFFIXES)
        message = f"The folder {_shown(path)!r} has no bootstrap file: their names end in {wanted}."
        mistakes.add(place or Place(_shown(path)), (), message)
    return files


def read_text(path: Path, mistakes: Mistakes, place: Place | None = None) -> str | None:
    """Return the text of a file, or None when that is a mistake.

    Args:
        path: The file.
        mistakes: Told why it cannot be read.
        place: Where the path was written, if it was in a file.
    """
    file = _shown(path)
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        mistakes.add(place or Place(file), (), f"The file {file!r} cannot be read: {reason}.")
        return None
    if len(content) > LARGEST_FILE:
        mistakes.add(Place(file), (), f"The file is larger than {LARGEST_FILE} bytes: split it.")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"The byte 0x{content[error.start]:02x} is no UTF-8: save the file in that encoding."
        mistakes.add(Place(file, line, column), (), message)
        return None


def _shown(path: Path) -> str:
    return os.fspath(path)
