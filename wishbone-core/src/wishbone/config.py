"""ActorConfig: the configuration that every module takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from wishbone.error import ConfigError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""The names of modules and queues. In a route, a dot separates the two."""


@dataclass(frozen=True, slots=True)
class ActorConfig:
    """The configuration that every module takes.

    Args:
        name: The name of this instance: letters, digits, `_` and `-`, a letter first.
        size: The events that fit in each of its queues, at least 1.
        frequency: Interval of its metrics, in seconds.
        description: The user's description of its purpose.
    """

    name: str
    size: int = 100
    frequency: float = 10
    description: str = ""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: The name, the size or the frequency is invalid.
        """
        if not NAME.fullmatch(str(self.name)):
            message = (
                f"A module cannot be called {self.name!r}: use letters, digits, '_' and '-', a letter"
                " first. (A dot separates a module from its queue in a route.)"
            )
            raise ConfigError(message)
        if not _is_size(self.size):
            message = (
                f"Module {self.name!r}: 'size' is {self.size!r}; a queue holds at least 1 event: give a whole"
                " number."
            )
            raise ConfigError(message)
        if not _is_period(self.frequency):
            message = (
                f"Module {self.name!r}: 'frequency' is {self.frequency!r}; give seconds above 0, as a number."
            )
            raise ConfigError(message)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_period(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf
