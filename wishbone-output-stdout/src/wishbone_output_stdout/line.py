"""Makes a line of output of a payload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Colour = Literal["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
"""The colours that every terminal has."""

_CODES = {
    name: f"\x1b[{30 + number}m"
    for number, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
}
"""The control sequence of each colour (ECMA-48, section 8.3.117, SGR)."""

_RESET = "\x1b[0m"

_CONTROLS = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f"  # control characters, C0 and C1, except the tab
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # characters that change the direction of text
    "\u2028\u2029]"  # line and paragraph separators
)

encode = msgspec.json.Encoder().encode


def plain_line(payload: Any) -> bytes:
    """Return a payload as one line, for a pipe or a file: a text, UTF-8 bytes, or anything else as JSON.

    Raises:
        TypeError: The payload cannot be written as JSON.
    """
    if isinstance(payload, str):
        line = payload.encode("utf-8", "backslashreplace")
    elif isinstance(payload, (bytes, bytearray, memoryview)):
        line = bytes(payload).decode("utf-8", "replace").encode()
    else:
        line = encode(payload)
    return line if line.endswith(b"\n") else line + b"\n"


def terminal_line(payload: Any, colour: Colour | None = None) -> bytes:
    """Return a payload as one line for a terminal, with its control characters escaped.

    Raises:
        TypeError: The payload cannot be written as JSON.
    """
    return f"{_escape(plain_line(payload).decode()[:-1], colour)}\n".encode()


def encoded_lines(encode: Callable[[Any], bytes], colour: Colour | None, payload: Any) -> bytes:
    """Return an encoded payload as lines for a terminal, with their control characters escaped.

    Raises:
        InvalidData: The payload cannot be encoded.
    """
    lines = encode(payload).decode("utf-8", "replace").split("\n")
    return "\n".join(_escape(line, colour) if line else "" for line in lines).encode()


def _escape(line: str, colour: Colour | None) -> str:
    text = _CONTROLS.sub(_escaped, line)
    return text if colour is None else f"{_CODES[colour]}{text}{_RESET}"


def _escaped(control: re.Match[str]) -> str:
    r"""Return a control character as in a Python literal: `\x1b`, `\n`."""
    return control[0].encode("unicode_escape").decode()
