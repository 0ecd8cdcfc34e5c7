"""Functions on numbers, lists and mappings, for templates: each pays before it can make much of little."""

from __future__ import annotations

import random as random_numbers
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, filters
from jinja2.runtime import LoopContext, Undefined
from jinja2.utils import htmlsafe_json_dumps

from wishbone._jinja.limits import CONTAINER, ITEM, SLOW_CALL, as_text, listed, weigh
from wishbone._jinja.operators import contains, printf
from wishbone._jinja.texts import join as join_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from wishbone._jinja.limits import Budget

_MOST_DIGITS = 5000
"""Characters of a text that can be a whole number: Python reads no longer ones."""

_MOST_PRECISION = 100
_SORTING = 4
"""How often a sort reads its values, about."""

_EXPANSION = 256
"""How much longer a date can be than its format: Python's own limit."""

_LOOKUP = 16 * ITEM
"""Units to look up a part of an item, which may be missing."""

_HASHED = 1 << 60
"""Whole numbers from here on can be chosen to have the same hash."""


def default(_: Budget, value: Any, /, default_value: Any = "", boolean: bool = False) -> Any:
    """Return a value, or another if it is undefined or, with `boolean`, false."""
    return default_value if isinstance(value, Undefined) or (boolean and not value) else value


def length(_: Budget, value: Any, /) -> int:
    """Return the number of items or characters."""
    return len(value)


def to_int(budget: Budget, value: Any, /, default: Any = 0, base: int = 10) -> Any:
    """Return a value as a whole number."""
    long = len(value) > _MOST_DIGITS if isinstance(value, str) else isinstance(value, Decimal)
    weigh(budget, value)
    return default if long else filters.do_int(value, default, base)


def to_float(budget: Budget, value: Any, /, default: Any = 0.0) -> Any:
    """Return a value as a number."""
    weigh(budget, value)
    return filters.do_float(value, default)


def round_number(budget: Budget, value: Any, /, precision: int = 0, method: Any = "common") -> float:
    """Return a number, rounded.

    Raises:
        OverflowError: The precision is of no use.
    """
    if abs(precision) > _MOST_PRECISION:
        message = f"the precision of round would be too large: it is {_MOST_PRECISION} digits at most"
        raise OverflowError(message)
    weigh(budget, number(value))
    return filters.do_round(value, precision, method)


def absolute(budget: Budget, value: Any, /) -> Any:
    """Return a number without its sign."""
    weigh(budget, number(value))
    return abs(value)


def filesizeformat(budget: Budget, value: Any, /, binary: bool = False) -> str:
    """Return a number of bytes as a person reads it."""
    budget.spend(SLOW_CALL + weigh(budget, value))
    return filters.do_filesizeformat(value, binary)


def number(value: Any) -> Any:
    """Return a number, and refuse anything else.

    Raises:
        TypeError: The value is not a number.
    """
    if isinstance(value, Undefined):
        str(value)  # raises, and says what is undefined
    if not isinstance(value, int | float):
        message = f"expected a number, got {type(value).__name__}"
        raise TypeError(message)
    return value


def first(_: Budget, value: Any, /) -> Any:
    """Return the first item."""
    for item in value:
        return item
    return StrictUndefined("the first item is missing: the list is empty")


def last(_: Budget, value: Any, /) -> Any:
    """Return the last item."""
    for item in reversed(value):
        return item
    return StrictUndefined("the last item is missing: the list is empty")


def random(budget: Budget, value: Any, /) -> Any:
    """Return any of the items."""
    budget.spend(SLOW_CALL)
    items = value if isinstance(value, str) else listed(budget, value)
    return random_numbers.choice(items) if items else first(budget, items)  # noqa: S311 - not a secret


def to_list(budget: Budget, value: Any, /) -> list[Any]:
    """Return the items as a new list."""
    return list(listed(budget, value))


def reverse(budget: Budget, value: Any, /) -> Any:
    """Return a text or the items from the end to the beginning."""
    return budget.made(value[::-1]) if isinstance(value, str) else listed(budget, value)[::-1]


def items(budget: Budget, value: Any, /) -> list[tuple[Any, Any]]:
    """Return the names and values of a mapping, and of an undefined one none.

    Raises:
        TypeError: The value is not a mapping.
    """
    if isinstance(value, Undefined):
        return []
    if not isinstance(value, Mapping):
        message = f"expected a mapping, got {type(value).__name__}"
        raise TypeError(message)
    budget.spend(CONTAINER * len(value))
    return list(value.items())


def keys(budget: Budget, value: Mapping[Any, Any], /) -> list[Any]:
    """Return the names of a mapping."""
    return list(listed(budget, value))


def values(budget: Budget, value: Mapping[Any, Any], /) -> list[Any]:
    """Return the values of a mapping."""
    return list(listed(budget, value.values()))


def get(_: Budget, value: Mapping[Any, Any], /, key: Any, default: Any = None) -> Any:
    """Return a value of a mapping, or another if the name is missing."""
    return value.get(key, default)


def search(name: str) -> Callable[..., int]:
    """Return the function for `index` or `count` of a list."""

    def find(budget: Budget, value: Any, /, item: Any) -> int:
        weigh(budget, value)
        if name == "index" and not contains(budget, value, item):
            raise ValueError("the item is not in the list")  # Python's message has the whole item
        found: int = getattr(value, name)(item)
        return found

    return find


def weighed(budget: Budget, value: Any, path: Any, times: int = 1) -> Sequence[Any]:
    """Return the items, and pay for them and for the part of each that a path such as `user.name` names."""
    budget.spend(SLOW_CALL)
    found = listed(budget, value)
    budget.spend(times * weigh(budget, found))
    if path is not None:
        path = path if isinstance(path, str) else ""
        budget.spend(len(path) + _LOOKUP * len(found) * (1 + path.count(".") + path.count(",")))
    return found


