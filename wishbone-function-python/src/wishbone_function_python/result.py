"""Converts the return value of a function to events."""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from wishbone.event import Event, Log, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["MultiResult", "to_events"]

_PLAIN = frozenset({dict, list, str, int, float, bool, bytes})
_KEPT = (bytes, bytearray, datetime, date, time, timedelta, Decimal, UUID)


class MultiResult(tuple[Any, ...]):
    """The values of a generator, in order."""

    __slots__ = ()


def to_events(event: Event, result: Any) -> Sequence[Event]:
    """Return the events of a result: none, the same event with a new payload, or several.

    Args:
        event: The event that the function was called for.
        result: The return value of the function.
    """
    if result is None:
        return ()
    if not isinstance(result, MultiResult):
        return (_one(event, result),)
    return tuple(_several(event, result))


def _one(event: Event, result: Any) -> Event:
    if isinstance(result, Event):
        return _adopt(event, result)
    event.data = _plain(result)
    return event


def _several(event: Event, results: MultiResult) -> Iterator[Event]:
    """Make an event of each result. All share the acknowledgement of the original event."""
    seen: set[int] = set()
    for result in results:
        if result is None:
            continue
        if not isinstance(result, Event):
            yield _sibling(event, _plain(result))
        elif id(result) in seen:
            yield result.clone()
        else:
            seen.add(id(result))
            yield _adopt(event, result)


def _sibling(event: Event, data: Any) -> Event:
    """Return a clone with another payload, without copying the original payload."""
    own, event.data = event.data, None
    try:
        sibling = event.clone()
    finally:
        event.data = own
    sibling.data = data
    return sibling


def _adopt(event: Event, result: Event) -> Event:
    """Give an event that the function created the acknowledgement of the original, so that it is not lost."""
    if result is not event and result.acknowledgement is None:
        result.acknowledgement = event.acknowledgement
        result.holds_reference = False
    return result


def _plain(result: Any) -> Any:
    """Return a dataclass or Struct as a mapping, which other modules can read; anything else as it is."""
    if type(result) in _PLAIN or isinstance(result, Log | Metric | type):
        return result
    if is_dataclass(result) or isinstance(result, msgspec.Struct):
        return msgspec.to_builtins(result, builtin_types=_KEPT)
    return result
