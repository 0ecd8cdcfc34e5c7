"""{{ cookiecutter.__sentence }}."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["{{ cookiecutter.__class }}Decoder", "{{ cookiecutter.__class }}Encoder"]


class {{ cookiecutter.__class }}Decoder:
    """{{ cookiecutter.__sentence }}: from bytes to values.

    Each text that ends with the delimiter is a value, wherever the bytes were cut on their way.

    Args:
        delimiter: What ends a value.
        encoding: How its characters are written as bytes.
    """

    def __init__(self, delimiter: str = "\n", encoding: str = "utf-8") -> None:
        """Begin with nothing."""
        self.encoding = encoding
        self._delimiter = delimiter.encode(encoding)
        self._rest = b""

    def decode(self, data: bytes) -> Iterable[str]:
        """Return the values that the bytes complete; the rest is kept for the next call."""
        *complete, self._rest = (self._rest + data).split(self._delimiter)
        return [value.decode(self.encoding) for value in complete]

    def flush(self) -> Iterable[str]:
        """Return what is kept, if anything is: no more bytes come."""
        rest, self._rest = self._rest, b""
        return [rest.decode(self.encoding)] if rest else []


class {{ cookiecutter.__class }}Encoder:
    """{{ cookiecutter.__sentence }}: from values to bytes.

    Args:
        delimiter: What ends a value.
        encoding: How its characters are written as bytes.
    """

    def __init__(self, delimiter: str = "\n", encoding: str = "utf-8") -> None:
        """Keep how to write."""
        self.delimiter = delimiter
        self.encoding = encoding

    def encode(self, value: object) -> bytes:
        """Return a value's bytes."""
        return f"{value}{self.delimiter}".encode(self.encoding)
