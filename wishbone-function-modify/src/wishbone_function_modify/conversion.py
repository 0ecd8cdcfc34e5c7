"""Conversions to numbers, booleans and times. A conversion that would lose information is an error."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONVERSIONS", "timestamp_parser"]

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
    raise _not_a(value, "an integer")


def to_float(value: Any) -> float:
    """Return a float.

    Raises:
        ValueError: The value is not a number, or JSON cannot represent it (infinity, NaN).
    """
    if isinstance(value, int | float) or (isinstance(value, str) and "_" not in value):
        number = float(value)
        if math.isfinite(number):
            return number
    raise _not_a(value, "a finite number")


def to_bool(value: Any) -> bool:
    """Return a boolean for `true`, `yes`, `on`, `1`, 1 and their opposites, in any case.

    Raises:
        ValueError: The value is not one of these.
    """
    found = _TRUTH.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if found is None:
        raise _not_a(value, "a boolean")
    return found


def to_timestamp(value: Any) -> float:
    """Return seconds since 1970 (UTC) for a number, its digits, or an ISO 8601 time.

    A time without a zone is UTC.

    Raises:
        ValueError: The value is not one of these.
    """
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, str):
        try:
            return _seconds(datetime.fromisoformat(value.strip()))
        except ValueError:
            # Only eight digits are a date in Python. Other digits are seconds.
            pass
    if isinstance(value, bool):
        raise _not_a(value, "a time")
    return to_float(value)


def timestamp_parser(time_format: str) -> Callable[[Any], float]:
    """Return a function that converts a text to seconds since 1970 (UTC).

    Args:
        time_format: A format of `datetime.strptime`, such as `%d/%b/%Y:%H:%M:%S %z`. Times are UTC if it has
            no zone.
    """

    def convert(value: Any) -> float:
        if not isinstance(value, str):
            raise _not_a(value, "a text with a time")
        return _seconds(datetime.strptime(value, time_format))  # noqa: DTZ007 - _seconds adds a missing zone

    return convert


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _not_a(value: object, wanted: str) -> ValueError:
    return ValueError(f"{type(value).__name__} {value!r:.50} is not {wanted}")


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "int": to_int,
    "float": to_float,
    "bool": to_bool,
    "timestamp": to_timestamp,
}
"""The conversions by the names that a bootstrap file uses."""
