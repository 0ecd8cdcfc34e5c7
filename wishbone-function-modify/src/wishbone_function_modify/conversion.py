"""Conversions: what makes a number, a truth value or a time of a text, and refuses to guess."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONVERSIONS", "timestamp_like"]

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
    """Return a whole number.

    Raises:
        ValueError: It is none, or has a fraction.
    """
    if type(value) is str:
        if "_" not in value:
            return int(value)
    elif isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise _refusal(value, "whole number")


def to_float(value: Any) -> float:
    """Return a number.

    Raises:
        ValueError: It is none, or is infinite or not a number, which JSON has nothing for.
    """
    if isinstance(value, int | float) or (isinstance(value, str) and "_" not in value):
        number = float(value)
        if math.isfinite(number):
            return number
    raise _refusal(value, "number")


def to_bool(value: Any) -> bool:
    """Return true or false: of `true`, `yes`, `on`, `1`, 1 and their opposites, in any case.

    Raises:
        ValueError: It is none of these.
    """
    found = _TRUTH.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if found is None:
        raise _refusal(value, "truth value")
    return found


def to_timestamp(value: Any) -> float:
    """Return seconds since 1970 (UTC): of a number or its digits, and of a time as ISO 8601 has it.

    A time without a zone is taken for UTC.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, str):
        try:
            return _seconds(datetime.fromisoformat(value.strip()))
        except ValueError:
            # Digits alone are a date to Python only where there are 8 of them, and seconds otherwise.
            pass
    if isinstance(value, bool):
        raise _refusal(value, "time")
    return to_float(value)


def timestamp_like(form: str) -> Callable[[Any], float]:
    """Return what makes seconds since 1970 (UTC) of a text in a form of `datetime.strptime`.

    Args:
        form: Such as `%d/%b/%Y:%H:%M:%S %z`. Without a zone in it, times are taken for UTC.
    """

    def convert(value: Any) -> float:
        if not isinstance(value, str):
            raise _refusal(value, "text with a time")
        return _seconds(datetime.strptime(value, form))  # noqa: DTZ007 - the zone is added where there is none

    return convert


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _refusal(value: object, wanted: str) -> ValueError:
    return ValueError(f"{type(value).__name__} {value!r:.50} is no {wanted}")


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "int": to_int,
    "float": to_float,
    "bool": to_bool,
    "timestamp": to_timestamp,
}
"""Every conversion, by the name that a configuration gives it."""
