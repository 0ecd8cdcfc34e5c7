"""Event pipeline servers in Python: modules that each do one thing, wired queue to queue."""

from wishbone.actor import Actor, ActorConfig
from wishbone.event import Event
from wishbone.hookspec import hookimpl
from wishbone.logging import Logging
from wishbone.queue import Queue

__all__ = ["Actor", "ActorConfig", "Event", "Logging", "Queue", "hookimpl"]