def parts(budget: Budget, found: Sequence[Any], path: Any, default: Any = None) -> list[Any]:
    """Return the part of each item that a path names, or the items themselves without a path."""
    return list(map(filters.make_attrgetter(budget.environment, path, default=default), found))


def join(budget: Budget, value: Any, /, d: Any = "", attribute: Any = None) -> str:
    """Return the texts of items, or of a part of each, with a separator between them."""
    if attribute is not None:
        value = parts(budget, weighed(budget, value, attribute), attribute)
    return join_texts(budget, as_text(budget, d), value)


def sort(
    budget: Budget, value: Any, /, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None
) -> list[Any]:
    """Return the items in order."""
    found = weighed(budget, value, attribute, _SORTING)
    budget.spend(CONTAINER * len(found))
    return filters.do_sort(budget.environment, found, reverse, case_sensitive, attribute)


def dictsort(
    budget: Budget, value: Any, /, case_sensitive: bool = False, by: Any = "key", reverse: bool = False
) -> list[Any]:
    """Return the names and values of a mapping in order."""
    budget.spend(_SORTING * weigh(budget, value))
    return filters.do_dictsort(value, case_sensitive, by, reverse)


def groupby(
    budget: Budget, value: Any, /, attribute: Any, default: Any = None, case_sensitive: bool = False
) -> list[Any]:
    """Return the items in groups with the same part."""
    found = weighed(budget, value, attribute, 2 * _SORTING)
    budget.spend(weigh(budget, default) * len(found))
    return filters.sync_do_groupby(budget.environment, found, attribute, default, case_sensitive)


def unique(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:
    """Return each item once: the first of those that are the same."""
    found = weighed(budget, value, attribute, 2)
    seen = set()
    kept = []
    for item, part in zip(found, parts(budget, found, attribute), strict=True):
        key = _hashable(part if case_sensitive or not isinstance(part, str) else part.lower())
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def _hashable(value: Any) -> Any:
    """Return a substitute for a value in a set, so that no payload chooses its hash."""
    if isinstance(value, tuple):
        return tuple(map(_hashable, value))
    return (int, hex(value)) if isinstance(value, int) and abs(value) >= _HASHED else value


def smallest(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> Any:
    """Return the smallest item."""
    found = weighed(budget, value, attribute)
    return filters.do_min(budget.environment, found, case_sensitive, attribute)


def largest(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> Any:
    """Return the largest item."""
    found = weighed(budget, value, attribute)
    return filters.do_max(budget.environment, found, case_sensitive, attribute)


def total(budget: Budget, value: Any, /, attribute: Any = None, start: Any = 0) -> Any:
    """Return the sum of numbers."""
    found = weighed(budget, value, attribute)
    numbers = found if attribute is None else parts(budget, found, attribute)
    return sum(map(number, numbers), number(start))


def batch(budget: Budget, value: Any, /, linecount: int, fill_with: Any = None) -> list[list[Any]]:
    """Return the items in lists of a size."""
    found = listed(budget, value)
    budget.spend(CONTAINER * (len(found) // max(linecount, 1) + 1))
    budget.spend(ITEM * max(linecount, 0) if fill_with is not None else 0)
    return list(filters.do_batch(found, linecount, fill_with))


def slices(budget: Budget, value: Any, /, slices: int, fill_with: Any = None) -> list[list[Any]]:
    """Return the items in a number of lists."""
    found = listed(budget, value)
    budget.spend(ITEM * len(found) + CONTAINER * max(slices, 0))
    return list(filters.sync_do_slice(found, slices, fill_with))


def tojson(budget: Budget, value: Any, /, indent: int | str | None = None) -> str:
    """Return a value as JSON that is also safe in HTML."""
    budget.spend(SLOW_CALL)
    units = weigh(budget, value)
    if indent is not None:
        width = len(indent) if isinstance(indent, str) else max(indent, 0)
        budget.spend(_depth(value) * (units + units // ITEM * width))
    return budget.made(str(htmlsafe_json_dumps(value, sort_keys=True, indent=indent)))


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        containers = [part.values() if isinstance(part, dict) else part for part in level]
        level = [part for each in containers if _has_parts(each) for part in each]
    return depth


def _has_parts(value: Any) -> bool:
    return not isinstance(value, str) and hasattr(value, "__iter__")


def format_values(budget: Budget, value: str, /, *args: Any, **kwargs: Any) -> str:
    """Fill in a format of the kind of `%05.2f`."""
    if args and kwargs:
        raise TypeError("format takes values by position or by name, not both")
    return printf(budget, value, kwargs or args)


def cycle(_: Budget, loop: LoopContext, /, *args: Any) -> Any:
    """Return one of some values, in turn: `loop.cycle('odd', 'even')`."""
    return loop.cycle(*args)


def isoformat(_: Budget, value: date, /, *args: str) -> str:
    """Return a date and time as ISO 8601 writes it."""
    return value.isoformat(*args)


def strftime(budget: Budget, value: date, /, form: str) -> str:
    """Return a date and time in a format."""
    budget.spend(_EXPANSION * len(form))
    return value.strftime(form)


def bounded(budget: Budget, value: Any, /, cost: int) -> Any:
    """Return the items of a loop, and pay for all its steps.

    Args:
        budget: What is paid from.
        value: What the loop goes through.
        cost: Units for a step.
    """
    if not hasattr(value, "__len__"):
        value = listed(budget, value)
    budget.spend(cost * (len(value) + 1))
    return value
