"""Intake: what a callable is given of an event, as its signature and its type hints say."""

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

__all__ = ["intake"]

_ANYTHING = (inspect.Parameter.empty, Any, object)

_AS_THEY_ARE = (dict, list, str, bytes)
"""Types whose values are looked at and handed over, for which msgspec would make new ones."""


def intake(function: Callable[..., Any], name: str) -> Callable[[Event], Any]:
    """Return what makes the argument of a function of an event.

    Args:
        function: The function.
        name: What messages call it.

    Returns:
        A function that returns the event, if that is what the parameter's type says; otherwise its payload,
        converted to that type. It raises `InvalidData` for a payload that does not fit.

    Raises:
        ConfigError: The function cannot be called with one argument, is a coroutine, or the parameter's hint
            cannot be resolved, or is one that no payload can be checked against.
    """
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        message = (
            f"{name!r} is a coroutine function, for which nothing waits here: define it without 'async'."
        )
        raise ConfigError(message)
    wanted = _parameter_type(function, name)
    if wanted in _ANYTHING:
        return lambda event: event.data
    if Event in (wanted, *get_args(wanted)):
        return lambda event: event
    return _checked(wanted, name) if wanted in _AS_THEY_ARE else _converted(wanted, name)


def _parameter_type(function: Callable[..., Any], name: str) -> Any:
    """Return the type of the parameter that the argument goes to."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        # Some types and functions of C do not say what they take.
        return Any
    try:
        bound = signature.bind(None)
    except TypeError as error:
        message = f"{name!r} cannot be called with one argument, the payload or the event: {error}."
        raise ConfigError(message) from error
    (parameter,) = bound.arguments
    return _resolve(signature.parameters[parameter].annotation, function, name)


def _resolve(hint: Any, function: Callable[..., Any], name: str) -> Any:
    """Return what a hint stands for, if it was written as a text: the other hints need not be resolved."""
    if not isinstance(hint, str):
        return hint
    owner = inspect.unwrap(function.func if isinstance(function, partial) else function)
    module = sys.modules[owner.__module__]
    try:
        annotated = SimpleNamespace(__annotations__={"hint": hint})
        return get_type_hints(annotated, vars(module), include_extras=True)["hint"]
    except Exception as error:
        message = (
            f"The type hint {hint!r} of {name!r} cannot be resolved: {error}. What it names must be imported"
            " at run time, not only under TYPE_CHECKING."
        )
        raise ConfigError(message) from error


def _checked(wanted: type, name: str) -> Callable[[Event], Any]:
    def check(event: Event) -> Any:
        data = event.data
        if isinstance(data, wanted):
            return data
        message = f"{name!r} takes a {wanted.__name__}, and the payload is of type {type(data).__name__}."
        raise InvalidData(message)

    return check


def _converted(wanted: Any, name: str) -> Callable[[Event], Any]:
    try:
        msgspec.json.Decoder(wanted)
    except TypeError as error:
        message = f"The type hint of {name!r} cannot be checked: {error}. Write another one, or none."
        raise ConfigError(message) from error

    def convert(event: Event) -> Any:
        try:
            return msgspec.convert(event.data, wanted)
        except msgspec.ValidationError as error:
            message = f"The payload does not fit the type hint of {name!r}: {error}."
            raise InvalidData(message) from error

    return convert
