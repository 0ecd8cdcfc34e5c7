"""Encoding: a text encoding, with its byte order marks."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from wishbone.error import ConfigError

__all__ = ["Encoding"]

_MARKS: dict[str, list[tuple[bytes, str]]] = {
    "utf-8": [(codecs.BOM_UTF8, "utf-8")],
    "utf-8-sig": [(codecs.BOM_UTF8, "utf-8")],
    "utf-16": [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
    "utf-16-le": [(codecs.BOM_UTF16_LE, "utf-16-le")],
    "utf-16-be": [(codecs.BOM_UTF16_BE, "utf-16-be")],
    "utf-32": [(codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")],
    "utf-32-le": [(codecs.BOM_UTF32_LE, "utf-32-le")],
    "utf-32-be": [(codecs.BOM_UTF32_BE, "utf-32-be")],
}
"""The byte order marks that a stream may begin with, each with the encoding of the text that follows it."""

_WRITTEN = frozenset({"utf-8-sig", "utf-16", "utf-32"})
"""The encodings whose streams are written with a byte order mark."""

_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}

_UNITS = {"utf-16": 2, "utf-32": 4}


class Start(NamedTuple):
    """The start of a stream."""

    encoding: str
    """The encoding of the text after the byte order mark."""

    mark: int
    """The length of the byte order mark, in bytes."""


class Encoding:
    """A text encoding that Python has."""

    def __init__(self, name: str) -> None:
        """Look up the encoding.

        Args:
            name: Such as `utf-8`, `latin-1`, `utf-16` (with a byte order mark), `utf-16-le` (without).

        Raises:
            ConfigError: There is no text encoding of that name.
        """
        try:
            "".encode(name)
        except (LookupError, UnicodeError, ValueError) as error:
            message = f"{name!r} is not a text encoding ({error}): give one that Python has, such as 'utf-8'."
            raise ConfigError(message) from error
        self.name = codecs.lookup(name).name

    @property
    def charset(self) -> str:
        """The name in IANA's registry, which differs from Python's for a few encodings."""
        name = self.name.removesuffix("-sig")
        return re.sub("^cp(?=125)", "windows-", re.sub("^iso8859-", "iso-8859-", name))

    @property
    def mark(self) -> bytes:
        """The byte order mark to write at the start of a stream; empty if the encoding has none."""
        return _MARKS[self.name][0][0] if self.name in _WRITTEN else b""

    def undecided(self, head: bytes) -> bool:
        """Return whether a stream that begins with these bytes may have a byte order mark that is cut."""
        return any(mark != head and mark.startswith(head) for mark, _ in _MARKS.get(self.name, ()))

    @property
    def unit(self) -> int:
        """The size of a code unit, in bytes: a character is one or more of them."""
        return _UNITS.get(self.name[:6], 1)

    def start(self, head: bytes) -> Start:
        """Return the encoding of a stream that begins with these bytes: little-endian without a mark."""
        for mark, encoding in _MARKS.get(self.name, ()):
            if head.startswith(mark):
                return Start(encoding, len(mark))
        return Start(_WITHOUT_MARK.get(self.name, self.name), 0)

    def delimiter(self, text: str, encoding: str) -> bytes:
        """Return a delimiter as bytes.

        Args:
            text: The delimiter.
            encoding: The encoding of the stream, as `start` returned it.

        Raises:
            ConfigError: The encoding lacks a character of the delimiter.
        """
        try:
            return text.encode(encoding)
        except UnicodeError as error:
            message = f"The delimiter {text!r} cannot be written as {self.name}: {error}. Choose another one."
            raise ConfigError(message) from error
