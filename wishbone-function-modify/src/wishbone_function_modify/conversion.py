"""Conversions to numbers and booleans. A conversion that would lose information is an error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONVERSIONS", "not_a"]

_TRUTH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def to_int(value: Any) -> int:
    """Return an integer.

    Raises:
        ValueError: The value is not an integer.
    """
    if type(value) is str:
        if "_" not in value:
            return int(value)
    elif isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise not_a(value, "an integer")


def to_float(value: Any) -> float:
    """Return a float.

    Raises:
        ValueError: The value is not a number, or JSON cannot represent it (infinity, NaN).
    """
    if isinstance(value, int | float) or (isinstance(value, str) and "_" not in value):
        number = float(value)
        if math.isfinite(number):
            return number
    raise not_a(value, "a finite number")


def to_bool(value: Any) -> bool:
    """Return a boolean for `true`, `yes`, `on`, `1`, 1 and their opposites, in any case.

    Raises:
        ValueError: The value is not one of these.
    """
    found = _TRUTH.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if found is None:
        raise not_a(value, "a boolean")
    return found


def not_a(value: object, wanted: str) -> ValueError:
    """Return the error of a value that cannot be converted."""
    return ValueError(f"{type(value).__name__} {value!r:.50} is not {wanted}")


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "int": to_int,
    "float": to_float,
    "bool": to_bool,
}
"""The conversions by the names that a bootstrap file uses; those to times are in `timestamp`."""
