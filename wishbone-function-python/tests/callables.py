"""The callables of the tests: a module as a user would write it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import gevent
from gevent.monkey import get_original
from msgspec import Meta, Struct

from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

sleep = get_original("time", "sleep")
running: list[Any] = []
value = 5


@dataclass
class Order:
    user: str
    price: float


class Reading(Struct):
    sensor: str
    values: list[int]


class Address(TypedDict):
    host: str
    port: int


class Scorer:
    def __init__(self, factor=2):
        self.factor = factor

    def __call__(self, number: int) -> int:
        return number * self.factor

    def score(self, number: int) -> int:
        return number * self.factor


scorer = Scorer()


def double(number):
    return number * 2


def drop(payload):
    return None


def fail(payload):
    message = f"cannot do {payload}"
    raise LookupError(message)


def leave(payload):
    raise SystemExit(3)


def split(text: str) -> Iterator[str]:
    yield from text.split()


def split_then_fail(text: str) -> Iterator[str]:
    yield from text.split()
    raise ValueError(text)


def tag(event: Event) -> Event:
    event.tags.append("seen")
    return event


def payload_of(event: Event) -> Any:
    return event.data["inner"]


def clones(event: Event) -> Iterator[Event]:
    yield event
    yield event
    yield Event("made here")


def discount(order: Order) -> Order:
    return Order(order.user, order.price / 2)


def times(factor: float, order: Order) -> Order:
    return Order(order.user, order.price * factor)


half = partial(times, 0.5)


def decorated(function):
    @wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@decorated
def cached(order: Order) -> float:
    return order.price


def first(reading: Reading) -> int:
    return reading.values[0]


def port(address: Address) -> int:
    return address["port"]


def as_text(text: str) -> str:
    return text + "!"


def names(payload: dict) -> dict:
    payload["seen"] = True
    return payload


def natural(number: Annotated[int, Meta(ge=0)]) -> int:
    return number


def total(numbers: list[int]) -> int:
    return sum(numbers)


def optional(number: int | None) -> str:
    return repr(number)


def two(one, other):
    return one, other


def none():
    return None


def keyword(payload, *, needed):
    return payload


def defaults(payload, factor=3, *more, extra=1):
    return payload * factor * extra


async def coroutine(payload):
    return payload


async def async_generator(payload):
    yield payload


def unresolved(price: Decimal) -> int:
    return 0


def unsupported(value: Order | Scorer) -> int:
    return 0


def block(payload: dict) -> dict:
    """Block the native thread."""
    running.append(payload["n"])
    sleep(payload.get("seconds", 0))
    running.remove(payload["n"])
    if payload.get("fails"):
        raise ValueError(payload["n"])
    return {**payload, "thread": get_original("threading", "get_ident")()}


def block_in_generator(payload: dict) -> Iterator[int]:
    sleep(payload.get("seconds", 0))
    yield payload["n"]
    yield -payload["n"]


def wait_for_release(payload):
    running.append(payload)
    while not released():
        sleep(0.005)
    running.remove(payload)
    return payload


_released = [False]


def released():
    return _released[0]


def set_released(state):
    _released[0] = state


def sleep_patched(payload):
    time.sleep(0.001)
    gevent.sleep(0.001)
    return payload
