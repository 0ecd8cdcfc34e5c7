"""Registry: finds installed modules and codecs by their entry points, and imports them when they are used."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import importlib_metadata

from wishbone.diagnostics.describe import describe
from wishbone.diagnostics.suggest import closest_module_name, did_you_mean
from wishbone.error import InvalidModule, NoSuchModule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importlib_metadata import EntryPoint

KINDS = ("input", "output", "function", "flow")
"""The kinds of module: a bootstrap file names one as `wishbone.<kind>.<name>`."""

CODECS = ("decode", "encode")
"""The kinds of codec."""

PUBLISHED_GROUP = "wishbone.published"
"""The entry-point group of mappings from the name of a module or codec to the argument of `pip install`.

The core does not know other packages. `wishbone-cli` offers the mapping for the packages of this repository.
"""


class Offer(NamedTuple):
    """An entry point: a name that an installed distribution offers, and the class or module it refers to."""

    group: str
    name: str
    target: str
    distribution: str
    version: str
    entry_point: EntryPoint

    @property
    def full_name(self) -> str:
        """The name in a bootstrap file: `wishbone.input.generator`."""
        return f"{self.group}.{self.name}"

    @property
    def class_name(self) -> str:
        """The name of the class, which is known without an import."""
        return self.target.partition(":")[2]

    @property
    def outdated(self) -> bool:
        """Whether its distribution belongs to the Wishbone project of 2018, which has other base classes."""
        if self.distribution == "wishbone":
            return self.version.partition(".")[0] in {"0", "1", "2", "3"}
        required = _required_by(cast("Any", self.entry_point.dist))
        return "wishbone" in required and "wishbone-core" not in required

    @property
    def maybe_outdated(self) -> bool:
        """Whether its distribution is named like one of Wishbone's, and does not require the core."""
        known = {self.distribution, *_required_by(cast("Any", self.entry_point.dist))}
        return self.distribution.startswith("wishbone-") and "wishbone-core" not in known

    @property
    def statement(self) -> str:
        """The statement that imports the class: `from wishbone_input_generator import Generator`."""
        return f"from {self.target.partition(':')[0]} import {self.class_name}"

    def load(self) -> Any:
        """Import the class or module.

        Raises:
            InvalidModule: The import failed.
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
    """The entry points of wishbone, by group and name. Listing names imports nothing."""

    def __init__(self, entry_points: Iterable[EntryPoint]) -> None:
        """Index entry points.

        Args:
            entry_points: Entry points of any group. Those of other projects are ignored.
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
        """Return the registry of the installed distributions, which are read once per process."""
        return Registry(importlib_metadata.entry_points())

    def offers(self, group: str) -> list[Offer]:
        """Return the offers of a group, ordered by name. A name may occur more than once."""
        names = self._offers.get(group, {})
        return [offer for name in sorted(names) for offer in names[name]]

    def modules(self) -> list[Offer]:
        """Return the offers of all modules, ordered by kind and name."""
        return [offer for kind in KINDS for offer in self.offers(f"wishbone.{kind}")]

    def codecs(self) -> list[Offer]:
        """Return the offers of all codecs, ordered by kind and name."""
        return [offer for kind in CODECS for offer in self.offers(f"wishbone.{kind}")]

    def outdated(self) -> list[Offer]:
        """Return everything that distributions of the project of 2018 offer, under any group."""
        return [offer for group in self._offers for offer in self.offers(group) if offer.outdated]

    def find(self, full_name: str) -> Offer:
        """Return the offer of a name.

        Args:
            full_name: Group and name, such as `wishbone.input.generator`.

        Raises:
            NoSuchModule: No installed distribution offers it.
            InvalidModule: More than one distribution offers it.
        """
        group, _, name = full_name.rpartition(".")
        found = self._offers.get(group, {}).get(name, [])
        if not found:
            raise NoSuchModule(self._explain_missing(full_name))
        return _single(found, full_name)

    def find_class(self, class_name: str) -> Offer:
        """Return the offer of the module whose class has a name.

        Args:
            class_name: The name of the class, such as `Generator`.

        Raises:
            NoSuchModule: No installed module has a class of that name.
            InvalidModule: More than one module has.
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
            return _single(found, class_name)
        published = self.published()
        candidates = [name for name in published if name.rpartition(".")[2] == class_name.lower()]
        install = "".join(f" Install it: pip install {published[name]}." for name in candidates)
        known = did_you_mean(class_name, (offer.class_name for offer in self.modules()))
        message = f"No installed module has a class {class_name!r}.{install} {known}"
        raise NoSuchModule(message)

    def load(self, full_name: str) -> type:
        """Import the class of a module or a codec.

        Args:
            full_name: Group and name, such as `wishbone.input.generator`.

        Raises:
            NoSuchModule: No installed distribution offers it.
            InvalidModule: More than one distribution offers it, the import failed, or the class does not
                have the base class that the group demands.
        """
        return self.load_offer(self.find(full_name))

    def load_offer(self, offer: Offer) -> type:
        """Import the class that an offer names.

        Raises:
            InvalidModule: It belongs to the project of 2018, it cannot be imported, or it does not have the
                base class that its group demands.
        """
        if offer.outdated:
            raise InvalidModule(self._explain_outdated(offer))
        try:
            return check_base(offer.load(), offer)
        except InvalidModule as error:
            if not offer.maybe_outdated:
                raise
            message = f"{error} {self._explain_outdated(offer, 'may be')}"
            raise InvalidModule(message) from error

    def published(self) -> dict[str, str]:
        """Return the arguments of `pip install` for known modules and codecs, by their full names."""
        found: dict[str, str] = {}
        for offer in self.offers(PUBLISHED_GROUP):
            # It only adds to the message of another error, which must not be replaced.
            with suppress(InvalidModule):
                found.update(offer.load())
        return found

    def _explain_outdated(self, offer: Offer, verb: str = "is") -> str:
        message = (
            f"{offer.full_name!r} of {offer.distribution} {offer.version} {verb} a module of the Wishbone"
            " project of 2018, which does not run with wishbone-core."
        )
        new = self.published().get(offer.full_name, "")
        if re.split(r"[\"<>=]+", new.lstrip('"'))[0] == offer.distribution:
            return f"{message} Replace it: pip install {new}."
        install = f" Then: pip install {new}." if new else ""
        if offer.distribution == "wishbone":
            # Both have files in the folder `wishbone`, and the uninstall removes them.
            install = f" Then: pip install --force-reinstall wishbone-core {new}".rstrip() + "."
        return f"{message} Uninstall it: pip uninstall {offer.distribution}.{install}"

    def _explain_missing(self, full_name: str) -> str:
        group, _, _ = full_name.rpartition(".")
        codec = group.rpartition(".")[2] in CODECS
        published = self.published()
        message = f"No {'codec' if codec else 'module'} {full_name!r} is installed."
        if full_name in published:
            return f"{message} Install it: pip install {published[full_name]}."
        known = {offer.full_name for offer in (self.offers(group) if codec else self.modules())}
        names = {name for name in published if not codec or name.startswith(f"{group}.")}
        near = closest_module_name(full_name, known | names)
        if near is not None and near not in known:
            message += f" Did you mean {near!r}? Install it: pip install {published[near]}."
            return f"{message} There are: {', '.join(sorted(known))}." if known else message
        return f"{message} {did_you_mean(full_name, known, closest_module_name)}"


def check_base(loaded: Any, offer: Offer) -> type:
    """Return an imported class, if it has the base class that its group demands.

    Args:
        loaded: What the entry point refers to.
        offer: The entry point.

    Raises:
        InvalidModule: It does not have that base class.
    """
    from wishbone import module  # noqa: PLC0415 - the bases are not needed to list names

    kind = offer.group.rpartition(".")[2]
    what = "codec" if kind in CODECS else "module"
    base = module.BASES.get(kind)
    if base is not None and not (isinstance(loaded, type) and issubclass(loaded, base)):
        message = (
            f"The {what} {offer.full_name!r} of {offer.distribution} cannot be used: {offer.target!r} must"
            f" be a class derived from {base.__module__}.{base.__name__}."
        )
        raise InvalidModule(message)
    return loaded  # type: ignore[no-any-return]


@cache
def _required_by(distribution: Any) -> frozenset[str]:
    """Return the names of the distributions that a distribution requires. Its metadata is read once."""
    texts: list[str] = []
    # An interrupted installation leaves entry points without metadata.
    with suppress(KeyError, OSError):
        texts = getattr(distribution, "requires", None) or []
    names = (re.match(r"[\w.-]*", text) for text in texts)
    return frozenset(re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name)


def _offer(entry_point: EntryPoint) -> Offer:
    distribution = entry_point.dist
    name, version = "an unknown distribution", ""
    if distribution is not None:
        # An interrupted installation leaves entry points without metadata: that must not hide all others.
        with suppress(KeyError, OSError):
            name, version = distribution.name, distribution.version
    return Offer(entry_point.group, entry_point.name, entry_point.value, name, version, entry_point)


def _single(found: list[Offer], name: str) -> Offer:
    if len(found) > 1:
        found = [offer for offer in found if not offer.outdated] or found
    if len(found) > 1:
        owners = " and ".join(f"{offer.distribution} {offer.version}" for offer in found)
        message = f"{name!r} is offered by {owners}: uninstall all but one."
        raise InvalidModule(message)
    return found[0]
