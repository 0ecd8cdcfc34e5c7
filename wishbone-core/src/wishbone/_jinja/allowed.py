"""What templates and expressions may use: everything else is refused when they are compiled.

Each function takes the budget first and pays for what it does. A test attacks each with hostile arguments.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from jinja2 import tests as jinja
from jinja2.exceptions import UndefinedError
from jinja2.runtime import LoopContext, Undefined
from jinja2.utils import object_type_repr

from wishbone._jinja import operators, texts, values
from wishbone._jinja.limits import ITEM, as_text, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wishbone._jinja.limits import Budget

__all__ = ["FILTERS", "METHODS", "NAMES_OF_FUNCTIONS", "OPERATORS", "TESTS", "call_method"]

NAMES_OF_FUNCTIONS: dict[str, tuple[int, str]] = {
    "map": (0, "filter"),
    "select": (0, "test"),
    "reject": (0, "test"),
    "selectattr": (1, "test"),
    "rejectattr": (1, "test"),
}
"""Filters that take the name of a filter or test: at which position, and which of the two."""

_APPLIED = 4 * ITEM
"""Units to apply a filter or test to an item."""


def _map(budget: Budget, value: Any, /, *args: Any, **kwargs: Any) -> list[Any]:
    items = listed(budget, value)
    if not args:
        return values.parts(budget, values.weighed(budget, items, kwargs.get("attribute")), **_path(**kwargs))
    budget.spend(_APPLIED * len(items))
    function = FILTERS[args[0]]
    return [function(budget, item, *args[1:], **kwargs) for item in items]


def _path(*, attribute: Any, default: Any = None) -> dict[str, Any]:
    return {"path": attribute, "default": default}


def _select(by_part: bool, expected: bool) -> Callable[..., list[Any]]:
    def select(budget: Budget, value: Any, /, *args: Any, **kwargs: Any) -> list[Any]:
        items = listed(budget, value)
        budget.spend(_APPLIED * len(items))
        tested = items
        if by_part:
            tested = values.parts(budget, values.weighed(budget, items, args[0]), args[0])
            args = args[1:]
        test = TESTS[args[0]] if args else _is_true
        outcomes = [bool(test(budget, each, *args[1:], **kwargs)) for each in tested]
        return [item for item, outcome in zip(items, outcomes, strict=True) if outcome is expected]

    return select


def _is_true(_: Budget, value: Any, /) -> bool:
    return bool(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": values.absolute,
    "batch": values.batch,
    "capitalize": texts.change_case("capitalize"),
    "center": texts.pad("center"),
    "count": values.length,
    "d": values.default,
    "default": values.default,
    "dictsort": values.dictsort,
    "e": texts.escape,
    "escape": texts.escape,
    "filesizeformat": values.filesizeformat,
    "first": values.first,
    "float": values.to_float,
    "forceescape": texts.escape,
    "format": values.format_values,
    "groupby": values.groupby,
    "indent": texts.indent,
    "int": values.to_int,
    "items": values.items,
    "join": values.join,
    "last": values.last,
    "length": values.length,
    "list": values.to_list,
    "lower": texts.change_case("lower"),
    "map": _map,
    "max": values.largest,
    "min": values.smallest,
    "random": values.random,
    "reject": _select(by_part=False, expected=False),
    "rejectattr": _select(by_part=True, expected=False),
    "replace": texts.replace,
    "reverse": values.reverse,
    "round": values.round_number,
    "select": _select(by_part=False, expected=True),
    "selectattr": _select(by_part=True, expected=True),
    "slice": values.slices,
    "sort": values.sort,
    "string": as_text,
    "sum": values.total,
    "title": texts.title,
    "tojson": values.tojson,
    "trim": texts.trim("strip"),
    "truncate": texts.truncate,
    "unique": values.unique,
    "upper": texts.change_case("upper"),
    "urlencode": texts.urlencode,
    "wordcount": texts.wordcount,
}


def _plain(test: Callable[[Any], bool]) -> Callable[..., bool]:
    return lambda _, value, /: test(value)


def _divisible(budget: Budget, value: Any, number: Any, /) -> bool:
    return bool(operators.calculate(budget, "%", values.number(value), values.number(number)) == 0)


def _cased(name: str) -> Callable[..., bool]:
    test = texts.scan(name)
    return lambda budget, value, /: test(budget, as_text(budget, value))


_SAID = operators.COMPARISONS

TESTS: dict[str, Callable[..., Any]] = {
    "!=": _SAID["ne"],
    "<": _SAID["lt"],
    "<=": _SAID["lteq"],
    "==": _SAID["eq"],
    ">": _SAID["gt"],
    ">=": _SAID["gteq"],
    "boolean": _plain(jinja.test_boolean),
    "defined": _plain(jinja.test_defined),
    "divisibleby": _divisible,
    "eq": _SAID["eq"],
    "equalto": _SAID["eq"],
    "even": lambda budget, value, /: _divisible(budget, value, 2),
    "false": _plain(jinja.test_false),
    "float": _plain(jinja.test_float),
    "ge": _SAID["gteq"],
    "greaterthan": _SAID["gt"],
    "gt": _SAID["gt"],
    "in": _SAID["in"],
    "integer": _plain(jinja.test_integer),
    "iterable": _plain(jinja.test_iterable),
    "le": _SAID["lteq"],
    "lessthan": _SAID["lt"],
    "lower": _cased("islower"),
    "lt": _SAID["lt"],
    "mapping": _plain(jinja.test_mapping),
    "ne": _SAID["ne"],
    "none": _plain(jinja.test_none),
    "number": _plain(jinja.test_number),
    "odd": lambda budget, value, /: not _divisible(budget, value, 2),
    "sameas": lambda _, value, other, /: value is other,
    "sequence": _plain(jinja.test_sequence),
    "string": _plain(jinja.test_string),
    "true": _plain(jinja.test_true),
    "undefined": _plain(jinja.test_undefined),
    "upper": _cased("isupper"),
}

_SEQUENCE = (list, tuple)

METHODS: dict[str, dict[type | tuple[type, ...], Callable[..., Any]]] = {
    "capitalize": {str: texts.change_case("capitalize")},
    "casefold": {str: texts.change_case("casefold")},
    "center": {str: texts.pad("center")},
    "count": {str: texts.scan("count"), _SEQUENCE: values.search("count")},
    "cycle": {LoopContext: values.cycle},
    "decode": {bytes: texts.decode},
    "endswith": {str: texts.scan("endswith")},
    "expandtabs": {str: texts.expandtabs},
    "find": {str: texts.scan("find")},
    "format": {str: operators.format_text},
    "get": {dict: values.get},
    "index": {str: texts.scan("index"), _SEQUENCE: values.search("index")},
    "isalnum": {str: texts.scan("isalnum")},
    "isalpha": {str: texts.scan("isalpha")},
    "isdecimal": {str: texts.scan("isdecimal")},
    "isdigit": {str: texts.scan("isdigit")},
    "islower": {str: texts.scan("islower")},
    "isnumeric": {str: texts.scan("isnumeric")},
    "isoformat": {date: values.isoformat},
    "isspace": {str: texts.scan("isspace")},
    "istitle": {str: texts.scan("istitle")},
    "isupper": {str: texts.scan("isupper")},
    "items": {dict: values.items},
    "join": {str: texts.join},
    "keys": {dict: values.keys},
    "ljust": {str: texts.pad("ljust")},
    "lower": {str: texts.change_case("lower")},
    "lstrip": {str: texts.trim("lstrip")},
    "partition": {str: texts.scan("partition")},
    "removeprefix": {str: texts.scan("removeprefix")},
    "removesuffix": {str: texts.scan("removesuffix")},
    "replace": {str: texts.replace},
    "rfind": {str: texts.scan_backwards("rfind")},
    "rindex": {str: texts.scan_backwards("rindex")},
    "rjust": {str: texts.pad("rjust")},
    "rpartition": {str: texts.scan_backwards("rpartition")},
    "rsplit": {str: texts.split("rsplit")},
    "rstrip": {str: texts.trim("rstrip")},
    "split": {str: texts.split("split")},
    "splitlines": {str: texts.splitlines},
    "startswith": {str: texts.scan("startswith")},
    "strftime": {date: values.strftime},
    "strip": {str: texts.trim("strip")},
    "swapcase": {str: texts.change_case("swapcase")},
    "title": {str: texts.change_case("title")},
    "upper": {str: texts.change_case("upper")},
    "values": {dict: values.values},
    "zfill": {str: texts.pad("zfill")},
}
"""Methods of Python's types, by name and by the type of the value."""


def call_method(name: str) -> Callable[..., Any]:
    """Return the function that calls a method on a value of any type.

    Args:
        name: One of `METHODS`.
    """
    by_type = METHODS[name]

    def call(budget: Budget, value: Any, /, *args: Any, **kwargs: Any) -> Any:
        for kind, function in by_type.items():
            if isinstance(value, kind):
                return function(budget, value, *args, **kwargs)
        if isinstance(value, Undefined):
            str(value)  # raises, and says what is undefined
        message = f"{object_type_repr(value)!r} has no method {name!r}"
        raise UndefinedError(message)

    return call


OPERATORS: dict[str, Callable[..., Any]] = {
    "~": operators.concatenate,
    "%": operators.printf,
    "[:]": operators.part_of,
    "for": values.bounded,
    **operators.COMPARISONS,
}
"""What the compiler puts in the place of an operator. None of these names can be written as a filter's."""
