"""Event pipeline servers in Python: modules that each do one thing, connected by queues.

Names are imported when they are first used, so that the command line starts without loading the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone.actor import Actor, ActorConfig
    from wishbone.event import Event
    from wishbone.hookspec import hookimpl
    from wishbone.logging import Logging
    from wishbone.queue import Queue

__all__ = ["Actor", "ActorConfig", "Event", "Logging", "Queue", "hookimpl"]

_FILES = {
    "Actor": "actor",
    "ActorConfig": "actor",
    "Event": "event",
    "Logging": "logging",
    "Queue": "queue",
    "hookimpl": "hookspec",
}
"""The file that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    return found
