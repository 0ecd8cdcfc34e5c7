"""The bases that modules derive from; and the class of every installed module, by its name.

`from wishbone.module import Fanout` works when a distribution that offers the class is installed; the
error says what is installed otherwise.
"""

from __future__ import annotations

from typing import Any

from wishbone.actor import Actor
from wishbone.codec import Decoder, Encoder
from wishbone.discovery.registry import Registry


class InputModule(Actor):
    """Brings events in. When the background functions of all inputs have returned, the pipeline stops."""


class OutputModule(Actor):
    """Takes events out."""


class FunctionModule(Actor):
    """Changes events on their way."""


class FlowModule(Actor):
    """Decides where events go."""


BASES: dict[str, type] = {
    "input": InputModule,
    "output": OutputModule,
    "function": FunctionModule,
    "flow": FlowModule,
    "decode": Decoder,
    "encode": Encoder,
}
"""Which base the classes of an entry-point group must have, by the last part of the group's name."""


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    registry = Registry.installed()
    return registry.load_offer(registry.find_class(name))
