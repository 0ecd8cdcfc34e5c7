"""The errors that wishbone raises.

WishboneError
├── ConfigError            an argument, a route or a bootstrap file is invalid
├── InvalidData            an event or its payload is not what the operation needs
│   └── KeyMissing         the event has no such key (also a KeyError)
├── InvalidModule          a class or a plugin cannot be imported, or is not what its entry point demands
├── ModuleInitFailure      a module could not be built or started
├── NoSuchModule           no installed module has that name (also an ImportError)
├── PluginFailed           a plugin failed in a hook, and plugins are strict
├── QueueConnected         the queue already has its one connection, or its consumer
├── QueueEmpty             the queue is empty, and the caller did not want to wait
├── QueueFull              the queue is full, and the caller did not want to wait
├── QueueMissing           the module has no queue of that name, or the queue is closed
├── ReservedName           the name is invalid, or taken by wishbone or another module
└── TTLExpired             the event passed more modules than its time to live allows

A message names the thing, the cause and the cure, in that order.
"""

from __future__ import annotations


class WishboneError(Exception):
    """The base class: catch this one to catch every error of wishbone."""


class ConfigError(WishboneError):
    """An argument, a route or a bootstrap file is invalid."""


class InvalidData(WishboneError):
    """An event or its payload is not what the operation needs."""


class KeyMissing(InvalidData, KeyError):
    """The event has no such key."""

    # KeyError shows the repr of its argument, which would put a sentence in quotes.
    __str__ = Exception.__str__


class InvalidModule(WishboneError):
    """A class or a plugin cannot be imported, or is not what its entry point or the router demands."""


class ModuleInitFailure(WishboneError):
    """A module could not be built or started."""


class NoSuchModule(WishboneError, ImportError):
    """No installed module has that name.

    It is an `ImportError`, too: `from wishbone.module import Missing` raises it, and Python keeps the message
    of no other kind there.
    """


class PluginFailed(WishboneError):
    """A plugin failed in a hook, and plugins are strict."""


class QueueConnected(WishboneError):
    """The queue already has its one connection, or its consumer."""


class QueueEmpty(WishboneError):
    """The queue is empty, and the caller did not want to wait."""


class QueueFull(WishboneError):
    """The queue is full, and the caller did not want to wait."""


class QueueMissing(WishboneError):
    """The module has no queue of that name, or the queue is closed because its module has stopped."""


class ReservedName(WishboneError):
    """The name is invalid, or taken by wishbone or another module."""


class TTLExpired(WishboneError):
    """The event passed more modules than its time to live allows."""
