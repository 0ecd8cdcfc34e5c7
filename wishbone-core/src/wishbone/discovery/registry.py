"""Registry: finds what is installed by its entry points, and imports only what is asked for."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import importlib_metadata

from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import closest_module_name, did_you_mean
from wishbone.error import InvalidModule, NoSuchModule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importlib_metadata import EntryPoint

KINDS = ("input", "output", "function", "flow")
"""The kinds of module that a bootstrap file can name: `wishbone.<kind>.<name>`."""

CODECS = ("decode", "encode")
"""The kinds of codec that a module's argument can name."""

PUBLISHED = {
    "wishbone.decode.csv": "wishbone-codec-csv",
    "wishbone.decode.gzip": "wishbone-codec-compression",
    "wishbone.decode.json": "wishbone-core",
    "wishbone.decode.msgpack": "wishbone-codec-msgpack",
    "wishbone.decode.plain": "wishbone-core",
    "wishbone.decode.syslog": "wishbone-codec-syslog",
    "wishbone.decode.zstd": "wishbone-codec-compression",
    "wishbone.encode.csv": "wishbone-codec-csv",
    "wishbone.encode.gzip": "wishbone-codec-compression",
    "wishbone.encode.json": "wishbone-core",
    "wishbone.encode.msgpack": "wishbone-codec-msgpack",
    "wishbone.encode.plain": "wishbone-core",
    "wishbone.encode.syslog": "wishbone-codec-syslog",
    "wishbone.encode.zstd": "wishbone-codec-compression",
    "wishbone.flow.acknowledge": "wishbone-flow-acknowledge",
    "wishbone.flow.batch": "wishbone-flow-batch",
    "wishbone.flow.count": "wishbone-flow-count",
    "wishbone.flow.deduplicate": "wishbone-flow-deduplicate",
    "wishbone.flow.delay": "wishbone-flow-delay",
    "wishbone.flow.fanout": "wishbone-flow-fanout",
    "wishbone.flow.fresh": "wishbone-flow-fresh",
    "wishbone.flow.funnel": "wishbone-flow-funnel",
    "wishbone.flow.roundrobin": "wishbone-flow-roundrobin",
    "wishbone.flow.switch": "wishbone-flow-switch",
    "wishbone.flow.throttle": "wishbone-flow-throttle",
    "wishbone.flow.unbatch": "wishbone-flow-batch",
    "wishbone.function.filter": "wishbone-function-filter",
    "wishbone.function.json": "wishbone-function-json",
    "wishbone.function.modify": "wishbone-function-modify",
    "wishbone.function.python": "wishbone-function-python",
    "wishbone.function.template": "wishbone-function-template",
    "wishbone.input.cron": "wishbone-input-cron",
    "wishbone.input.file": "wishbone-input-file",
    "wishbone.input.generator": "wishbone-input-generator",
    "wishbone.input.http": "wishbone-input-http",
    "wishbone.input.process": "wishbone-input-process",
    "wishbone.input.tcp": "wishbone-input-socket",
    "wishbone.input.udp": "wishbone-input-socket",
    "wishbone.input.unix": "wishbone-input-socket",
    "wishbone.output.file": "wishbone-output-file",
    "wishbone.output.http": "wishbone-output-http",
    "wishbone.output.null": "wishbone-output-null",
    "wishbone.output.stdout": "wishbone-output-stdout",
    "wishbone.output.syslog": "wishbone-output-syslog",
    "wishbone.output.tcp": "wishbone-output-socket",
    "wishbone.output.throughput": "wishbone-output-throughput",
    "wishbone.output.udp": "wishbone-output-socket",
    "wishbone.output.unix": "wishbone-output-socket",
}
"""The modules and codecs of wishbone's own repository, each with the distribution to install for it."""


class Offer(NamedTuple):
    """A name that an installed distribution offers, and where it stands."""

    group: str
    name: str
    target: str
    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def full_name(self) -> str:
        """The name as a bootstrap file has it: `wishbone.input.generator`."""
        return f"{self.group}.{self.name}"

    @property
    def class_name(self) -> str:
        """The name of the class, known without importing it."""
        return self.target.partition(":")[2]

    @property
    def statement(self) -> str:
        """The statement that imports it: `from wishbone_input_generator import Generator`."""
        return f"from {self.target.partition(':')[0]} import {self.class_name}"

    def load(self) -> Any:
        """Import what is offered.

        Raises:
            InvalidModule: It cannot be imported.
        """
        try:
            return self.entry_point.load()
        except (Exception, SystemExit) as error:
            message = (
                f"{self.full_name!r} of {self.distribution} {self.version} cannot be imported"
                f" from {self.target!r}: {describe(error)}"
            )
            raise InvalidModule(message) from error


