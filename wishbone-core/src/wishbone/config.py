"""ActorConfig: what every module takes, whatever it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from wishbone.error import ConfigError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""What modules and queues can be called: it stands in routes, with a dot between the two."""


@dataclass(frozen=True, slots=True)
class ActorConfig:
    """What every module takes, whatever it does.

    Args:
        name: The name of this instance: letters, digits, `_` and `-`, a letter first.
        size: How many events each of its queues holds.
        frequency: Seconds between two rounds of metrics.
        description: What it is there for, in a few words of its user.
    """

    name: str
    size: int = 100
    frequency: float = 10
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what no module could run with.

        Raises:
            ConfigError: The name cannot stand in a route, or a figure is not positive.
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
