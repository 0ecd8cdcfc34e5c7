"""Binds the parameter of a function to an event or its payload, by signature and type hint."""

from __future__ import annotations

import inspect
import sys
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec

from wishbone.error import ConfigError, InvalidData
from wishbone.event import Event

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bind_argument"]

_ANYTHING = (inspect.Parameter.empty, Any, object)

_CHECKED_ONLY = (dict, list, str, bytes)
"""Types whose values are checked and passed as they are. msgspec would copy them."""


def bind_argument(function: Callable[..., Any], name: str) -> Callable[[Event], Any]:
    """Return a function that makes the argument of a function from an event.

    Args:
        function: The function.
        name: Its name in messages.

    Returns:
        A function that returns the event if the parameter has that type, otherwise the payload converted to
        the type. It raises `InvalidData` if the payload does not match.

    Raises:
        ConfigError: The function cannot be called with one argument or is a coroutine, or the type hint of
            the parameter cannot be resolved or checked.
    """
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        message = f"{name!r} is a coroutine function, which cannot run in gevent: define it without 'async'."
        raise ConfigError(message)
    wanted = _parameter_type(function, name)
    if wanted in _ANYTHING:
        return lambda event: event.data
    if Event in (wanted, *get_args(wanted)):
        return lambda event: event
    return _checked(wanted, name) if wanted in _CHECKED_ONLY else _converted(wanted, name)


def _parameter_type(function: Callable[..., Any], name: str) -> Any:
    """Return the type of the parameter that takes the argument."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        # Some types and functions written in C have no signature.
        return Any
    try:
        bound = signature.bind(None)
    except TypeError as error:
        message = f"{name!r} cannot be called with one argument, the payload or the event: {error}."
        raise ConfigError(message) from error
    (parameter,) = bound.arguments
    return _resolve(signature.parameters[parameter].annotation, function, name)


def _resolve(hint: Any, function: Callable[..., Any], name: str) -> Any:
    """Return a hint, evaluated if it is a string. The other hints of the function are not evaluated."""
    if not isinstance(hint, str):
        return hint
    owner = inspect.unwrap(function.func if isinstance(function, partial) else function)
    module = sys.modules[owner.__module__]
    try:
        annotated = SimpleNamespace(__annotations__={"hint": hint})
        return get_type_hints(annotated, vars(module), include_extras=True)["hint"]
    except Exception as error:
        message = (
            f"The type hint {hint!r} of {name!r} cannot be resolved: {error}. Import its names at run time,"
            " not only under TYPE_CHECKING."
        )
        raise ConfigError(message) from error


def _checked(wanted: type, name: str) -> Callable[[Event], Any]:
    def check(event: Event) -> Any:
        data = event.data
        if isinstance(data, wanted):
            return data
        message = f"{name!r} takes a {wanted.__name__}, but the payload is of type {type(data).__name__}."
        raise InvalidData(message)

    return check


def _converted(wanted: Any, name: str) -> Callable[[Event], Any]:
    try:
        msgspec.json.Decoder(wanted)
    except TypeError as error:
        message = f"The type hint of {name!r} cannot be checked: {error}. Change it or remove it."
        raise ConfigError(message) from error

    def convert(event: Event) -> Any:
        try:
            return msgspec.convert(event.data, wanted)
        except msgspec.ValidationError as error:
            message = f"The payload does not match the type hint of {name!r}: {error}."
            raise InvalidData(message) from error

    return convert
