"""Catalogue: everything that is installed, and why a part of it cannot be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from wishbone.actor import Actor, ActorConfig, traits_of
from wishbone.arguments.convert import Parameter, convert_arguments, parameters
from wishbone.diagnostics.describe import describe
from wishbone.discovery.registry import CODECS, KINDS, Offer, Registry
from wishbone.error import InvalidModule
from wishbone_cli.describe_type import describe_range, describe_type, written_default
from wishbone_cli.docstring import Docstring, read_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS = "wishbone"
"""The entry-point group of plugins, which have no kind."""


@dataclass
class InstalledEntry:
    """One module, codec or plugin of an installed distribution."""

    kind: str
    name: str
    distribution: str
    version: str
    summary: str = ""
    broken: str = ""
    """Why it cannot be used; empty if it can."""


@dataclass
class ArgumentInfo:
    """One argument of a module, in words."""

    name: str
    type: str
    range: str
    required: bool
    default: Any
    text: str


@dataclass
class QueueInfo:
    """One queue of a module."""

    name: str
    text: str
    note: str = ""


@dataclass
class ModuleInfo:
    """Everything about one module or codec."""

    entry: InstalledEntry
    description: str
    snippet: str
    arguments: list[ArgumentInfo]
    queues: list[QueueInfo]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        content = asdict(self)
        return {**content.pop("entry"), **content}


def entries(registry: Registry) -> Iterator[InstalledEntry]:
    """Yield everything that is installed, by kind and name. One broken package does not hide the others."""
    groups = [*(f"wishbone.{kind}" for kind in (*KINDS, *CODECS)), PLUGINS]
    for group in groups:
        offers = registry.offers(group)
        doubles = Counter(offer.name for offer in offers if not offer.outdated)
        for offer in offers:
            yield _entry(registry, offer, double=doubles[offer.name] > 1 and not offer.outdated)
    for offer in registry.outdated():
        if offer.group not in groups:
            yield _entry(registry, offer)


def module_info(registry: Registry, name: str) -> ModuleInfo:
    """Return everything about one module or codec.

    Args:
        registry: What is installed.
        name: Its full name: `wishbone.input.generator`.

    Raises:
        NoSuchModule: Nothing has that name.
        InvalidModule: It is broken.
    """
    offer = registry.find(name)
    module = registry.load_offer(offer)
    docstring = read_docstring(module)
    return ModuleInfo(
        _entry(registry, offer),
        docstring.description,
        docstring.snippet,
        [_argument(parameter, docstring) for parameter in parameters(module)],
        _queues(module, docstring) if issubclass(module, Actor) else [],
    )


def _entry(registry: Registry, offer: Offer, double: bool = False) -> InstalledEntry:
    name = offer.full_name if offer.group != PLUGINS else offer.name
    kind = offer.group.rpartition(".")[2] if offer.group != PLUGINS else "plugin"
    entry = InstalledEntry(kind, name, offer.distribution, offer.version)
    try:
        entry.summary = _summary(registry, offer)
    except InvalidModule as error:
        entry.broken = str(error)
    if double:
        entry.broken = f"More than one distribution offers {name!r}: uninstall all but one."
    return entry


def _summary(registry: Registry, offer: Offer) -> str:
    if offer.group == PLUGINS and not offer.outdated:
        return ((getattr(offer.load(), "__doc__", "") or "").strip().splitlines() or [""])[0]
    return read_docstring(registry.load_offer(offer)).summary


def _argument(parameter: Parameter, docstring: Docstring) -> ArgumentInfo:
    return ArgumentInfo(
        parameter.name,
        describe_type(parameter.type),
        describe_range(parameter.type),
        parameter.required,
        None if parameter.required else written_default(parameter.default),
        docstring.arguments.get(parameter.name, ""),
    )


def _queues(module: type[Actor], docstring: Docstring) -> list[QueueInfo]:
    """Return the queues that are documented, compared with those that an instance has."""
    documented = [QueueInfo(name, text) for name, text in docstring.queues.items()]
    try:
        arguments, problems = convert_arguments(module, {})
        instance = None if problems else module(ActorConfig("instance"), **arguments)
    except Exception as error:  # noqa: BLE001 - a module's code may raise anything, which is reported
        return [*documented, QueueInfo("", "", f"The module cannot be built to compare: {describe(error)}")]
    if instance is None:
        return documented
    names = instance.pool.listQueues(names=True)
    traits = traits_of(module)
    for queue in documented:
        if (
            queue.name.isidentifier()
            and queue.name not in names
            and not (traits.dynamic_inputs or traits.dynamic_outputs)
        ):
            queue.note = "documented, but the module has no such queue"
    own = instance.pool.listQueues(names=True, default=False)
    missing = [name for name in own if name not in docstring.queues]
    return [*documented, *(QueueInfo(name, "", "not documented") for name in missing)]
