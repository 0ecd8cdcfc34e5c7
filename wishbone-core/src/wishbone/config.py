"""ActorConfig: what every module takes, whatever it does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wishbone.error import ConfigError


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
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", str(self.name)):
            message = (
                f"A module cannot be called {self.name!r}: use letters, digits, '_' and '-', a letter"
                " first. (A dot separates a module from its queue in a route.)"
            )
            raise ConfigError(message)
        if self.size < 1:
            message = f"Module {self.name!r}: 'size' is {self.size}; a queue holds at least 1 event."
            raise ConfigError(message)
        if self.frequency <= 0:
            message = f"Module {self.name!r}: 'frequency' is {self.frequency}; give seconds above 0."
            raise ConfigError(message)
