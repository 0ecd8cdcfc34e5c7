r"""Keys: the dotted paths into an event, such as `data.user.id`, `tmp.input.path`, `tags.0`.

A number is the index in a list. A dot within a name is written `\.`, a backslash `\\`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from wishbone.diagnostics.suggest import did_you_mean
from wishbone.error import ConfigError, InvalidData, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Callable

FIELDS = ("data", "errors", "tags", "timestamp", "tmp", "ttl", "uuid")
"""The fields of an event that keys, templates and expressions can use."""

MAX_NAMES = 25
"""The most names of a payload that an error message compares and lists: a payload may have any number."""

_MOST_DIGITS = len(str(sys.maxsize))
_PART = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class EventKey(str):
    """A key, as an argument of a module: it is checked when the module is built."""

    __slots__ = ()

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> EventKey:
        """Convert a value in a configuration.

        Raises:
            TypeError: The value is not a text.
            ConfigError: The key is malformed, or begins with an unknown field.
        """
        del functions
        if not isinstance(value, str):
            message = f"Expected a key such as data.user.id, got `{type(value).__name__}`"
            raise TypeError(message)
        check_key(value)
        return cls(value)


def check_key(key: str) -> None:
    """Check a key in a configuration.

    Raises:
        ConfigError: The key is malformed, or begins with an unknown field.
    """
    try:
        root = split_key(key)[0]
    except InvalidData as error:
        raise ConfigError(str(error)) from None
    if root not in FIELDS:
        message = f"The key {key!r} begins with {root!r}, which no event has. {did_you_mean(root, FIELDS)}"
        raise ConfigError(message)


@lru_cache(maxsize=4096)
def split_key(key: str) -> tuple[str, ...]:
    r"""Split a key into its parts: `data.a\.b.0` into `("data", "a.b", "0")`.

    Raises:
        InvalidData: A part is empty, or a single backslash ends the key.
    """
    parts = _PART.findall(key)
    if not parts or ".".join(parts) != key:
        message = (
            f"The key {key!r} cannot be read: a key is names with dots between them, such as"
            r" 'data.user.id'; write '\.' for a dot within a name and '\\' for a backslash."
        )
        raise InvalidData(message)
    return tuple(_ESCAPED.sub(r"\1", part) for part in parts)


def join_key(parts: Sequence[str]) -> str:
    """Join parts to a key: the inverse of `split_key`."""
    return ".".join(part.replace("\\", "\\\\").replace(".", "\\.") for part in parts)


def look_up(container: Any, part: str, key: str, missing: Any = None) -> Any:
    """Return one part of a container.

    Args:
        container: A mapping, a list or a `Struct`.
        part: A name, or an index.
        key: The whole key, for the error message.
        missing: Returned if there is no such part, unless it is None: this is faster than an error.

    Raises:
        KeyMissing: There is no such part, or the container is of another type; and `missing` is None.
    """
    if isinstance(container, Mapping):
        if part in container:
            return container[part]
    elif isinstance(container, Sequence) and not isinstance(container, str | bytes):
        index = _index(part)
        if index is not None and index < len(container):
            return container[index]
    elif isinstance(container, Struct) and part in container.__struct_fields__:
        return getattr(container, part)
    if missing is not None:
        return missing
    message = f"The event has no key {key!r}: nothing is called {part!r}. {_known(container, part)}"
    raise KeyMissing(message)


def assign(container: Any, part: str, value: object, key: str) -> None:
    """Set one part of a container.

    Args:
        container: A mapping or a list.
        part: A name, or an index that the list has.
        value: The new value.
        key: The whole key, for the error message.

    Raises:
        InvalidData: The container cannot hold the value, or it is of another type.
    """
    if isinstance(container, MutableMapping):
        container[part] = value
        return
    index = _index(part)
    if isinstance(container, MutableSequence) and index is not None and index < len(container):
        # A bytearray or an array takes only values of its own kind.
        with suppress(TypeError, ValueError):
            container[index] = value
            return
    message = (
        f"The key {key!r} cannot be set: the container of {part!r} is of type"
        f" {type(container).__name__}; a name needs a mapping, a number an existing position in a list."
    )
    raise InvalidData(message)


def remove(container: Any, part: str, key: str) -> None:
    """Delete one part of a container.

    Args:
        container: A mapping or a list.
        part: A name, or an index.
        key: The whole key, for the error message.

    Raises:
        KeyMissing: There is no such part.
        InvalidData: The container is immutable.
    """
    look_up(container, part, key)
    if isinstance(container, MutableMapping):
        del container[part]
    elif isinstance(container, MutableSequence):
        del container[int(part)]
    else:
        message = f"The key {key!r} cannot be deleted: a {type(container).__name__} cannot be changed."
        raise InvalidData(message)


def _known(container: Any, part: str) -> str:
    """Return a sentence about the parts that a container has."""
    if isinstance(container, Mapping):
        names = (name for name in container if isinstance(name, str))
        return did_you_mean(part, islice(names, MAX_NAMES))
    if isinstance(container, Sequence) and not isinstance(container, str | bytes):
        return f"The list there has {len(container)} items, counted from 0."
    if isinstance(container, Struct):
        return did_you_mean(part, container.__struct_fields__)
    return f"The value there is of type {type(container).__name__} and has no parts."


def _index(part: str) -> int | None:
    """Return `part` as an index of a list, or None if it is not one."""
    if not (part.isascii() and part.isdigit()) or len(part) > _MOST_DIGITS:
        return None
    return int(part)
