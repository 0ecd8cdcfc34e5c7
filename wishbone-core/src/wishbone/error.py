"""Every error that wishbone raises on purpose.

WishboneError
├── ConfigError            what somebody wrote (arguments, routes, a bootstrap file) cannot be run
├── InvalidData            an event or its payload is not what the operation needs
│   └── KeyMissing         the event has no such key (also a KeyError)
├── InvalidModule          a class is not what its entry point or the router demands
├── ModuleInitFailure      a module could not be built or started
├── NoSuchModule           nothing installed has that name (also an ImportError)
├── PluginFailed           a plugin failed in a hook, where that is fatal
├── QueueConnected         the queue has its one connection already
├── QueueEmpty             nothing to get, and the caller did not want to wait
├── QueueFull              no room, and the caller did not want to wait
├── QueueMissing           the module has no queue of that name
├── ReservedName           the name belongs to wishbone
└── TTLExpired             the event passed more modules than its time to live allows

A message names the thing, the cause and the cure, in that order.
"""

from __future__ import annotations


class WishboneError(Exception):
    """The base of all of them: catch this one to catch every error of wishbone."""


class ConfigError(WishboneError):
    """What somebody wrote cannot be run: a wrong argument, a bad route, a broken bootstrap file."""


class InvalidData(WishboneError):
    """An event or its payload is not what the operation needs."""


class KeyMissing(InvalidData, KeyError):
    """The event has no such key."""

    # KeyError shows the repr of its argument, which would put a sentence in quotes.
    __str__ = Exception.__str__


class InvalidModule(WishboneError):
    """A class is not what its entry point or the router demands."""


class ModuleInitFailure(WishboneError):
    """A module could not be built or started."""


class NoSuchModule(WishboneError, ImportError):
    """Nothing installed has that name.

    It is an `ImportError` too, because `from wishbone.module import Missing` raises it and Python
    passes only that kind on with its message.
    """


class PluginFailed(WishboneError):
    """A plugin failed in a hook, where that is fatal (strict)."""


class QueueConnected(WishboneError):
    """The queue has its one connection, or its consumer, already."""


class QueueEmpty(WishboneError):
    """Nothing to get, and the caller did not want to wait."""


class QueueFull(WishboneError):
    """No room, and the caller did not want to wait."""


class QueueMissing(WishboneError):
    """The module has no queue of that name."""


class ReservedName(WishboneError):
    """The name belongs to wishbone and cannot be given to something else."""


class TTLExpired(WishboneError):
    """The event passed more modules than its time to live allows."""
