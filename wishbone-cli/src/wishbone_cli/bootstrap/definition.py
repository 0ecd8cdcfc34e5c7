"""Definition: which modules and routes a configuration describes; and what every module and route may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_cli.bootstrap.node import Node
    from wishbone_cli.bootstrap.place import Place

RESERVED = "_wishbone"
"""What the names of modules begin with that the command line adds by itself."""

SECTIONS = ("include", "modules", "routingtable", "tests")
MODULE_KEYS = ("arguments", "description", "frequency", "module", "size")
ROUTE_KEYS = ("from", "overflow", "size", "to")
OVERFLOWS = ("block", "drop_new", "drop_old")
"""What happens to events when a route's queue is full: the submitter waits, or an event is dropped."""

Overflow = Literal["block", "drop_new", "drop_old"]


@dataclass
class ModuleDefinition:
    """One module, as it is described.

    Args:
        module: What it is: `wishbone.input.generator`.
        config: Its name, the size of its queues, how often it produces metrics.
        arguments: What it is told, with places, or None if nothing is said.
        node: Where it stands.
        place: Where its name stands.
    """

    module: str
    config: ActorConfig
    arguments: Node | None
    node: Node
    place: Place

    @property
    def name(self) -> str:
        """Its name."""
        return self.config.name

    @property
    def path(self) -> tuple[str, ...]:
        """Where it stands in the structure of its file."""
        return ("modules", self.name)

    @property
    def plain_arguments(self) -> dict[str, Any]:
        """Its arguments, without places."""
        return {} if self.arguments is None else self.arguments.unmarked()


@dataclass
class RouteDefinition:
    """One route, as it is described: from `module.queue` to `module.queue`.

    Args:
        source: The queue that events leave by.
        destination: The queue that they arrive in.
        place: Where it stands.
        path: Where it stands in the structure of its file.
        places: Where its two ends stand.
        options: `size` and `overflow`, as far as they are given.
    """

    source: str
    destination: str
    place: Place
    path: tuple[object, ...]
    places: tuple[Place, Place]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write it as a route."""
        return f"{self.source} -> {self.destination}"


@dataclass
class Definition:
    """Everything that a configuration describes.

    Args:
        modules: The modules, by name.
        routes: The routes, in order.
        tests: The test cases, in order, for whoever runs them: what they say is not judged here.
        unusable: The names of modules that have mistakes: what refers to them is not wrong for that.
    """

    modules: dict[str, ModuleDefinition] = field(default_factory=dict)
    routes: list[RouteDefinition] = field(default_factory=list)
    tests: list[Node] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)
