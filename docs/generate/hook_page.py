"""The page of the hooks, from the files that specify them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from page import Page, fence, join, prose

import wishbone.hookspec
import wishbone_cli.hookspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType, ModuleType

CALLERS = {"wishbone-core": wishbone.hookspec, "wishbone-cli": wishbone_cli.hookspec}
"""The file that specifies the hooks, by the distribution that calls them."""


INTRODUCTION = """
A plugin implements some of these hooks. It acts without being named in a bootstrap file. [Write a
plugin](../how-to/write-a-plugin.md) shows how. No hook is called for an event that succeeds.
"""


def hook_pages() -> Iterator[Page]:
    """Yield the page of all hooks."""
    blocks = ["# Hooks", INTRODUCTION]
    for distribution, specification in CALLERS.items():
        blocks += [f"## Called by {distribution}", prose(inspect.getdoc(specification) or "")]
        for hook in _hooks(specification):
            signature = inspect.signature(hook)
            blocks += [
                f"### {hook.__name__}",
                fence("python", f"def {hook.__name__}{signature}: ...".replace("'", "")),
                prose(inspect.getdoc(hook) or ""),
            ]
    yield Page("hooks.md", "Hooks", join(*blocks))


def _hooks(specification: ModuleType) -> list[FunctionType]:
    return [
        found
        for found in vars(specification).values()
        if inspect.isfunction(found) and hasattr(found, "wishbone_spec")
    ]
