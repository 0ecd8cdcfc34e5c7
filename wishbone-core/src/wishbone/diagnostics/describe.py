"""Describes an exception: its type, its message, and the file and line that raised it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def describe(error: BaseException) -> str:
    """Return an error's type, its message, and the file and line that raised it, if it was raised.

    Args:
        error: The exception.
    """
    details = locate(error)
    said = f"{details['type']}: {details['message']}"
    return said if details["file"] is None else f"{said} ({details['file']}, line {details['line']})"


def locate(error: BaseException, hide: Callable[[str], str] = str) -> dict[str, Any]:
    """Return an error's `type` and `message`, and the `file` and `line` that raised it.

    Args:
        error: The exception.
        hide: Takes the message, and returns it without secrets.

    Returns:
        The four values by name. File and line are None for an exception that was not raised.
    """
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return {
        "type": type(error).__name__,
        "message": hide(_text(error)),
        "file": traceback.tb_frame.f_code.co_filename if traceback else None,
        "line": traceback.tb_lineno if traceback else None,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - the error must be reported even without its text
        return f"its text cannot be shown: {type(broken).__name__}"
