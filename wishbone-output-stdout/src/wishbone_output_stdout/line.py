"""Lines: how a payload becomes one line of output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Colour = Literal["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
"""The colours that every terminal knows."""

_CODES = {
    name: f"\x1b[{30 + number}m"
    for number, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
}
"""How a terminal is told a colour (ECMA-48, section 8.3.117, SGR)."""

_RESET = "\x1b[0m"

_CONTROLS = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f"  # the control characters, C0 and C1, but for the tabulator
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # those that turn the direction of writing
    "\u2028\u2029]"  # those that end a line or a paragraph
)

encode = msgspec.json.Encoder().encode


def plain_line(payload: Any) -> bytes:
    """Return a payload as one line, for a pipe or a file.

    A text stands as it is, bytes as the text that they are in UTF-8, everything else as JSON.

    Args:
        payload: What the event carries.

    Raises:
        TypeError: JSON has nothing for such a value.
    """
    if isinstance(payload, str):
        line = payload.encode("utf-8", "backslashreplace")
    elif isinstance(payload, (bytes, bytearray, memoryview)):
        line = bytes(payload).decode("utf-8", "replace").encode()
    else:
        line = encode(payload)
    return line if line.endswith(b"\n") else line + b"\n"


def terminal_line(payload: Any, colour: Colour | None = None) -> bytes:
    """Return a payload as one line that a terminal shows and does not obey.

    Args:
        payload: What the event carries.
        colour: The colour to show it in.

    Raises:
        TypeError: JSON has nothing for such a value.
    """
    return f"{_shown(plain_line(payload).decode()[:-1], colour)}\n".encode()


def encoded_lines(encode: Callable[[Any], bytes], colour: Colour | None, payload: Any) -> bytes:
    """Return what an encoder writes, as lines that a terminal shows and does not obey.

    Args:
        encode: Returns a payload's bytes.
        colour: The colour to show them in.
        payload: What the event carries.

    Raises:
        InvalidData: The encoder has nothing for it.
    """
    lines = encode(payload).decode("utf-8", "replace").split("\n")
    return "\n".join(_shown(line, colour) if line else "" for line in lines).encode()


def _shown(line: str, colour: Colour | None) -> str:
    text = _CONTROLS.sub(_escape, line)
    return text if colour is None else f"{_CODES[colour]}{text}{_RESET}"


def _escape(control: re.Match[str]) -> str:
    r"""Write a control character as a Python text would have it: `\x1b`, `\n`."""
    return control[0].encode("unicode_escape").decode()
