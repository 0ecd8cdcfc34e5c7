"""Catalogue: what is installed, looked at one by one, so that what is broken hurts nobody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from wishbone.actor import Actor, ActorConfig, traits_of
from wishbone.arguments.convert import Parameter, convert_arguments, parameters
from wishbone.diagnostics.describe import describe
from wishbone.discovery.registry import CODECS, KINDS, Offer, Registry, check_base
from wishbone.error import InvalidModule
from wishbone_cli.docstring import Docstring, read_docstring
from wishbone_cli.type_text import as_written, range_text, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = "wishbone"
"""The group of plugins, which have no kind."""


@dataclass
class Entry:
    """One thing that a distribution offers."""

    kind: str
    name: str
    distribution: str
    version: str
    summary: str = ""
    broken: str = ""
    """Why it cannot be used; empty if it can."""


@dataclass
class Argument:
    """One argument of a module, in words."""

    name: str
    type: str
    range: str
    required: bool
    default: Any
    text: str


@dataclass
class QueueEntry:
    """One queue of a module."""

    name: str
    text: str
    note: str = ""


@dataclass
class Sheet:
    """Everything that is known about one module or codec."""

    entry: Entry
    description: str
    snippet: str
    arguments: list[Argument]
    queues: list[QueueEntry]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        content = asdict(self)
        return {**content.pop("entry"), **content}


def entries(registry: Registry) -> Iterator[Entry]:
    """Yield everything that is installed, by kind and name."""
    for group in [*(f"wishbone.{kind}" for kind in (*KINDS, *CODECS)), PLUGINS]:
        offers = registry.offers(group)
        doubles = Counter(offer.name for offer in offers)
        for offer in offers:
            yield _entry(offer, doubles[offer.name] > 1)


def sheet(registry: Registry, name: str) -> Sheet:
    """Return everything about one module or codec.

    Args:
        registry: What is installed.
        name: `wishbone.input.generator`.

    Raises:
        NoSuchModule: Nothing has that name.
        InvalidModule: It is broken.
    """
    offer = registry.find(name)
    module = _load(offer)
    read = read_docstring(module)
    return Sheet(
        _entry(offer, double=False),
        read.description,
        read.snippet,
        [_argument(parameter, read) for parameter in parameters(module)],
        _queues(module, read) if issubclass(module, Actor) else [],
    )


def _entry(offer: Offer, double: bool) -> Entry:
    name = offer.full_name if offer.group != PLUGINS else offer.name
    kind = offer.group.rpartition(".")[2] if offer.group != PLUGINS else "plugin"
    entry = Entry(kind, name, offer.distribution, offer.version)
    try:
        entry.summary = _summary(offer)
    except InvalidModule as error:
        entry.broken = str(error)
    if double:
        entry.broken = f"More than one distribution offers {name!r}: uninstall all but one."
    return entry


def _summary(offer: Offer) -> str:
    if offer.group == PLUGINS:
        return ((getattr(offer.load(), "__doc__", "") or "").strip().splitlines() or [""])[0]
    return read_docstring(_load(offer)).summary


def _load(offer: Offer) -> type:
    """Import what is offered.

    Raises:
        InvalidModule: It cannot be used.
    """
    loaded: object = check_base(offer.load(), offer)
    if not isinstance(loaded, type):
        message = f"{offer.full_name!r} of {offer.distribution} is no class: {offer.target!r}."
        raise InvalidModule(message)
    return loaded


def _argument(parameter: Parameter, read: Docstring) -> Argument:
    return Argument(
        parameter.name,
        type_text(parameter.type),
        range_text(parameter.type),
        parameter.required,
        None if parameter.required else as_written(parameter.default),
        read.arguments.get(parameter.name, ""),
    )


def _queues(module: type[Actor], read: Docstring) -> list[QueueEntry]:
    """Return the queues that are documented, compared with those that an instance has."""
    documented = [QueueEntry(name, text) for name, text in read.queues.items()]
    try:
        arguments, problems = convert_arguments(module, {})
        instance = None if problems else module(ActorConfig("instance"), **arguments)
    except Exception as error:  # noqa: BLE001 - the code of a module is foreign: its error is told instead
        return [*documented, QueueEntry("", "", f"It cannot be built to compare: {describe(error)}")]
    if instance is None:
        return documented
    names = instance.pool.listQueues(names=True)
    for queue in documented:
        if queue.name.isidentifier() and queue.name not in names and not _dynamic(module):
            queue.note = "documented, but the module has no such queue"
    missing = [
        name for name in instance.pool.listQueues(names=True, default=False) if name not in read.queues
    ]
    return [*documented, *(QueueEntry(name, "", "not documented") for name in missing)]


def _dynamic(module: type[Actor]) -> bool:
    traits = traits_of(module)
    return traits.dynamic_inputs or traits.dynamic_outputs
