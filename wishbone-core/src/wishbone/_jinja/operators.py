"""Operators of templates and expressions, with the cost of their operands paid first."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from jinja2.sandbox import SandboxedFormatter

from wishbone._jinja.limits import (
    ITEM,
    LARGEST_BITS,
    SHORT,
    SLOW_CALL,
    as_text,
    is_small,
    listed,
    size,
    weigh,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

    from wishbone._jinja.limits import Budget

__all__ = [
    "COMPARISONS",
    "calculate",
    "concatenate",
    "contains",
    "format_text",
    "part_of",
    "printf",
]

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "**": operator.pow,
    "%": operator.mod,
}
_SEQUENCES = (str, bytes, list, tuple)
_CONTAINERS = (list, tuple, dict, set, frozenset)
_WIDE = re.compile(r"\d{5}|\*")
"""A width or precision of more than 9999, or one that is an argument."""

_MOST_OF_A_FORMAT = 100
"""Characters of the part of a format behind its colon."""


def calculate(budget: Budget, symbol: str, left: Any, right: Any) -> Any:
    """Return what an arithmetic operator makes of two values.

    Raises:
        OverflowError: It would be too large.
        TypeError: The operator does not take these values.
    """
    if symbol == "**" or not (is_small(left) and is_small(right)):
        _pay(budget, symbol, left, right)
    return _ARITHMETIC[symbol](left, right)


def _pay(budget: Budget, symbol: str, left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        power = left.bit_length() * max(right, 0) if symbol == "**" else 0
        budget.spend(budget.left + 1 if power > LARGEST_BITS else power)
        budget.spend_bits(left, right)
    elif symbol == "*":
        budget.spend(_repeated(left, right) + _repeated(right, left))
    elif symbol == "+" and isinstance(left, _SEQUENCES):
        budget.spend(_bytes(left) + (_bytes(right) if isinstance(right, _SEQUENCES) else 0))
    elif symbol == "%" and isinstance(left, str | bytes):
        raise TypeError("the text before '%' is a format, so it must be written in the template itself")


def _repeated(content: Any, count: Any) -> int:
    return (
        _bytes(content) * max(count, 0) if isinstance(content, _SEQUENCES) and isinstance(count, int) else 0
    )


def _bytes(value: Sized) -> int:
    return size(len(value), value) if isinstance(value, str) else ITEM * len(value)


def _compared(comparison: Callable[[Any, Any], Any]) -> Callable[[Budget, Any, Any], Any]:
    return lambda budget, left, right, /: equal(budget, left, right, comparison)


def equal(budget: Budget, left: Any, right: Any, comparison: Callable[[Any, Any], Any] = operator.eq) -> Any:
    """Return what a comparison of two values says, `==` by default."""
    if isinstance(left, str) and isinstance(right, str):
        budget.spend(min(len(left), len(right)))
    elif isinstance(left, _CONTAINERS) and isinstance(right, _CONTAINERS):
        weigh(budget, left)
    return comparison(left, right)


def contains(budget: Budget, container: Any, item: Any) -> bool:
    """Return whether an item is in a container, or a text in another."""
    if isinstance(container, str):
        budget.spend(len(container) + (len(item) if isinstance(item, str) else 0))
    elif isinstance(item, _CONTAINERS) or (isinstance(item, str) and len(item) > SHORT):
        weigh(budget, container)
    elif isinstance(container, list | tuple):
        budget.spend(ITEM * len(container))
    elif not hasattr(container, "__contains__"):
        container = listed(budget, container)
    return item in container


COMPARISONS: dict[str, Callable[[Budget, Any, Any], Any]] = {
    "eq": _compared(operator.eq),
    "ne": _compared(operator.ne),
    "lt": _compared(operator.lt),
    "lteq": _compared(operator.le),
    "gt": _compared(operator.gt),
    "gteq": _compared(operator.ge),
    "in": lambda budget, item, container, /: contains(budget, container, item),
    "notin": lambda budget, item, container, /: not contains(budget, container, item),
}
"""The comparisons, by the names that Jinja2 gives them."""


def concatenate(budget: Budget, value: Any, /, *more: Any) -> str:
    """Return values joined to one text."""
    texts = [as_text(budget, each) for each in (value, *more)]
    characters = sum(map(len, texts))
    if characters > SHORT:
        budget.spend(size(characters, *texts))
    return "".join(texts)


def part_of(budget: Budget, value: Any, /, start: Any, stop: Any, step: Any) -> Any:
    """Return a slice of a text or a list."""
    wanted = slice(start, stop, step)
    if isinstance(value, _SEQUENCES) and len(value) > SHORT:
        count = len(range(*wanted.indices(len(value))))
        budget.spend(size(count, value) if isinstance(value, str) else ITEM * count)
    return value[wanted]


def printf(budget: Budget, form: str, /, values: Any) -> str:
    """Fill in a format of the kind of `%05.2f`; the format is written in the template itself."""
    _check_width(form)
    budget.spend(SLOW_CALL + sum(map(int, re.findall(r"\d+", form, re.ASCII))) * SHORT)
    budget.spend(weigh(budget, values) * form.count("%"))
    return budget.made(form % values)


def format_text(budget: Budget, form: str, /, *args: Any, **kwargs: Any) -> str:
    """Fill in a format of the kind of `{:>9}`; the format is written in the template itself."""
    budget.spend(SLOW_CALL)
    return budget.made(_Formatter(budget).vformat(form, args, kwargs))


class _Formatter(SandboxedFormatter):
    """Formats values within the budget, and reads their parts as templates do."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget.environment)
        self._budget = budget

    def convert_field(self, value: Any, conversion: Any) -> Any:
        weigh(self._budget, value)
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        _check_width(format_spec)
        if len(format_spec) > _MOST_OF_A_FORMAT:
            message = f"a format of more than {_MOST_OF_A_FORMAT} characters would be too large"
            raise OverflowError(message)
        return self._budget.made(super().format_field(value, format_spec))


def _check_width(form: str) -> None:
    if _WIDE.search(form):
        raise OverflowError("it would be too large: a format has widths of at most 9999, in digits")