class Registry:
    """What is offered, by group and name. Nothing is imported to learn a name."""

    def __init__(self, entry_points: Iterable[EntryPoint]) -> None:
        """Index entry points.

        Args:
            entry_points: Of any group; those of other projects are left out.
        """
        self._offers: dict[str, dict[str, list[Offer]]] = {}
        for entry_point in entry_points:
            if entry_point.group == "wishbone" or entry_point.group.startswith("wishbone."):
                offer = _offer(entry_point)
                names = self._offers.setdefault(offer.group, {})
                names.setdefault(offer.name, []).append(offer)

    @staticmethod
    @cache
    def installed() -> Registry:
        """Return the registry of what is installed here, which is read once per process."""
        return Registry(importlib_metadata.entry_points())

    def offers(self, group: str) -> list[Offer]:
        """Return what is offered under a group, ordered by name, doubles included."""
        names = self._offers.get(group, {})
        return [offer for name in sorted(names) for offer in names[name]]

    def modules(self) -> list[Offer]:
        """Return every module that a bootstrap file could name, ordered by kind and name."""
        return [offer for kind in KINDS for offer in self.offers(f"wishbone.{kind}")]

    def codecs(self) -> list[Offer]:
        """Return every codec that an argument could name, ordered by kind and name."""
        return [offer for kind in CODECS for offer in self.offers(f"wishbone.{kind}")]

    def find(self, full_name: str) -> Offer:
        """Return the offer of that name.

        Args:
            full_name: Group and name, such as `wishbone.input.generator`.

        Raises:
            NoSuchModule: Nobody offers it.
            InvalidModule: More than one distribution offers it.
        """
        group, _, name = full_name.rpartition(".")
        found = self._offers.get(group, {}).get(name, [])
        if not found:
            raise NoSuchModule(self._explain_missing(full_name))
        return _the_only_one(found, full_name)

    def find_class(self, class_name: str) -> Offer:
        """Return the module offer whose class has that name.

        Raises:
            NoSuchModule: No installed module has such a class.
            InvalidModule: More than one has.
        """
        found = [offer for offer in self.modules() if offer.class_name == class_name]
        names = {offer.full_name for offer in found}
        if len(names) > 1:
            statements = " or ".join(dict.fromkeys(repr(offer.statement) for offer in found))
            message = (
                f"{' and '.join(sorted(names))} each have a class {class_name!r}: write {statements} to say"
                " which one is meant."
            )
            raise InvalidModule(message)
        if found:
            return _the_only_one(found, class_name)
        candidates = [name for name in PUBLISHED if name.rpartition(".")[2] == class_name.lower()]
        install = "".join(f" Install it: pip install {PUBLISHED[name]}." for name in candidates)
        known = did_you_mean(class_name, (offer.class_name for offer in self.modules()))
        message = f"No installed module has a class {class_name!r}.{install} {known}"
        raise NoSuchModule(message)

    def load(self, full_name: str) -> type:
        """Import the class of a module or a codec.

        Raises:
            NoSuchModule: Nobody offers it.
            InvalidModule: More than one distribution offers it, it cannot be imported, or it has not
                the base class that its group demands.
        """
        offer = self.find(full_name)
        return check_base(offer.load(), offer)

    def _explain_missing(self, full_name: str) -> str:
        group, _, _ = full_name.rpartition(".")
        codec = group.rpartition(".")[2] in CODECS
        message = f"No {'codec' if codec else 'module'} {full_name!r} is installed."
        if full_name in PUBLISHED:
            return f"{message} Install it: pip install {PUBLISHED[full_name]}."
        known = {offer.full_name for offer in (self.offers(group) if codec else self.modules())}
        if not known:
            return f"{message} None is: pip install wishbone-input-generator, for a first one."
        published = {name for name in PUBLISHED if not codec or name.startswith(f"{group}.")}
        near = closest_module_name(full_name, known | published)
        if near is not None and near not in known:
            message += f" Did you mean {near!r}? Install it: pip install {PUBLISHED[near]}."
            return f"{message} There are: {', '.join(sorted(known))}."
        return f"{message} {did_you_mean(full_name, known, closest_module_name)}"


def check_base(loaded: Any, offer: Offer) -> type:
    """Return the class that was loaded, if it has the base class that its group demands.

    Raises:
        InvalidModule: It has not.
    """
    from wishbone import module  # noqa: PLC0415 - the bases are not needed to list names

    kind = offer.group.rpartition(".")[2]
    what = "codec" if kind in CODECS else "module"
    base = module.BASES.get(kind)
    if base is not None and not (isinstance(loaded, type) and issubclass(loaded, base)):
        message = (
            f"{offer.full_name!r} of {offer.distribution} is no {kind} {what}: {offer.target!r} must"
            f" be a class derived from {base.__module__}.{base.__name__}."
        )
        raise InvalidModule(message)
    return loaded  # type: ignore[no-any-return]


def _offer(entry_point: EntryPoint) -> Offer:
    distribution = entry_point.dist
    name, version = "an unknown distribution", ""
    if distribution is not None:
        # An killed_busy installation leaves entry points without metadata: that must not hide all others.
        with suppress(KeyError, OSError):
            name, version = distribution.name, distribution.version
    return Offer(entry_point.group, entry_point.name, entry_point.value, name, version, entry_point)


def _the_only_one(found: list[Offer], name: str) -> Offer:
    if len(found) > 1:
        owners = " and ".join(f"{offer.distribution} {offer.version}" for offer in found)
        message = f"{name!r} is offered by {owners}: uninstall all but one."
        raise InvalidModule(message)
    return found[0]
