"""Lists and reads the files of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone_cli.bootstrap.location import SourceLocation

if TYPE_CHECKING:
    from pathlib import Path

    from wishbone_cli.bootstrap.diagnostic import Diagnostics

MAX_FILE_BYTES = 10_000_000

SUFFIXES = (".yaml", ".yml", ".json", ".toml")
"""The suffixes of the files that are read from a folder."""


def list_files(path: Path, diagnostics: Diagnostics, location: SourceLocation | None = None) -> list[Path]:
    """Return the file itself, or the files of a folder ordered by name.

    Args:
        path: A file or a folder.
        diagnostics: Gets an error if the folder has no bootstrap file.
        location: Where the path is written, if it is included by a file.
    """
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.iterdir()
        if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith(".")
    )
    if not files:
        suffixes = ", ".join(SUFFIXES)
        message = f"The folder {str(path)!r} has no file whose name ends in {suffixes}: name another one."
        diagnostics.add(location or SourceLocation(str(path)), (), message)
    return files


def read_text(path: Path, diagnostics: Diagnostics, location: SourceLocation | None = None) -> str | None:
    """Return the text of a file, or None after reporting why it cannot be read.

    Args:
        path: The file.
        diagnostics: Gets the errors.
        location: Where the path is written, if it is included by a file.
    """
    file = str(path)
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        diagnostics.add(location or SourceLocation(file), (), f"The file {file!r} cannot be read: {reason}.")
        return None
    if len(content) > MAX_FILE_BYTES:
        diagnostics.add(
            SourceLocation(file), (), f"The file is larger than {MAX_FILE_BYTES} bytes: split it."
        )
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"The byte 0x{content[error.start]:02x} is not valid UTF-8: save the file as UTF-8."
        diagnostics.add(SourceLocation(file, line, column), (), message)
        return None
