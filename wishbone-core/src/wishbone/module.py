"""The base classes of modules; and the class of every installed module, by its name.

`from wishbone.module import Fanout` works if a distribution that offers the class is installed. Otherwise
the error says what is installed.
"""

from __future__ import annotations

from typing import Any

from wishbone.actor import Actor
from wishbone.codec import Decoder, Encoder
from wishbone.discovery.registry import Registry


class InputModule(Actor):
    """Creates events. When the background functions of all inputs have returned, the pipeline stops."""


class OutputModule(Actor):
    """Sends events out of the pipeline."""


class FunctionModule(Actor):
    """Changes events."""


class FlowModule(Actor):
    """Decides where events go, and when."""


BASES: dict[str, type] = {
    "input": InputModule,
    "output": OutputModule,
    "function": FunctionModule,
    "flow": FlowModule,
    "decode": Decoder,
    "encode": Encoder,
}
"""The base class that an entry-point group demands, by the last part of the group's name."""


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    registry = Registry.installed()
    return registry.load_offer(registry.find_class(name))
