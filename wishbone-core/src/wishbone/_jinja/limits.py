"""Limits: what one rendering of a template, or one evaluation of an expression, may cost."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jinja2 import Environment

__all__ = [
    "CONTAINER",
    "ITEM",
    "SHORT",
    "SLOW_CALL",
    "Budget",
    "as_text",
    "is_small",
    "listed",
    "size",
    "weigh",
]

ALLOWANCE = 64 * 1024 * 1024
"""Units for one event. A byte of text that is made or read costs one, which takes about a nanosecond."""

ITEM = 64
"""Units for an item of a list, a step of a loop, or a part of an event that is looked up."""

CONTAINER = 8 * ITEM
"""Units for a list or a mapping, besides its items."""

SLOW_CALL = 32 * ITEM
"""Units for a call of a function that is slow however small its arguments are."""

SHORT = 64
"""Characters of a text that is free: the call or the step of a loop that takes it has paid for it."""

LARGEST_BITS = 20_000
"""The largest whole number, in bits: Python does not print larger ones."""

_WORD = 1 << 64
_WIDE_CHARACTER = 4
"""Bytes of a character, at most."""


class Budget:
    """Counts down what one rendering may still cost."""

    environment: Environment
    left = ALLOWANCE

    def spend(self, units: int) -> None:
        """Pay for an operation before it begins, where its size is known, or after it.

        Raises:
            OverflowError: Not that much is left.
        """
        if units > self.left:
            message = (
                "the result would be too large, or would take too long: one event may cost"
                f" {ALLOWANCE >> 20} MiB. Limit the numbers, texts and lists that come from the payload"
            )
            raise OverflowError(message)
        self.left -= units

    def made(self, text: str) -> str:
        """Pay for a text and return it."""
        self.spend(text.__sizeof__())
        return text

    def spend_bits(self, number: int, other: int) -> None:
        """Pay for arithmetic, or for printing, which is quadratic for large whole numbers.

        Raises:
            OverflowError: The numbers are too large.
        """
        bits, more = number.bit_length(), other.bit_length()
        self.spend(self.left + 1 if bits + more > LARGEST_BITS else bits * more >> 10)


def size(characters: int, *texts: str) -> int:
    """Return the bytes of so many characters, as wide as the widest in some texts may be."""
    return characters * (1 if all(text.isascii() for text in texts) else _WIDE_CHARACTER)


def weigh(budget: Budget, value: Any) -> int:
    """Pay for a value with everything in it, and return the units.

    A part that is there twice is paid for twice. So a value that contains itself is refused.
    """
    before = budget.left
    budget.spend(CONTAINER)
    waiting: list[Iterable[Any]] = [(value,)]
    while waiting:
        units = 0
        for part in waiting.pop():
            if isinstance(part, str):
                units += part.__sizeof__()
            elif isinstance(part, dict):
                budget.spend(2 * ITEM * len(part) + CONTAINER)
                waiting += (part, part.values())
            elif isinstance(part, list | tuple | set | frozenset):
                budget.spend(ITEM * len(part) + CONTAINER)
                waiting.append(part)
            elif not is_small(part):
                _weigh_scalar(budget, part)
        budget.spend(units)
    return before - budget.left


def _weigh_scalar(budget: Budget, value: Any) -> None:
    if isinstance(value, int):
        budget.spend_bits(value, value)
    elif isinstance(value, bytes | bytearray):
        budget.spend(len(value))
    elif isinstance(value, range):
        budget.spend(ITEM * len(value))
    elif isinstance(value, Decimal):
        budget.spend(abs(value.adjusted()))


def is_small(value: Any) -> bool:
    """Return whether a value is a number that is free."""
    kind = type(value)
    return kind is float or (kind is int and -_WORD < value < _WORD)


def as_text(budget: Budget, value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, str) or is_small(value):
        return str(value)
    weigh(budget, value)
    return budget.made(str(value))


def listed(budget: Budget, value: Any) -> Sequence[Any]:
    """Return the items of a value as a sequence, and pay for each."""
    if not hasattr(value, "__len__"):
        value = list(islice(value, budget.left // ITEM + 1))
    budget.spend(ITEM * len(value))
    return value if isinstance(value, list | tuple) else list(value)
