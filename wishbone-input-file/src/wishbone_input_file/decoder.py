"""Decoder: makes text of a line's bytes, and counts the lines whose bytes do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wishbone.error import ConfigError

if TYPE_CHECKING:
    from wishbone.actor import Actor
    from wishbone_input_file.line import Line


class Decoder:
    """Decodes one line at a time."""

    def __init__(self, actor: Actor, encoding: str) -> None:
        """Begin to count.

        Args:
            actor: The module, for its name and its log.
            encoding: How the text is encoded.

        Raises:
            ConfigError: It is no encoding, or its newline is not the one byte that is looked for.
        """
        if not _splits_at_newlines(encoding):
            message = (
                f"Module {actor.name!r}: lines cannot be read as {encoding!r}: give an 'encoding' of Python"
                " that has the newline of ASCII, such as utf-8 or latin-1."
            )
            raise ConfigError(message)
        self.logging = actor.logging
        self.encoding = encoding
        self.undecodable_total = 0

    def decode(self, path: str, line: Line) -> str:
        """Return a line's text, without a carriage return at its end."""
        data = line.data
        if data[-1:] == b"\r":
            data = data[:-1]
        try:
            return data.decode(self.encoding)
        except UnicodeError as error:
            if not self.undecodable_total:
                self.logging.warning(
                    f"Line {line.number} of {path!r} is not {self.encoding}: {error}. Such bytes are replaced"
                    " and such lines counted; give the right 'encoding'."
                )
            self.undecodable_total += 1
            return data.decode(self.encoding, "replace")


def _splits_at_newlines(encoding: str) -> bool:
    try:
        return "\n".encode(encoding) == b"\n" and b"\xff\n".decode(encoding, "replace").endswith("\n")
    except (LookupError, ValueError):
        return False
