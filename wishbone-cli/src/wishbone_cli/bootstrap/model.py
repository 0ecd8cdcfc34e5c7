"""Definition: the modules and routes of a configuration; and the sections and keys that a file may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wishbone.actor import ActorConfig
    from wishbone_cli.bootstrap.location import SourceLocation
    from wishbone_cli.bootstrap.node import Node

RESERVED = "_wishbone"
"""The prefix of the names of modules that the command line adds itself."""

SECTIONS = ("include", "modules", "routingtable", "tests")
MODULE_KEYS = ("arguments", "description", "frequency", "module", "size")
ROUTE_KEYS = ("from", "overflow", "size", "to")
OVERFLOWS = ("block", "drop_new", "drop_old")
"""What happens when a route's queue is full: the submitter waits, or an event is dropped."""


@dataclass
class ModuleDefinition:
    """One module of a bootstrap file.

    Args:
        module: The full name of its class: `wishbone.input.generator`.
        config: Its name, the size of its queues, how often it produces metrics.
        arguments: Its arguments with their locations; None if there are none.
        node: The mapping that defines it.
        location: The location of its name.
    """

    module: str
    config: ActorConfig
    arguments: Node | None
    node: Node
    location: SourceLocation

    @property
    def name(self) -> str:
        """The module's name."""
        return self.config.name

    @property
    def path(self) -> tuple[str, ...]:
        """Its path in the structure of the file."""
        return ("modules", self.name)

    @property
    def plain_arguments(self) -> dict[str, Any]:
        """Its arguments without locations."""
        return {} if self.arguments is None else self.arguments.plain_value()


@dataclass
class RouteDefinition:
    """One route of a bootstrap file.

    Args:
        source: The queue that events leave through: `module.queue`.
        destination: The queue that they enter.
        location: The location of the route.
        path: Its path in the structure of the file.
        locations: The locations of both ends.
        options: `size` and `overflow`, if they are given.
    """

    source: str
    destination: str
    location: SourceLocation
    path: tuple[object, ...]
    locations: tuple[SourceLocation, SourceLocation]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write it as in a bootstrap file."""
        return f"{self.source} -> {self.destination}"


@dataclass
class Definition:
    """Everything that a configuration defines.

    Args:
        modules: The modules, by name.
        routes: The routes, in order.
        tests: The test cases, in order; not validated here.
        unusable: The names of modules with errors. Routes that refer to them cause no further error.
    """

    modules: dict[str, ModuleDefinition] = field(default_factory=dict)
    routes: list[RouteDefinition] = field(default_factory=list)
    tests: list[Node] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)
