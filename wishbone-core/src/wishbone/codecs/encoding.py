"""Encoding: how text is written as bytes, with what a stream of such text begins with."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from wishbone.error import ConfigError

__all__ = ["Encoding"]

_MARKS: dict[str, list[tuple[bytes, str]]] = {
    "utf-8-sig": [(codecs.BOM_UTF8, "utf-8")],
    "utf-16": [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
    "utf-32": [(codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
}
"""The byte order marks that a stream in an encoding may begin with, and the encoding of what follows."""

_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}

_UNITS = {"utf-16": 2, "utf-32": 4}


class Start(NamedTuple):
    """How a stream begins."""

    encoding: str
    """The encoding of what follows, which has no mark."""

    mark: int
    """Bytes of the mark."""


class Encoding:
    """An encoding of Python, by its name."""

    def __init__(self, name: str) -> None:
        """Look it up.

        Args:
            name: Such as `utf-8`, `latin-1`, `utf-16` (with a byte order mark), `utf-16-le` (without).

        Raises:
            ConfigError: There is none of that name that writes text.
        """
        try:
            "".encode(name)
        except (LookupError, UnicodeError, ValueError) as error:
            message = (
                f"{name!r} is no encoding of text ({error}): give one that Python knows, such as 'utf-8'."
            )
            raise ConfigError(message) from error
        self.name = codecs.lookup(name).name

    @property
    def charset(self) -> str:
        """Its name in the registry of IANA, which differs from Python's for a few."""
        name = self.name.removesuffix("-sig")
        return re.sub("^cp(?=125)", "windows-", re.sub("^iso8859-", "iso-8859-", name))

    @property
    def mark(self) -> bytes:
        """The mark that a stream is written with; nothing, if it has none."""
        return next((mark for mark, _ in _MARKS.get(self.name, ())), b"")

    @property
    def mark_size(self) -> int:
        """Bytes of the longest mark that a stream may begin with; 0 if it has none."""
        return max((len(mark) for mark, _ in _MARKS.get(self.name, ())), default=0)

    @property
    def unit(self) -> int:
        """Bytes of a character's smallest part."""
        return _UNITS.get(self.name[:6], 1)

    def start(self, head: bytes) -> Start:
        """Return how a stream is encoded, from its first bytes: little-endian, where no mark says it."""
        for mark, encoding in _MARKS.get(self.name, ()):
            if head.startswith(mark):
                return Start(encoding, len(mark))
        return Start(_WITHOUT_MARK.get(self.name, self.name), 0)

    def delimiter(self, text: str, encoding: str) -> bytes:
        """Return a delimiter as the bytes that stand for it.

        Args:
            text: The delimiter.
            encoding: The encoding of the stream, as `start` returned it.

        Raises:
            ConfigError: The encoding has nothing for it.
        """
        try:
            return text.encode(encoding)
        except UnicodeError as error:
            message = f"The delimiter {text!r} cannot be written as {self.name}: {error}. Choose another one."
            raise ConfigError(message) from error
