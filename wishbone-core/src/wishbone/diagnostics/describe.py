"""What an exception says: its type, its message and the place that raised it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def describe(error: BaseException) -> str:
    """Return an error's type, message, and the file and line that raised it, if it was raised."""
    details = locate(error)
    said = f"{details['type']}: {details['message']}"
    return said if details["file"] is None else f"{said} ({details['file']}, line {details['line']})"


def locate(error: BaseException, hide: Callable[[str], str] = str) -> dict[str, Any]:
    """Return `type`, `message`, `file` and `line` of an error: of the place that raised it.

    Args:
        error: What was raised.
        hide: Takes secrets out of the message.
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
    except Exception as broken:  # noqa: BLE001 - an error that cannot be shown is still to be reported
        return f"its text cannot be shown: {type(broken).__name__}"
