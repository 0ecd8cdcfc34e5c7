"""Copying: copies of payloads, as deep as they go and no deeper than needed."""

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
"""The types whose values cannot change, and so need no copy."""

all_immutable = _SHARED.issuperset
"""Tells whether values of all these types need no copy: `all_immutable(map(type, values))`."""


def register_immutable(*types: type) -> None:
    """Let values of further types be shared, because nothing can change them nor what they hold."""
    _SHARED.update(types)


def copy_value(value: Any) -> Any:
    """Copy a payload.

    A flat dict or list is copied by its own `copy`, which is what makes cloning cheap. What is
    neither a plain dict nor a plain list goes the slow way of `copy.deepcopy`.

    Raises:
        InvalidData: It is nested too deeply, or holds what cannot be copied: a generator, a lock, a socket.
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
        message = "The payload cannot be copied: it is nested too deeply. Send what is flatter."
        raise InvalidData(message) from None
    except TypeError as error:
        message = f"The payload cannot be copied: {error}. Put plain values into it, that can be."
        raise InvalidData(message) from error
