"""State: the states in a module's life; and `process_of`, the process that runs a module."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from wishbone.error import ModuleInitFailure

if TYPE_CHECKING:
    from wishbone._engine.process import ActorProcess
    from wishbone.actor import Actor


class State(Enum):
    """The states in a module's life. Each is entered at most once, in this order."""

    CREATED = "created"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


def process_of(actor: Actor) -> ActorProcess:
    """Return the process that runs a module.

    Raises:
        ModuleInitFailure: The module's `__init__` did not call `super().__init__(config)`.
    """
    try:
        return actor._Actor__wishbone_process  # type: ignore[attr-defined,no-any-return] # noqa: SLF001
    except AttributeError:
        message = f"{type(actor).__name__}.__init__ must call super().__init__(config) before anything else."
        raise ModuleInitFailure(message) from None
