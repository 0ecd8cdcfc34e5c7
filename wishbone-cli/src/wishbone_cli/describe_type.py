"""Describes types, ranges and defaults in words: `a number, at least 0`."""

from __future__ import annotations

import types
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from wishbone.arguments import DecoderFactory, EncoderFactory, EventKey, Expression, KeySelector, Template

_NAMES: dict[Any, str] = {
    Any: "any value",
    bool: "true or false",
    dict: "mapping",
    float: "number",
    int: "whole number",
    list: "list",
    str: "text",
    type(None): "nothing",
    EventKey: "key",
    Expression: "expression",
    KeySelector: "key or template",
    DecoderFactory: "decoder",
    EncoderFactory: "encoder",
    Template: "template",
}
_JSON_NAMES = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "null": "nothing",
    "number": "number",
    "object": "mapping",
    "string": "text",
}
_RANGES = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "lt": "below {}",
    "multiple_of": "a multiple of {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
    "pattern": "like {}",
}


def describe_type(wanted: Any) -> str:
    """Return a type in words, without its range."""
    origin, args = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return describe_type(args[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(describe_type(part) for part in args)
    if origin is Literal:
        return " or ".join(repr(choice) for choice in args)
    if origin in {list, set, frozenset, tuple} and args:
        return f"list of {describe_type(args[0])}"
    if origin is dict:
        return f"mapping of {describe_type(args[0])} to {describe_type(args[1])}"
    return _NAMES.get(origin or wanted) or _describe_own_type(origin or wanted)


def _describe_own_type(wanted: Any) -> str:
    """Return what a bootstrap file may have for a type that a module defines."""
    if hasattr(wanted, "from_argument"):
        named = getattr(wanted, "argument_schema", {}).get("type", ())
        names = [named] if isinstance(named, str) else named
        return " or ".join(_JSON_NAMES[name] for name in names) or "value"
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return " or ".join(repr(member.value) for member in wanted)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return f"mapping with {', '.join(field.encode_name for field in msgspec.structs.fields(wanted))}"
    return str(getattr(wanted, "__name__", wanted))


def describe_range(wanted: Any) -> str:
    """Return the range of a type in words; an empty text if it has none."""
    found: list[str] = []
    for part in (wanted, *get_args(wanted)):
        for meta in get_args(part)[1:] if get_origin(part) is Annotated else ():
            if isinstance(meta, msgspec.Meta):
                values = [(words, getattr(meta, name)) for name, words in _RANGES.items()]
                found.extend(words.format(value) for words, value in values if value is not None)
    # Each part of a union may have the same range.
    return ", ".join(dict.fromkeys(found))


def written_default(default: Any) -> Any:
    """Return a default as a bootstrap file would have it: the text or the name that it is made from."""
    if default is None or isinstance(default, str | int | float | list | dict):
        return default
    if isinstance(default, tuple | set | frozenset):
        return list(default)
    return getattr(default, "text", None) or getattr(default, "name", None) or repr(default)
