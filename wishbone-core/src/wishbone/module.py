"""The bases that modules derive from; and the class of every installed module, by its name.

`from wishbone.module import Fanout` works when a distribution that offers the class is installed,
and otherwise says what to install.
"""

from __future__ import annotations

from typing import Any, ClassVar

from wishbone.actor import Actor
from wishbone.codec import Decoder, Encoder
from wishbone.discovery.registry import Registry, check_base


class InputModule(Actor):
    """Brings events in. When the background functions of all inputs have returned, the pipeline stops."""

    replays: bool = False
    """Whether the input sends an event again that failed. An input that does so sets this to True, in
    `__init__` if it depends on the arguments: then `wishbone check` knows that failed events are not lost."""


class OutputModule(Actor):
    """Takes events out."""


class FunctionModule(Actor):
    """Changes events on their way."""


class FlowModule(Actor):
    """Decides where events go."""

    own_outputs: ClassVar[frozenset[str]] = frozenset()
    """Queues for events that the module creates itself: no input sends these again when they fail."""


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
    offer = Registry.installed().find_class(name)
    return check_base(offer.load(), offer)
