"""Limits: keep templates and expressions from making a huge value of a small payload."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["LIMITED", "check_operands"]

LIMITED = frozenset({"*", "**", "%"})
"""Operators whose result can be huge: `data.price * data.count` repeats the price if that is a text."""

LARGEST = 1_000_000
"""The largest result of such an operator, in items, characters or bits."""

_REPEATED = (str, bytes, list, tuple)
_WIDE = re.compile(r"\d{5}|\*")
"""A width or precision above 9999 in a format, or one that is taken from the arguments."""


def check_operands(operator: str, left: Any, right: Any) -> None:
    """Refuse operands whose result would be too large.

    Args:
        operator: One of `LIMITED`.
        left: The left operand.
        right: The right operand.

    Raises:
        OverflowError: The result would be larger than `LARGEST`.
    """
    if operator == "*":
        many = _times(left, right) or _times(right, left)
    elif operator == "**":
        many = isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > LARGEST
    else:
        form = left.decode("latin-1") if isinstance(left, bytes) else left
        many = isinstance(form, str) and _WIDE.search(form) is not None
    if many:
        kinds = f"{type(left).__name__} {operator} {type(right).__name__}"
        message = f"'{kinds}' would be too large: make sure that both are the numbers that you expect"
        raise OverflowError(message)


def _times(content: Any, count: Any) -> bool:
    return isinstance(content, _REPEATED) and isinstance(count, int) and len(content) * count > LARGEST
