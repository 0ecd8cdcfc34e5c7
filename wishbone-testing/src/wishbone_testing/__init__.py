"""Tests for modules and pipelines, with real queues and real modules.

Names are imported when they are used: pytest loads this package in every run, and must not import gevent or
wishbone in the runs of projects that use neither.
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

_MODULES = {"VirtualClock": "clock", "InjectedError": "fault", "wait_until": "waiting"}
"""The modules of names that are not called as their module."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, name.lower())}"), name)
