"""Specialized: a copy of a function that the interpreter fits to one kind of caller."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")


def clone_code(function: Function) -> Function:
    """Return a copy of a function, with code of its own.

    CPython replaces instructions of code that runs often by faster ones for the types that it has
    seen there (PEP 659). Code that modules of many classes share sees many types, and stays slow; a
    copy for each class, or for each consumer, sees one.

    Args:
        function: A function, or a method as its class has it.
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
