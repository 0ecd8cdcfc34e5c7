"""For people who write modules and pipelines: tests with real queues and real modules, in a few lines.

A name is imported when it is first asked for: pytest loads this package for its fixtures in every run, and
neither gevent nor wishbone may be imported in the runs of people who use none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone_testing.clock import VirtualClock
    from wishbone_testing.failure import Failure
    from wishbone_testing.fault import InjectedError
    from wishbone_testing.harness import Harness
    from wishbone_testing.pipeline import Pipeline
    from wishbone_testing.server import Server
    from wishbone_testing.settlement import Settlement
    from wishbone_testing.waiting import wait_until

__all__ = [
    "Failure",
    "Harness",
    "InjectedError",
    "Pipeline",
    "Server",
    "Settlement",
    "VirtualClock",
    "wait_until",
]

_FILES = {
    "Failure": "failure",
    "Harness": "harness",
    "InjectedError": "fault",
    "Pipeline": "pipeline",
    "Server": "server",
    "Settlement": "settlement",
    "VirtualClock": "clock",
    "wait_until": "waiting",
}
"""In which file each name stands."""


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
