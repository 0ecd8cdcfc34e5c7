"""The names that belong to `Actor`: a module that shadows one of them is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wishbone.error import ReservedName

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERRIDABLE = frozenset({"preHook", "postHook"})
"""The methods of `Actor` that a module may override."""

ATTRIBUTES = ("config", "logging", "name", "pool", "stopped")
"""The public attributes of every module."""

METHODS = (
    *("connect", "fail", "getChildren", "loop", "metricProducer", "registerConsumer", "sendToBackground"),
    *("sleep", "start", "stop", "stopPipeline", "submit", "wait"),
)
"""The public methods that a module may call, but not define."""


def check_class(cls: type, base: type) -> None:
    """Refuse a class that defines a public name of `Actor`, itself or through a mixin.

    Args:
        cls: The class.
        base: `Actor`.

    Raises:
        ReservedName: The class defines such a name.
    """
    for owner in cls.__mro__:
        if owner in base.__mro__:
            continue
        for name in (*ATTRIBUTES, *METHODS):
            if name not in vars(owner) or _is_copy(vars(owner)[name], vars(base).get(name)):
                continue
            message = (
                f"The class {owner.__qualname__!r} defines {name!r}, which belongs to wishbone.Actor: choose"
                f" another name. Only {' and '.join(sorted(OVERRIDABLE))} may be overridden."
            )
            raise ReservedName(message)


def _is_copy(found: object, original: object) -> bool:
    """Whether a method is the copy of `submit` that every class gets."""
    code = getattr(found, "__code__", None)
    return code is not None and code == getattr(original, "__code__", None)


def check_instance(actor: object, attributes: Mapping[str, Any]) -> None:
    """Refuse a module that assigned a public name of `Actor`.

    Args:
        actor: The module.
        attributes: The public attributes with the values that they must have.

    Raises:
        ReservedName: The module assigned such a name.
    """
    # Not `vars(actor)`: reading an instance's `__dict__` makes access to its attributes slower from then on.
    cls = type(actor)
    replaced = [name for name, value in attributes.items() if getattr(actor, name) is not value]
    shadowed = [
        name for name in METHODS if getattr(getattr(actor, name), "__func__", None) is not getattr(cls, name)
    ]
    for name in (*replaced, *shadowed):
        raise reserved_attribute(actor, name)


def reserved_attribute(actor: object, name: str) -> ReservedName:
    """Return the error for an attribute that belongs to `Actor`."""
    return ReservedName(
        f"{type(actor).__qualname__} assigns self.{name}, which belongs to wishbone.Actor: choose another"
        " name for the attribute."
    )
