"""Outcome: what a callable returned, as events."""

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

__all__ = ["Several", "outgoing"]

_PLAIN = frozenset({dict, list, str, int, float, bool, bytes})
_KEPT = (bytes, bytearray, datetime, date, time, timedelta, Decimal, UUID)


class Several(tuple[Any, ...]):
    """What a generator brought out, in order."""

    __slots__ = ()


def outgoing(event: Event, result: Any) -> Sequence[Event]:
    """Return the events that a result stands for: none, the same event with a new payload, or several.

    Args:
        event: What the callable was called for.
        result: What it returned.
    """
    if result is None:
        return ()
    if not isinstance(result, Several):
        return (_one(event, result),)
    return tuple(_several(event, result))


def _one(event: Event, result: Any) -> Event:
    if isinstance(result, Event):
        return _adopt(event, result)
    event.data = _plain(result)
    return event


def _several(event: Event, results: Several) -> Iterator[Event]:
    """Make an event of each, that waits for the acknowledgement of the first as all others do."""
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
    """Return a clone with another payload, without copying the payload that it does not have."""
    own, event.data = event.data, None
    try:
        sibling = event.clone()
    finally:
        event.data = own
    sibling.data = data
    return sibling


def _adopt(event: Event, result: Event) -> Event:
    """Make an event that the callable made wait for the same acknowledgement: else it could be lost."""
    if result is not event and result.acknowledgement is None:
        result.acknowledgement = event.acknowledgement
        result.holds_reference = False
    return result


def _plain(result: Any) -> Any:
    """Return a dataclass or Struct as a mapping, which the modules behind can read; all else as it is."""
    if type(result) in _PLAIN or isinstance(result, Log | Metric | type):
        return result
    if is_dataclass(result) or isinstance(result, msgspec.Struct):
        return msgspec.to_builtins(result, builtin_types=_KEPT)
    return result
