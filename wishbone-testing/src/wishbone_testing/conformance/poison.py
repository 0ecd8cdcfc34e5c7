"""PoisonPayload: a payload that raises however it is used."""

from __future__ import annotations

from typing import Any, NoReturn


class PoisonError(Exception):
    """A module used a poison payload."""


class PoisonPayload:
    """A payload that no module can handle: everything raises, except asking for its class."""

    __slots__ = ("touched",)

    def __init__(self) -> None:
        """Create one that was not touched yet."""
        self.touched = False

    def __getattribute__(self, name: str) -> Any:
        """Raise."""
        if name in {"__class__", "__slots__"}:
            return object.__getattribute__(self, name)
        return _raise(self)


def was_touched(payload: PoisonPayload) -> bool:
    """Return whether something tried to use the payload."""
    return bool(object.__getattribute__(payload, "touched"))


def _raise(payload: PoisonPayload, *_: object, **__: object) -> NoReturn:
    payload.touched = True
    message = "This payload raises however it is used: let the error of such an event through."
    raise PoisonError(message)


_OPERATIONS = (
    *("__abs__", "__add__", "__and__", "__bool__", "__bytes__", "__call__", "__complex__", "__contains__"),
    *("__delitem__", "__divmod__", "__enter__", "__eq__", "__exit__", "__float__", "__floordiv__"),
    *("__format__", "__ge__", "__getitem__", "__gt__", "__hash__", "__index__", "__int__", "__invert__"),
    *("__iter__", "__le__", "__len__", "__lshift__", "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__"),
    *("__neg__", "__next__", "__or__", "__pos__", "__pow__", "__radd__", "__repr__", "__reversed__"),
    *("__rmul__", "__round__", "__rshift__", "__setitem__", "__str__", "__sub__", "__truediv__", "__xor__"),
)
"""The methods that Python looks up in the class, without `__getattribute__`."""

for _name in _OPERATIONS:
    setattr(PoisonPayload, _name, _raise)
