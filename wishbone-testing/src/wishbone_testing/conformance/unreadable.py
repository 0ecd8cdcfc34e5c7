"""Unreadable: a payload that raises whatever is done with it."""

from __future__ import annotations

from typing import Any, NoReturn


class UnreadableError(Exception):
    """The payload was touched."""


class Unreadable:
    """A payload that no module can have been written for: everything but asking for its class raises."""

    __slots__ = ("touched",)

    def __init__(self) -> None:
        """Make one that nobody has touched."""
        self.touched = False

    def __getattribute__(self, name: str) -> Any:
        """Raise, whatever is asked for."""
        if name in {"__class__", "__slots__"}:
            return object.__getattribute__(self, name)
        return _refuse(self)


def was_touched(payload: Unreadable) -> bool:
    """Return whether anybody tried to do something with the payload."""
    return bool(object.__getattribute__(payload, "touched"))


def _refuse(payload: Unreadable, *_: object, **__: object) -> NoReturn:
    payload.touched = True
    message = "This payload raises whatever is done with it: let the error of such an event come through."
    raise UnreadableError(message)


_OPERATIONS = (
    *("__abs__", "__add__", "__and__", "__bool__", "__bytes__", "__call__", "__complex__", "__contains__"),
    *("__delitem__", "__divmod__", "__enter__", "__eq__", "__exit__", "__float__", "__floordiv__"),
    *("__format__", "__ge__", "__getitem__", "__gt__", "__hash__", "__index__", "__int__", "__invert__"),
    *("__iter__", "__le__", "__len__", "__lshift__", "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__"),
    *("__neg__", "__next__", "__or__", "__pos__", "__pow__", "__radd__", "__repr__", "__reversed__"),
    *("__rmul__", "__round__", "__rshift__", "__setitem__", "__str__", "__sub__", "__truediv__", "__xor__"),
)
"""What Python looks up in the class and not by asking for an attribute."""

for _name in _OPERATIONS:
    setattr(Unreadable, _name, _refuse)
