"""Record: what wishbone itself says, as payloads of events: Log and Metric."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from wishbone.copying import share


class Log(Struct, frozen=True):
    """What a module has to say.

    Args:
        time: Seconds since the epoch.
        level: The syslog severity, 0 (emergency) to 7 (debug).
        pid: The process that says it.
        module: The name of the module instance.
        message: The text.
        uuid: The event that it is about, if it is about one.
    """

    time: float
    level: int
    pid: int
    module: str
    message: str
    uuid: str | None = None

    def __repr__(self) -> str:
        """Show it as `Log({...})`."""
        return f"Log({asdict(self)})"


class Metric(Struct, frozen=True):
    """A measured value.

    Args:
        time: Seconds since the epoch.
        type: Who measures: `wishbone` for the statistics of queues.
        source: The host's name.
        name: What is measured: `module.input.queue.outbox.size`.
        value: The figure.
        unit: Its unit, if it has one.
        tags: Words to tell it from others of its name.
    """

    time: float
    type: str
    source: str
    name: str
    value: float
    unit: str = ""
    tags: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show it as `Metric({...})`."""
        return f"Metric({asdict(self)})"


share(Log, Metric)
