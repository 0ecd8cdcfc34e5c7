"""Copying: deep copies of payloads, which share the parts that are immutable."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from wishbone.error import InvalidData

_SHARED: set[type] = {
    *(str, int, float, bool, bytes, complex, type(None)),
    *(date, datetime, timedelta, timezone, Decimal, UUID),
}
"""Types whose values are immutable and so need no copy."""

all_immutable = _SHARED.issuperset
"""Returns whether all of these types are immutable: `all_immutable(map(type, values))`."""


def register_immutable(*types: type) -> None:
    """Register types whose values are shared and not copied.

    Args:
        *types: Types whose values, and everything in them, are immutable.
    """
    _SHARED.update(types)


def copy_value(value: Any) -> Any:
    """Return a deep copy of a payload.

    A dict or list of immutable values is copied by its own `copy`, which makes cloning cheap. A value that
    is neither a dict nor a list is copied by `copy.deepcopy`, which is slow.

    Args:
        value: The payload, or a part of it.

    Raises:
        InvalidData: The payload is nested too deeply, or holds a value that cannot be copied, such as a
            generator, a lock or a socket.
    """
    kind = type(value)
    try:
        if kind is dict:
            if all_immutable(map(type, value.values())):
                return value.copy()
            return {name: copy_value(item) for name, item in value.items()}
        if kind in _SHARED:
            return value
        if kind is list:
            if all_immutable(map(type, value)):
                return value.copy()
            return [copy_value(item) for item in value]
        return deepcopy(value)
    except RecursionError:
        message = "The payload cannot be copied: it is nested too deeply. Use fewer levels."
        raise InvalidData(message) from None
    except TypeError as error:
        message = f"The payload cannot be copied: {error}. Use values that can be copied, such as texts."
        raise InvalidData(message) from error
