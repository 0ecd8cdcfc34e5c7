"""Checks the bootstrap file in a docstring as `wishbone check` does."""

from __future__ import annotations

import inspect
import os
import types
from typing import TYPE_CHECKING, Any

import importlib_metadata
import yaml

from wishbone.discovery.registry import Registry
from wishbone.module import BASES
from wishbone.router import Default
from wishbone_cli.bootstrap import BootstrapError, Diagnostics, Secrets, load
from wishbone_cli.published import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wishbone.actor import Actor, ActorConfig


def check_snippet(snippet: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Check a bootstrap file without running it, and return its problems.

    A module of this repository that is not installed accepts every argument and route. So a package can show
    its module with others without installing them for its tests.

    Args:
        snippet: The text of the file.
        folder: The folder to write it to.
        environment: Variables to add to those of the process.
    """
    path = folder / "snippet.yaml"
    path.write_text(snippet, encoding="utf-8")
    router = Default(registry=_RegistryWithFakes(snippet))
    try:
        load([path], router, Diagnostics(Secrets()), {**os.environ, **environment})
    except BootstrapError as error:
        return "; ".join(str(diagnostic).replace(f"{folder}{os.sep}", "") for diagnostic in error.diagnostics)
    return ""


class _RegistryWithFakes(Registry):
    """The installed modules, and fakes for others that a snippet uses."""

    def __init__(self, snippet: str) -> None:
        super().__init__(importlib_metadata.entry_points())
        installed = {offer.full_name for offer in self.modules()}
        self._fakes = {
            name: _fake(name, arguments)
            for name, arguments in _modules(snippet).items()
            if name in PUBLISHED and name not in installed
        }

    def load(self, full_name: str) -> type:
        return self._fakes.get(full_name) or super().load(full_name)


def _modules(snippet: str) -> dict[str, set[str]]:
    """Return the arguments that a snippet uses, by the full names of modules."""
    found: dict[str, set[str]] = {}
    try:
        for module in yaml.safe_load(snippet)["modules"].values():
            found.setdefault(module["module"], set()).update(module.get("arguments") or {})
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}  # the check reports it
    return found


def _fake(name: str, arguments: Iterable[str]) -> type[Actor]:
    """Return a class that takes these arguments, and any route."""
    base: Any = BASES[name.split(".")[1]]

    def init(self: Actor, config: ActorConfig, **_: Any) -> None:
        base.__init__(self, config)

    named = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Any, default=None)
        for name in arguments
    ]
    first = list(inspect.signature(init).parameters.values())[:2]
    init.__signature__ = inspect.Signature([*first, *named])  # type: ignore[attr-defined]
    traits = {"dynamic_inputs": True, "dynamic_outputs": True}
    return types.new_class("Fake", (base,), traits, lambda namespace: namespace.update(__init__=init))
