r"""The dotted paths that name what is inside an event: `data.user.id`, `tmp.input.path`, `tags.0`.

A digit names the position in a list. A dot that belongs to a name is written `\.`, a backslash `\\`.
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
"""What keys, templates and expressions can name of an event."""

MOST_NAMES = 25
"""How many names of a payload an error compares and lists: whoever sends it decides how many it has."""

_MOST_DIGITS = len(str(sys.maxsize))
_PART = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class EventKey(str):
    """A key as a module takes it for an argument: whatever is none is refused when the module is built."""

    __slots__ = ()

    @classmethod
    def from_argument(cls, value: object, functions: Mapping[str, Callable[..., object]]) -> EventKey:
        """Convert the value in a configuration to a key.

        Raises:
            TypeError: It is no text.
            ConfigError: It is no key of an event.
        """
        del functions
        if not isinstance(value, str):
            message = f"Expected a key such as data.user.id, got `{type(value).__name__}`"
            raise TypeError(message)
        check_key(value)
        return cls(value)


def check_key(key: str) -> None:
    """Refuse what can be the key of no event.

    Raises:
        ConfigError: It cannot be read, or begins with what no event has.
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
        InvalidData: A part is empty, or a backslash stands alone at the end.
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
    """Join parts into a key: the opposite of `split_key`."""
    return ".".join(part.replace("\\", "\\\\").replace(".", "\\.") for part in parts)


def look_up(container: Any, part: str, key: str, missing: Any = None) -> Any:
    """Return what `container` holds under `part`; `key` is the whole path, for the message.

    Args:
        container: A mapping, a list or a `Struct`.
        part: A name, or a position.
        key: The whole path.
        missing: What to return if there is no such part: an error costs more than to look.

    Raises:
        KeyMissing: There is no such part, or the container is nothing that has parts.
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
    """Put `value` into `container` under `part`.

    Raises:
        InvalidData: The container cannot take it.
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
        f"The key {key!r} cannot be set: what {part!r} would go into is of type"
        f" {type(container).__name__}; a name needs a mapping, a number an existing position in a list."
    )
    raise InvalidData(message)


def remove(container: Any, part: str, key: str) -> None:
    """Take `part` out of `container`.

    Raises:
        KeyMissing: There is no such part.
        InvalidData: The container cannot lose parts.
    """
    look_up(container, part, key)
    if isinstance(container, MutableMapping):
        del container[part]
    elif isinstance(container, MutableSequence):
        del container[int(part)]
    else:
        message = f"The key {key!r} cannot be deleted: a {type(container).__name__} cannot lose parts."
        raise InvalidData(message)


def _known(container: Any, part: str) -> str:
    """Say what a container has instead of a part."""
    if isinstance(container, Mapping):
        names = (name for name in container if isinstance(name, str))
        return did_you_mean(part, islice(names, MOST_NAMES))
    if isinstance(container, Sequence) and not isinstance(container, str | bytes):
        return f"The list there has {len(container)} items, counted from 0."
    if isinstance(container, Struct):
        return did_you_mean(part, container.__struct_fields__)
    return f"What stands there is of type {type(container).__name__} and has no parts."


def _index(part: str) -> int | None:
    """Return the position in a list that `part` names, if it names one."""
    if not (part.isascii() and part.isdigit()) or len(part) > _MOST_DIGITS:
        return None
    return int(part)
