"""Bounds: what keeps a short payload from becoming a huge value in a template or an expression."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["BOUNDED", "check_operands"]

BOUNDED = frozenset({"*", "**", "%"})
"""The operators that can make much of little: `data.price * data.count` repeats where the price is a text."""

LARGEST = 1_000_000
"""Items, characters or bits of what one of them may make."""

_REPEATED = (str, bytes, list, tuple)
_WIDE = re.compile(r"\d{5}|\*")
"""A width or precision of more than 9999, or one that stands elsewhere."""


def check_operands(operator: str, left: Any, right: Any) -> None:
    """Refuse what would make a value that is too large.

    Args:
        operator: One of those that are bounded.
        left: What stands before it.
        right: What stands behind it.

    Raises:
        OverflowError: It would.
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
