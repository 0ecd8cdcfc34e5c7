"""Specialized: a copy of a function that the interpreter fits to one kind of caller."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")


def clone_code(function: Function) -> Function:
    """Return a copy of a function with its own code object.

    CPython specializes the instructions of a code object for the types that it meets there (PEP 659). Code
    that modules of many classes share meets many types, and stays slow. A copy for each class, or for each
    consumer, meets one.

    Args:
        function: A function that is not bound to an instance.
    """
    copy = FunctionType(
        function.__code__.replace(),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    copy.__doc__ = function.__doc__
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    return copy  # type: ignore[return-value]
